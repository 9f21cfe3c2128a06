import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a push does to a file: its new text or bytes, a link to `link`, or `null` to remove it. */
export type PushedFile = string | Buffer | { readonly link: string } | null;

/** A bare repository, and what tests do to it with the real git. */
export interface GitRepository {
  /** Of the bare repository. */
  readonly folder: string;
  /** `file://` and the folder. */
  readonly url: string;
  /** Commits files onto a branch (main) and pushes; gives the commit's id. */
  push(files: Readonly<Record<string, PushedFile>>, options?: PushOptions): string;
  /** Runs git on the bare repository and gives what it prints, trimmed. */
  ask(...args: readonly string[]): string;
  /** The same, with standard input. */
  feed(input: Buffer | string, ...args: readonly string[]): string;
  /** Runs git in the work tree that pushes. */
  work(...args: readonly string[]): string;
}

export interface PushOptions {
  readonly message?: string;
  readonly branch?: string;
  /** Push as a history of its own or from an older commit: `HEAD~1`, or `orphan`. */
  readonly from?: string;
}

/** An empty repository below `parent`. */
export function createGitRepository(parent: string, name = "config"): GitRepository {
  const folder = join(parent, `${name}.git`);
  const tree = join(parent, `${name}-work`);
  const home = join(parent, "home");
  mkdirSync(home, { recursive: true });
  const env = { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: "1", LC_ALL: "C" };
  const git = (...args: readonly string[]) =>
    execFileSync("git", args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] }).trim();
  git("init", "--quiet", "--bare", "--initial-branch=main", folder);
  const work = (...args: readonly string[]) => {
    if (!existsSync(tree)) {
      git("init", "--quiet", "--template=", "--initial-branch=main", tree);
      git("-C", tree, "remote", "add", "origin", folder);
      shareObjects(join(tree, ".git"), folder);
    }
    return git("-C", tree, ...AUTHOR, ...args);
  };
  const branches = new Set<string>();
  let current: string | undefined;
  return {
    folder,
    url: `file://${folder}`,
    ask: (...args) => git("--git-dir", folder, ...args),
    feed: (input, ...args) =>
      execFileSync("git", ["--git-dir", folder, ...args], { encoding: "utf8", env, input }).trim(),
    work,
    push: (files, { message = "Change", branch = "main", from } = {}) => {
      if (from !== undefined && from !== "orphan") work("checkout", "--quiet", "-B", branch, from);
      else if (!branches.has(branch)) work("checkout", "--quiet", "-B", branch);
      else if (current !== branch) work("checkout", "--quiet", branch);
      branches.add(branch);
      current = branch;
      if (from === "orphan") work("update-ref", "-d", "HEAD");
      for (const [path, content] of Object.entries(files)) writeInto(join(tree, path), content);
      work("add", "--all", "--force");
      work("commit", "--quiet", "--allow-empty", `--message=${message}`);
      const id = work("rev-parse", "HEAD");
      git("--git-dir", folder, "update-ref", `refs/heads/${branch}`, id);
      return id;
    },
  };
}

const AUTHOR = [
  ...["-c", "user.name=Test Author", "-c", "user.email=author@example.com", "-c", "commit.gpgSign=false"],
  ...["-c", "maintenance.auto=false"],
];

/** What one of two repositories has the other one has, too: a push need send nothing, which takes git seven processes. */
function shareObjects(from: string, to: string): void {
  rmSync(join(from, "objects"), { recursive: true });
  symlinkSync(join(to, "objects"), join(from, "objects"));
}

function writeInto(path: string, content: PushedFile): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  if (content === null) return;
  if (typeof content === "string" || Buffer.isBuffer(content)) writeFileSync(path, content);
  else symlinkSync(content.link, path);
}
