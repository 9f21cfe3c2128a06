import { randomBytes } from "node:crypto";
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { refuseLinkedFile, refuseLinkedFolder } from "./refuse-links.ts";
import { refuseStoreFile } from "./refuse-store-file.ts";

/**
 * Writes what `--out` asked for; only its owner may read the file. At any moment the former or the new file is there as a whole.
 * Throws an OperationalError `unwritable_file`, in which `what` names it: `The plan`. Links that a checkout may hold lead nowhere else:
 * see {@link refuseLinkedFile}; nor is a store's file replaced: see {@link refuseStoreFile}.
 */
export function writeResult(file: string, text: string, what: string): void {
  refuseLinkedFolder(file, what);
  refuseLinkedFile(file, what);
  refuseStoreFile(file, what);
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    if (there === undefined) replaceFile(file, text);
    else if (there.isFile()) replaceFile(realpathSync(file), text);
    // A device or a pipe is written to, not replaced.
    else writeFileSync(file, text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperationalError(
      "unwritable_file",
      `${what} can't be saved in ${file}: ${reason}. Use a file in a writable folder.`,
      { next: "stop", cause },
    );
  }
}

/** A new file takes the place of the former one, so that neither its mode nor those who have it open matter. */
function replaceFile(file: string, text: string): void {
  const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    // "wx" neither follows a link nor takes a file that is there; what is flushed is on the disk.
    writeFileSync(temporary, text, { flag: "wx", mode: 0o600, flush: true });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
