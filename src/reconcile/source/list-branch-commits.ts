import type { BranchCommit } from "./proposals.ts";
import { requireCommits } from "./read-commits.ts";
import { lookUpObjects, type ObjectReader, readListing } from "./read-objects.ts";

/** Longer lists are of no use. */
const MOST_CHANGES = 1000;
const MOST_COMMITS = 10_000;

/**
 * The commits on a branch's own line from one commit to another one, oldest first, with whether they change something below a folder
 * ("": anything); none where none of them does. Null: the first commit is not there, or is not on the line any more though the folder
 * differs, or there are more than 1,000 such changes or 10,000 commits.
 */
export async function listBranchCommits(
  reader: ObjectReader,
  { from, to, path }: { readonly from: string; readonly to: string; readonly path: string },
): Promise<readonly BranchCommit[] | null> {
  const [before] = await requireCommits(reader, [to], [from]);
  if (before?.type !== "commit") return null;
  const range = `${before.id}..${to}`;
  const all = await listLine(reader, range, { path: "", most: MOST_COMMITS });
  if (all === null) return null;
  // A fast-forward to a branch that this one was merged into has put another line in its place.
  const isOnLine = all.at(-1)?.parents[0] === before.id;
  if (!isOnLine) return (await isSameFolder(reader, [before.id, to], path)) ? [] : null;
  const changing = path === "" ? all : await listLine(reader, range, { path, most: MOST_CHANGES });
  if (changing === null || changing.length > MOST_CHANGES) return null;
  const changes = new Set(changing.map(({ id }) => id));
  return changes.size === 0 ? [] : all.map((commit) => ({ ...commit, changes: changes.has(commit.id) })).toReversed();
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
