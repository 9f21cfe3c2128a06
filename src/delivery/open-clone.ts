import { createHash, randomUUID } from "node:crypto";
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../git/has-code.ts";
import { initRepository } from "../git/init-repository.ts";
import { type GitOptions, openGit, type RunGit } from "../git/open-git.ts";
import { explainFileError } from "./explain-file-error.ts";

/** A private bare repository: what was fetched of one address, and commits that are not pushed yet. */
export interface Clone {
  readonly git: RunGit;
  readonly folder: string;
}

/**
 * The private clone of an address below `cacheFolder`, made where it is not there. It appears as a whole, so that several processes
 * may open it at once, and a stop in the middle leaves none that is half made.
 */
export async function openClone(cacheFolder: string, url: string, options: GitOptions): Promise<Clone> {
  const folder = join(cacheFolder, `${createHash("sha256").update(url).digest("hex").slice(0, 16)}.git`);
  try {
    if (!(await isThere(folder))) await makeClone(folder, options);
  } catch (error) {
    throw explainFileError(error, cacheFolder);
  }
  return { git: openGit(folder, options), folder };
}

async function makeClone(folder: string, options: GitOptions): Promise<void> {
  const draft = `${folder}.${randomUUID()}`;
  try {
    await initRepository(draft, options);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was first, and its clone is as good.
    if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
  }
}

async function isThere(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}
