import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runGitSync } from "./run-git.ts";

/** What a push does to a file: its new text or bytes, a link to `link`, a submodule at `module`, or `null` to remove it. */
export type PushedFile = string | Buffer | { readonly link: string } | { readonly module: string } | null;

/** A bare repository, and what tests do to it with the real git. */
export interface GitRepository {
  /** Of the bare repository. */
  readonly folder: string;
  /** `file://` and the folder. */
  readonly url: string;
  /** Commits files onto a branch (main), as a push does; gives the commit's id. */
  push(files: Readonly<Record<string, PushedFile>>, options?: PushOptions): string;
  /** Lets a reference be a commit, as `git update-ref` does. */
  point(ref: string, sha: string): void;
  /** Merges a commit into main, never by moving it forward alone, as forges do; gives the new commit's id. Throws where they conflict. */
  merge(head: string): string;
  /** Runs git on the bare repository and gives what it prints, trimmed. */
  ask(...args: readonly string[]): string;
  /** The same, with standard input. */
  feed(input: Buffer | string, ...args: readonly string[]): string;
}

export interface PushOptions {
  readonly message?: string;
  readonly branch?: string;
  /** On top of another commit than the branch's: `HEAD~1`, or `orphan` for none. A new branch begins at main. */
  readonly from?: string;
  /** The reference to move in place of a branch. */
  readonly ref?: string;
  /** When it was authored, in seconds since 1970; default: now. A rebase keeps it. */
  readonly authored?: number;
}

/** The repository below `parent`, which is made empty unless it is there. */
export function createGitRepository(parent: string, name = "config"): GitRepository {
  const folder = join(parent, `${name}.git`);
  const home = join(parent, "home");
  mkdirSync(home, { recursive: true });
  if (!existsSync(folder)) layOut(folder);
  const environment = { PATH: process.env.PATH ?? "", HOME: home, GIT_CONFIG_NOSYSTEM: "1", LC_ALL: "C" };
  const feed = (input: Buffer | string, ...args: readonly string[]) => {
    const { code, output, said } = runGitSync({ args: ["--git-dir", folder, ...args], folder, environment, input });
    if (code !== 0) throw new Error(`git ${args.join(" ")} ended with ${code}: ${said}`);
    return output.toString().trim();
  };
  const ask = (...args: readonly string[]) => feed("", ...args);
  /** One process, where a work tree takes a handful. */
  const commit = (ref: string, message: string, changes: readonly (Buffer | string)[], authored?: number) => {
    const author = authored === undefined ? "" : `author ${AUTHOR} ${authored} +0000\n`;
    const head = [`commit ${ref}\nmark :1\n${author}committer ${AUTHOR} ${Math.floor(Date.now() / 1000)} +0000\n`];
    const parts = [...head, ...writeData(message), ...changes, "get-mark :1\n"];
    const stream = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
    return feed(stream, ...AS_PACK, "fast-import", "--quiet", "--force");
  };
  return {
    folder,
    url: `file://${folder}`,
    ask,
    feed,
    push: (files, { message = "Change", branch = "main", from, ref = `refs/heads/${branch}`, authored } = {}) => {
      const start = from ?? [ref, MAIN].find((known) => existsSync(join(folder, known))) ?? "orphan";
      // By `^0` a branch may begin at itself.
      const changes = start === "orphan" ? [] : [`from ${start}^0\n`];
      return commit(ref, message, [...changes, ...Object.entries(files).flatMap(writeChange)], authored);
    },
    point: (ref, sha) => {
      const path = join(folder, ref);
      mkdirSync(dirname(path), { recursive: true });
      // Who reads it at this moment finds it as it was, or as it is then.
      const draft = join(folder, `draft-${randomUUID()}`);
      writeFileSync(draft, `${sha}\n`);
      renameSync(draft, path);
    },
    merge: (head) => {
      const tree = ask("merge-tree", "--write-tree", MAIN, head);
      return commit(MAIN, "Merge", [`from ${MAIN}^0\nmerge ${head}^0\n`, `M 040000 ${tree} ""\n`]);
    },
  };
}

/** The files below a folder, as they can be pushed. */
export function readPushedFiles(folder: string, below = ""): Readonly<Record<string, PushedFile>> {
  const files: Record<string, PushedFile> = {};
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    if (entry.isDirectory()) Object.assign(files, readPushedFiles(folder, path));
    else if (entry.isSymbolicLink()) files[path] = { link: readlinkSync(join(folder, path)) };
    else files[path] = readFileSync(join(folder, path));
  }
  return files;
}

const AUTHOR = "Test Author <author@example.com>";
const MAIN = "refs/heads/main";
/** Another process would make the pack a file for each object. */
const AS_PACK = ["-c", "fastimport.unpackLimit=1"];

/** All that an empty bare repository is (gitrepository-layout). */
function layOut(folder: string): void {
  for (const name of ["objects", "refs"]) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "HEAD"), `ref: ${MAIN}\n`);
  writeFileSync(join(folder, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
}

/** The command of git fast-import for one file. */
function writeChange([path, content]: readonly [string, PushedFile]): readonly (Buffer | string)[] {
  const name = JSON.stringify(path);
  if (content === null) return [`D ${name}\n`];
  if (typeof content === "string" || Buffer.isBuffer(content))
    return [`M 100644 inline ${name}\n`, ...writeData(content)];
  if ("link" in content) return [`M 120000 inline ${name}\n`, ...writeData(content.link)];
  return [`M 160000 ${content.module} ${name}\n`];
}

function writeData(content: Buffer | string): readonly (Buffer | string)[] {
  return [`data ${Buffer.byteLength(content)}\n`, content, "\n"];
}
