import { listBranchCommits } from "./list-branch-commits.ts";
import type { Arrival } from "./proposals.ts";
import { isCommitId, requireCommits } from "./read-commits.ts";
import { lookUpObjects, type ObjectReader, readListing } from "./read-objects.ts";

/** A merged request, and the branch. Full ids of commits. */
export interface ArrivalQuery {
  /** The request's newest commit. */
  readonly head: string;
  /** What the branch got by the merge, as the forge has it. */
  readonly commit: string;
  /** The branch's newest commit, which the reader finds. */
  readonly tip: string;
}

/** How a branch got what a request has, by its commits alone: see {@link Arrival}. A line of more than 10,000 commits is not looked through. */
export async function traceArrival(reader: ObjectReader, { head, commit, tip }: ArrivalQuery): Promise<Arrival> {
  await requireCommits(reader, [tip]);
  if (!(await isWithin(reader, commit, tip))) return { kind: "missing" };
  const line = await listLine(reader, commit, tip);
  if (!(await isWithin(reader, head, commit))) return line.length === 0 ? CONTAINED : { kind: "made_anew" };
  if (line.length > 0 && (await listParents(reader, commit)).slice(1).includes(head)) return { kind: "merged", line };
  return { kind: "contained", line: commit === head ? line : await listLine(reader, head, tip) };
}

const CONTAINED: Arrival = { kind: "contained", line: [] };

/** Whether one commit is the other one, or comes before it. */
async function isWithin(reader: ObjectReader, commit: string, tip: string): Promise<boolean> {
  if (commit === tip) return true;
  const [found] = isCommitId(commit) ? await lookUpObjects(reader, [commit]) : [null];
  if (found?.type !== "commit") return false;
  const outside = await readListing(reader, ["rev-list", "--max-count=1", commit, `^${tip}`], "\n");
  return outside.length === 0;
}

/** The branch's own commits from one of them to its newest one, oldest first; none where it is not one of them, or there are too many. */
async function listLine(reader: ObjectReader, from: string, tip: string): Promise<readonly string[]> {
  if (from === tip) return [tip];
  const later = (await listBranchCommits(reader, { from, to: tip, path: "" })) ?? [];
  return later.length === 0 ? [] : [from, ...later.map(({ id }) => id)];
}

async function listParents(reader: ObjectReader, commit: string): Promise<readonly string[]> {
  const [line = ""] = await readListing(reader, ["rev-list", "--no-walk", "--parents", commit], "\n");
  return line.split(" ").slice(1);
}
