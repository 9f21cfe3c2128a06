import type { SourceFiles } from "../../reconcile/source/source.ts";
import type { ReviewTools } from "../review/review-tools.ts";

/** A merge, and where its branch is now. */
export interface MergedChange {
  /** The base that the request was planned on last; null: it was not. */
  readonly planned: string | null;
  /** What the merge gave. */
  readonly merged: string;
  readonly branch: string;
}

/** Most revisions that are examined; for a branch with more changes since, the answer is unknown. */
const MOST_LOOKED_AT = 100;

/**
 * Whether the branch had a revision after a merge in which a file that the merge changed was another one than the merge left it, as after a
 * revert, or whether that is unknown. By the history of the branch, whether or not a pass saw that revision.
 */
export async function wasUndone(
  { pass: { source }, proposals }: Pick<ReviewTools, "pass" | "proposals">,
  { planned, merged, branch }: MergedChange,
): Promise<boolean> {
  if (merged === branch) return false;
  const commits = await proposals.listCommits(merged, branch);
  if (planned === null || commits === null) return true;
  const changing = commits.filter(({ changes }) => changes);
  if (changing.length === 0) return false;
  if (changing.length > MOST_LOOKED_AT) return true;
  const [before, after] = [nameBlobs(await source.read(planned)), nameBlobs(await source.read(merged))];
  const paths = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
  for (const { id } of changing) {
    const then = nameBlobs(await source.read(id));
    if (paths.some((path) => then.get(path) !== after.get(path))) return true;
  }
  return false;
}

function nameBlobs({ files }: SourceFiles): ReadonlyMap<string, string> {
  return new Map(files.map(({ path, blob }) => [path, blob]));
}
