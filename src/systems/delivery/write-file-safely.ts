import { randomBytes } from "node:crypto";
import { renameSync, rmSync } from "node:fs";
import { lstat, mkdir, open, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hasCode } from "../../model/errors/has-code.ts";
import { type Fence, passFence } from "../../model/fence.ts";
import { inFolder } from "./in-folder.ts";
import type { DeliveredFile } from "./sink.ts";

/** What a change of a file has to pass. */
export interface FileGuards {
  /** Looks at the path once more, right before the change. */
  readonly check: () => Promise<unknown>;
  readonly fence: Fence;
}

const USUAL_MODE = 0o644;
const OWNER_ALONE = 0o600;
const TEMPORARY = /^\.(.*)\.[0-9a-f]{12}\.poolkeeper-tmp$/;

/** The name of the file that was being written where this one is the leftover of a write that was cut off; null: it is none. */
export function readTemporary(name: string): string | null {
  return TEMPORARY.exec(name)?.[1] ?? null;
}

/**
 * Writes a file so that at any moment, a crash included, the old or the new one is there as a whole. It is as readable as the one that it
 * replaces; a new one is readable for everybody whom the umask lets, or with sensitive values for its owner alone.
 */
export async function writeFileSafely(
  root: string,
  { path, text, isSensitive = false }: DeliveredFile,
  { check, fence }: FileGuards,
): Promise<void> {
  await check();
  await makeFolder(root, dirname(path));
  await inFolder(root, dirname(path), async (folder) => {
    const target = join(folder, basename(path));
    const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.poolkeeper-tmp`);
    try {
      // "wx" neither follows a link nor takes a file that is there.
      const former = await readMode(target);
      const file = await open(temporary, "wx", former ?? (isSensitive ? OWNER_ALONE : USUAL_MODE));
      try {
        if (former !== null) await file.chmod(former);
        await file.writeFile(text, "utf8");
        await file.sync();
      } finally {
        await file.close();
      }
      await check();
      // Not by a thread of the pool, whose turn may come later.
      await passFence(fence, () => renameSync(temporary, target));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(folder);
  });
}

/** Makes a folder of the output, with those above it. */
async function makeFolder(root: string, folder: string): Promise<void> {
  if (folder === ".") return;
  await makeFolder(root, dirname(folder));
  await inFolder(root, dirname(folder), (above) => mkdir(join(above, basename(folder))).catch(ignorePresent));
}

function ignorePresent(error: unknown): void {
  if (!hasCode(error, "EEXIST")) throw error;
}

/** Who may read and write the file that is there; null: there is none. */
async function readMode(path: string): Promise<number | null> {
  try {
    return (await lstat(path)).mode & 0o777;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

/** Removes a file; one that is gone already is no error. */
export async function removeFile(root: string, path: string, { check, fence }: FileGuards): Promise<void> {
  await check();
  await inFolder(root, dirname(path), async (folder) => {
    await passFence(fence, () => rmSync(join(folder, basename(path)), { force: true }));
    await syncFolder(folder);
  });
}

/** Makes a rename or a removal last. Systems that cannot open a folder keep it anyway, or can't be asked to. */
async function syncFolder(folder: string): Promise<void> {
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch (error) {
    if (!hasCode(error, "EISDIR", "EPERM", "EACCES", "EINVAL", "ENOENT")) throw error;
  } finally {
    await handle?.close();
  }
}
