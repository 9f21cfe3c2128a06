import { OperationalError } from "../../model/errors/operational-error.ts";
import { listPaths } from "../git/list-paths.ts";
import type { RunGit } from "../git/open-git.ts";
import { LARGEST_LIST, limitOutput, notText } from "./explain-file-error.ts";
import type { DeliveredFile } from "./sink.ts";

interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
  readonly size: number;
  readonly path: string;
}

/** The files of a commit at these paths, and below those of them that are folders, sorted by path. Links and submodules are refused. */
export async function readCommit(
  git: RunGit,
  commit: string | null,
  paths: readonly string[],
): Promise<readonly DeliveredFile[]> {
  if (commit === null || paths.length === 0) return [];
  await refuseParents(git, commit, paths);
  const entries = await listTree(git, commit, paths, ["-r"]);
  const check = limitOutput();
  for (const entry of entries) {
    if (!entry.mode.startsWith("100")) throw inTheWay(entry.path);
    check(entry);
  }
  const files: DeliveredFile[] = [];
  for (const entry of entries) files.push(await readBlob(git, entry));
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A file, link or submodule in the place of a folder would hide what is asked for. */
async function refuseParents(git: RunGit, commit: string, paths: readonly string[]): Promise<void> {
  const parents = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/");
    for (let length = 1; length < parts.length; length += 1) parents.add(parts.slice(0, length).join("/"));
  }
  if (parents.size === 0) return;
  for (const { type, path } of await listTree(git, commit, [...parents])) if (type !== "tree") throw inTheWay(path);
}

async function listTree(git: RunGit, commit: string, paths: readonly string[], options: readonly string[] = []) {
  const asked = { tree: commit, paths, options: ["-l", ...options], mostBytes: LARGEST_LIST };
  return (await listPaths(git, asked)).flatMap((line): TreeEntry[] => {
    const [, mode, type, sha, size, path] = /^(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t([\s\S]*)$/.exec(line) ?? [];
    if (mode === undefined || type === undefined || sha === undefined || path === undefined) return [];
    return [{ mode, type, sha, size: Number(size), path }];
  });
}

async function readBlob(git: RunGit, { sha, size, path }: TreeEntry): Promise<DeliveredFile> {
  const text = await git(["cat-file", "blob", sha]);
  // What is no UTF-8 was replaced on the way, and has another length now.
  if (Buffer.byteLength(text) !== size) throw notText(path);
  return { path, text };
}

function inTheWay(path: string): OperationalError {
  const message = `${path} in the output is a link, a submodule or a file where a folder is needed, which a delivery neither follows nor replaces. Remove it, or deliver elsewhere.`;
  return new OperationalError("delivery_in_the_way", message, { next: "stop" });
}
