import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../model/errors/has-code.ts";
import { isCommitId } from "./read-commits.ts";

/** What a reference of a file of its own says, which takes no process; null where there is none, or where git keeps it otherwise. */
export async function readRefFile(folder: string, ref: string): Promise<string | null> {
  try {
    const text = (await readFile(join(folder, ref), "utf8")).trim();
    return isCommitId(text) ? text : null;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EISDIR")) return null;
    throw error;
  }
}
