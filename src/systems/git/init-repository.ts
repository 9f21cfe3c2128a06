import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type GitOptions, openGit, type RunGit } from "./open-git.ts";

/** The folders of an empty repository, as gitrepository-layout has them. */
const FOLDERS = ["objects/info", "objects/pack", "refs/heads", "refs/tags"];

/**
 * Makes an empty bare repository, readable by its owner alone, without templates, and gives git in it. It has the objects of forges, SHA-1, and a file
 * for each reference; `git init` goes by the environment and by the defaults of its release. That takes no process.
 */
export async function initRepository(folder: string, options: GitOptions): Promise<RunGit> {
  for (const name of FOLDERS) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  await writeFile(join(folder, "HEAD"), "ref: refs/heads/main\n");
  await writeFile(join(folder, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
  return openGit(folder, options);
}
