import { lstat, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hasCode } from "../../model/errors/has-code.ts";

/**
 * Removes the leftovers of a killed fetch: locks, partial packs, partial mirrors. No other process works in the mirror, so none of it is in
 * use.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  const drafts = (await listNames(dirname(folder))).filter((name) => name.startsWith(`${basename(folder)}.`));
  for (const name of drafts) await remove(join(dirname(folder), name));
  await removeHalves(folder);
}

/** Removes what a fetch into the mirror at `folder` has left that failed: locks, and partial packs. */
export async function removeHalves(folder: string): Promise<void> {
  const halves = (await listNames(folder, true)).filter((name) =>
    /\.(lock|keep)$|(^|\/)(tmp_|\.tmp-)[^/]*$/.test(name),
  );
  for (const name of halves) await remove(join(folder, name));
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** What is at a path; null for nothing. */
export async function findType(path: string): Promise<"folder" | "other" | null> {
  try {
    return (await lstat(path)).isDirectory() ? "folder" : "other";
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

/** The names in a folder; none where there is no folder. */
export async function listNames(folder: string, recursive = false): Promise<readonly string[]> {
  try {
    return await readdir(folder, { recursive });
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
