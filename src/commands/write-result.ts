import { writeFileSync } from "node:fs";
import { OperationalError } from "../model/operational-error.ts";

/**
 * Writes what `--out` asked for; only its owner may read the file. Throws an OperationalError `unwritable_file`, in which `what`
 * names it: `The plan`.
 */
export function writeResult(file: string, text: string, what: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperationalError(
      "unwritable_file",
      `${what} can't be saved in ${file}: ${reason}. Name a file in a folder that can be written.`,
      { next: "stop", cause },
    );
  }
}
