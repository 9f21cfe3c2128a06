import { cpSync } from "node:fs";
import { join } from "node:path";
import { OperationalError } from "../model/operational-error.ts";
import { openGit } from "../systems/git/open-git.ts";
import { readGitFault } from "../systems/git/read-git-fault.ts";

/** The repositories of a demo: the one that is pushed to, and a checkout of it to edit. */
export interface DemoRepository {
  readonly bare: string;
  readonly checkout: string;
}

/** Makes a git repository of a folder, with a checkout beside it, below `folder`. Throws an OperationalError `git_failed`, as where git is missing. */
export async function makeDemoRepository(example: string, folder: string): Promise<DemoRepository> {
  const [bare, checkout] = [join(folder, "repository.git"), join(folder, "config-repo")];
  await open(folder)(["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  await open(folder)(["clone", "--quiet", bare, checkout]);
  cpSync(example, checkout, { recursive: true });
  const git = open(checkout);
  // An edit there needs no identity of its own.
  await git(["config", "user.name", "poolkeeper demo"]);
  await git(["config", "user.email", "demo@localhost"]);
  await git(["checkout", "--quiet", "-B", "main"]);
  await git(["add", "."]);
  await git(["commit", "--quiet", "--message", "The example repository"]);
  await git(["push", "--quiet", "origin", "main"]);
  return { bare, checkout };
}

/** Longest silence of git in a repository of this machine, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** Git with the settings of this machine's user, except those of a repository whose git hook runs this process. */
function open(folder: string) {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("GIT_"),
  );
  const explain = (error: unknown) => {
    const { kind, said } = readGitFault(error, (text) => text);
    const why = kind === "no_git" ? "git is not installed; install it and add it to PATH" : said;
    return new OperationalError("git_failed", `The demo's repository can't be created: ${why}.`, { next: "stop" });
  };
  return openGit(folder, { environment: Object.fromEntries(kept), timeoutMs: TIMEOUT_MS, explain });
}
