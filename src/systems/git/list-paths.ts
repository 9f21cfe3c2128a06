import type { RunGit } from "./open-git.ts";

/** Characters of paths that one run of git gets: the system takes 128 kB for one argument and 2 MB for all. */
const MOST_CHARACTERS = 100_000;

/** What git lists of a tree at these paths. */
export interface ListedPaths {
  readonly tree: string;
  readonly paths: readonly string[];
  /** Further options of `git ls-tree`. Default: none. */
  readonly options?: readonly string[];
  /** Bytes that a list may have, as `GitCall.mostBytes`. */
  readonly mostBytes?: number;
}

/** The entries at any number of paths of a tree, each as `git ls-tree` writes it, once. */
export async function listPaths(
  git: RunGit,
  { tree, paths, options = [], ...limit }: ListedPaths,
): Promise<readonly string[]> {
  const entries = new Set<string>();
  for (const part of split(paths)) {
    const listed = await git(["ls-tree", "-z", "--full-tree", ...options, tree, "--", ...part], limit);
    for (const entry of listed.split("\0")) if (entry !== "") entries.add(entry);
  }
  return [...entries];
}

function* split(paths: readonly string[]): Generator<readonly string[]> {
  let [part, length]: [string[], number] = [[], 0];
  for (const path of paths) {
    if (part.length > 0 && length + path.length > MOST_CHARACTERS) {
      yield part;
      [part, length] = [[], 0];
    }
    part.push(path);
    // The system counts a pointer for each.
    length += path.length + 8;
  }
  if (part.length > 0) yield part;
}
