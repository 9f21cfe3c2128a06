import { cpSync } from "node:fs";
import { join } from "node:path";
import { simpleGit } from "simple-git";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { openGit } from "../../systems/git/open-git.ts";
import { readGitFault } from "../../systems/git/read-git-fault.ts";

/** The repositories of a demo: the one that is pushed to, and a checkout of it to edit. */
export interface DemoRepository {
  readonly bare: string;
  readonly checkout: string;
}

/** Makes a git repository of a folder, with a checkout beside it, below `folder`. Throws an OperationalError `git_failed`, as where git is missing. */
export async function makeDemoRepository(example: string, folder: string): Promise<DemoRepository> {
  const [bare, checkout] = [join(folder, "repository.git"), join(folder, "config-repo")];
  // Says so where git can't be started: simple-git would end the process.
  await open(folder)(["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  await simpleGit({ baseDir: folder }).clone(bare, checkout);
  cpSync(example, checkout, { recursive: true });
  const git = simpleGit({ baseDir: checkout });
  // An edit there needs no identity of its own.
  await git.addConfig("user.name", "poolkeeper demo").addConfig("user.email", "demo@localhost");
  await git.raw("checkout", "--quiet", "-B", "main");
  await git.add(".").commit("The example repository").push("origin", "main");
  return { bare, checkout };
}

/** Longest silence of git in a repository of this machine, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** Git in the environment of this process without GIT_*, which a git hook that runs it sets; simple-git leaves them out by itself. */
function open(folder: string) {
  const explain = (error: unknown) => {
    const { kind, said } = readGitFault(error, (text) => text);
    const why = kind === "no_git" ? "git is not installed; install it and add it to PATH" : said;
    return new OperationalError("git_failed", `The demo's repository can't be created: ${why}.`, { next: "stop" });
  };
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("GIT_"),
  );
  return openGit(folder, { environment: Object.fromEntries(kept), timeoutMs: TIMEOUT_MS, explain });
}
