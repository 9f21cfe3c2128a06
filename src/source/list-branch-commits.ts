import type { BranchCommit } from "./proposals.ts";
import { requireCommits } from "./read-commits.ts";
import { lookUpObjects, type ObjectReader, readListing } from "./read-objects.ts";

/** More are not listed: nobody goes through them one by one. */
const MOST_COMMITS = 1000;
const MOST_WITH_OTHERS = 10_000;

/**
 * The commits on a branch's own line from one commit to another one, from the first on that changes something below a folder ("":
 * anything), oldest first. Null: the first commit is not there, or there are more than 1,000 such changes or 10,000 commits.
 */
export async function listBranchCommits(
  reader: ObjectReader,
  { from, to, path }: { readonly from: string; readonly to: string; readonly path: string },
): Promise<readonly BranchCommit[] | null> {
  const [before] = await requireCommits(reader, [to], [from]);
  if (before?.type !== "commit") return null;
  const changing = await listLine(reader, `${before.id}..${to}`, { path, most: MOST_COMMITS });
  const first = changing?.at(-1);
  if (changing === null || first === undefined) return changing === null ? null : [];
  const changes = new Set(changing.map(({ id }) => id));
  const since = first.parents[0];
  const range = since === undefined ? to : `${since}..${to}`;
  const all = path === "" ? changing : await listLine(reader, range, { path: "", most: MOST_WITH_OTHERS });
  return all === null ? null : all.map((commit) => ({ ...commit, changes: changes.has(commit.id) })).toReversed();
}

/** Newest first; null: there are more. */
async function listLine(
  reader: ObjectReader,
  range: string,
  { path, most }: { readonly path: string; readonly most: number },
): Promise<readonly Omit<BranchCommit, "changes">[] | null> {
  const literal = { ...reader, environment: { ...reader.environment, GIT_LITERAL_PATHSPECS: "1" } };
  const how = ["--first-parent", "--format=%H %P", `--max-count=${most + 1}`, range];
  const lines = await readListing(literal, ["log", ...how, "--", ...(path === "" ? [] : [path])], "\n");
  if (lines.length > most) return null;
  return lines.map((line) => {
    const [id = "", ...parents] = line.trim().split(" ");
    return { id, parents };
  });
}

/** Whether two commits or trees have the same below a folder; false where one of them is not there. */
export async function isSameFolder(
  reader: ObjectReader,
  names: readonly [string, string],
  path: string,
): Promise<boolean> {
  const [one, other, folder, itsFolder] = await lookUpObjects(reader, [
    ...names,
    ...names.map((name) => (path === "" ? `${name}^{tree}` : `${name}:${path}`)),
  ]);
  return one !== null && other !== null && (folder?.id ?? null) === (itsFolder?.id ?? null);
}
