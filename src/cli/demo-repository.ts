import { cpSync } from "node:fs";
import { join } from "node:path";
import { type SimpleGit, simpleGit } from "simple-git";

/** The repositories of a demo: the one that is pushed to, and a checkout of it to edit. */
export interface DemoRepository {
  readonly bare: string;
  readonly checkout: string;
}

/** Makes a git repository of a folder, with a checkout beside it, below `folder`. Needs git. */
export async function makeDemoRepository(example: string, folder: string): Promise<DemoRepository> {
  const [bare, checkout] = [join(folder, "repository.git"), join(folder, "config-repo")];
  await open(folder).raw("init", "--quiet", "--bare", "--initial-branch=main", bare);
  await open(folder).clone(bare, checkout);
  cpSync(example, checkout, { recursive: true });
  const git = open(checkout);
  // Commits in this repository need no identity of the user's.
  await git.addConfig("user.name", "poolkeeper demo").addConfig("user.email", "demo@localhost");
  await git.raw("checkout", "--quiet", "-B", "main");
  await git.add(".").commit("The example repository").push("origin", "main");
  return { bare, checkout };
}

function open(folder: string): SimpleGit {
  return simpleGit({ baseDir: folder });
}
