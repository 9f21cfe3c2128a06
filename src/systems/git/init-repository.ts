import { mkdir } from "node:fs/promises";
import { type GitOptions, openGit, type RunGit } from "./open-git.ts";

/** Makes an empty bare repository, readable by its owner alone, without templates, and gives git in it. */
export async function initRepository(folder: string, options: GitOptions): Promise<RunGit> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const git = openGit(folder, options);
  await git(["init", "--quiet", "--bare", "--template=", "."]);
  return git;
}
