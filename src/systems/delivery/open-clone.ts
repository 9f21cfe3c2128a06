import { randomUUID } from "node:crypto";
import { rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { hasCode } from "../../model/errors/has-code.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { initRepository } from "../git/init-repository.ts";
import { type GitOptions, openGit, type RunGit } from "../git/open-git.ts";
import { hashAddress } from "../git/remote-address.ts";
import { explainFileError } from "./explain-file-error.ts";

const OVERSIZED = "delivery_too_large";
/** What git that can't use a clone ends with, and other faults too. */
const LOCAL_FAULTS: ReadonlySet<string> = new Set(["delivery_failed", "delivery_no_repository"]);

/** A private bare repository: what was fetched of one address, and commits that are not pushed yet. */
export interface Clone {
  readonly git: RunGit;
  readonly folder: string;
}

/**
 * The private clone of an address below `cacheFolder`, made where it is not there. It is created atomically, so that several processes may
 * open it at the same time, and an interruption leaves no incomplete clone.
 */
export async function openClone(cacheFolder: string, url: string, options: GitOptions): Promise<Clone> {
  const folder = join(resolve(cacheFolder), `${hashAddress(url)}.git`);
  try {
    if (!(await isThere(folder))) await makeClone(folder, options);
  } catch (error) {
    throw explainFileError(error, cacheFolder);
  }
  return { git: openGit(folder, confineGit(folder, options)), folder };
}

/**
 * Moves a clone aside in which work failed if git itself finds it damaged, for example by a power cut or a full disk: the next `openClone`
 * recreates it. The last one is kept for diagnosis. False: the failure has another cause.
 */
export async function dropDamaged({ folder, git }: Clone, fault: unknown): Promise<boolean> {
  if (!isLocal(fault)) return false;
  try {
    await git(["fsck", "--no-dangling", "--no-progress"]);
    return false;
  } catch (error) {
    // It did not get to the end of it.
    if (!isLocal(error)) return false;
    const aside = `${folder}-damaged`;
    try {
      await rm(aside, { recursive: true, force: true, maxRetries: 3 });
      await rename(folder, aside);
    } catch (cause) {
      // Another process was first.
      if (!hasCode(cause, "ENOENT", "ENOTEMPTY", "EEXIST")) throw explainFileError(cause, folder);
    }
    return true;
  }
}

/** The error of an output repository whose clone takes more than it may. */
export function oversized(place: string, maxBytes: number): OperationalError {
  return new OperationalError(
    OVERSIZED,
    `The clone of ${place} exceeds ${Math.floor(maxBytes / 1_000_000)} MB. Raise \`deliver_max_size\`, or deliver to a repository of its own.`,
    { next: "wait" },
  );
}

/**
 * Removes a clone that takes more than it may. True: it also had what was fetched before, and a new one may fit: nothing that is not needed any
 * more is ever removed from a clone.
 */
export async function dropOversized({ folder, git }: Clone, fault: unknown): Promise<boolean> {
  if (!(fault instanceof OperationalError) || fault.code !== OVERSIZED) return false;
  const refs = await git(["for-each-ref", "--count=2", "--format=%(refname)"]);
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (cause) {
    throw explainFileError(cause, folder);
  }
  return refs.trim().includes("\n");
}

function isLocal(error: unknown): boolean {
  return error instanceof OperationalError && LOCAL_FAULTS.has(error.code);
}

/** Without it, git in a folder that is no repository works in the one around it. */
function confineGit(folder: string, options: GitOptions): GitOptions {
  return { ...options, environment: { ...options.environment, GIT_DIR: folder } };
}

async function makeClone(folder: string, options: GitOptions): Promise<void> {
  const draft = `${folder}.${randomUUID()}`;
  try {
    await initRepository(draft, confineGit(draft, options));
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
