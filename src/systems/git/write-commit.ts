import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { RunGit } from "./open-git.ts";

/** A commit to be made in the bare repository at `folder`. */
export interface CommitRequest {
  readonly folder: string;
  readonly writes: readonly { readonly path: string; readonly text: string }[];
  readonly removes: readonly string[];
  /** Null: the first commit. */
  readonly parent: string | null;
  readonly message: string;
}

/**
 * Makes a commit without a work tree, so that neither filters, nor attributes, nor links of the repository have a say, and gives its
 * id. No branch knows of it until it is pushed: a stop before that leaves nothing to clean up.
 */
export async function writeCommit(git: RunGit, request: CommitRequest): Promise<string> {
  const { folder, parent, message, writes, removes } = request;
  const indexFile = join(folder, `index-${randomUUID()}`);
  const ask = async (...args: readonly string[]) => (await git(args, { indexFile })).trim();
  try {
    await ask("read-tree", parent ?? "--empty");
    const entries: string[] = [];
    for (const { path, text } of writes) {
      entries.push(`100644 ${await writeBlob(git, text)}\t${path}`);
    }
    // Mode 0 removes; unlike --force-remove, it needs no work tree.
    for (const path of removes) entries.push(`0 ${"0".repeat(40)}\t${path}`);
    await git(["update-index", "-z", "--index-info"], { indexFile, input: `${entries.join("\0")}\0` });
    const tree = await ask("write-tree");
    const parents = parent === null ? [] : ["-p", parent];
    return (await git(["commit-tree", tree, ...parents], { input: `${message.replaceAll("\0", "").trim()}\n` })).trim();
  } finally {
    await rm(indexFile, { force: true });
    await rm(`${indexFile}.lock`, { force: true });
  }
}

async function writeBlob(git: RunGit, text: string): Promise<string> {
  const blob = await git(["hash-object", "-w", "--no-filters", "--stdin"], { input: text });
  return blob.trim();
}
