import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../model/errors/has-code.ts";

/** The bytes of all files below a folder. Files that disappear while it runs count for nothing. */
export async function measureFolder(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(ignoreGone);
  const sizes = await Promise.all(
    (entries ?? [])
      .filter((entry) => entry.isFile())
      .map((entry) => stat(join(entry.parentPath, entry.name)).catch(ignoreGone)),
  );
  return sizes.reduce((total, found) => total + (found?.size ?? 0), 0);
}

function ignoreGone(error: unknown): undefined {
  if (!hasCode(error, "ENOENT")) throw error;
}
