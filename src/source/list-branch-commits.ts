import type { BranchCommit } from "./proposals.ts";
import { requireCommits } from "./read-commits.ts";
import { lookUpObjects, type ObjectReader, readListing } from "./read-objects.ts";

/** More are not listed: nobody goes through them one by one. */
const MOST_COMMITS = 1000;

/**
 * The commits on a branch's own line from one commit to another one that change something below a folder ("": anything), oldest first.
 * Null: the first one is not there, or there are more than 1,000.
 */
export async function listBranchCommits(
  reader: ObjectReader,
  { from, to, path }: { readonly from: string; readonly to: string; readonly path: string },
): Promise<readonly BranchCommit[] | null> {
  const [before] = await requireCommits(reader, [to], [from]);
  if (before?.type !== "commit") return null;
  const literal = { ...reader, environment: { ...reader.environment, GIT_LITERAL_PATHSPECS: "1" } };
  const how = ["--first-parent", "--format=%H %P", `--max-count=${MOST_COMMITS + 1}`, `${before.id}..${to}`];
  const lines = await readListing(literal, ["log", ...how, "--", ...(path === "" ? [] : [path])], "\n");
  if (lines.length > MOST_COMMITS) return null;
  return lines
    .map((line) => {
      const [id = "", ...parents] = line.trim().split(" ");
      return { id, parents };
    })
    .toReversed();
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
