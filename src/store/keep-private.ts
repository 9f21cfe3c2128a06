import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs";

const OWNER_ALONE = 0o600;

/** Makes a folder, and those above it that are missing, that only its owner may enter, whatever the umask. One that is there stays as it is. */
export function makePrivateFolder(folder: string): void {
  // A mode is what the umask leaves of it: this one loses nothing to others, and may lose what its owner needs.
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) chmodSync(folder, 0o700);
}

/**
 * Makes a file that only its owner may read and write, if it is missing; one that others may read, as former releases made it, is
 * narrowed. SQLite gives the files beside a database (`-wal`, `-shm`) the same mode. A file of another owner stays as it is.
 */
export function makePrivateFile(file: string): void {
  closeSync(openSync(file, "a", OWNER_ALONE));
  const { mode, uid } = statSync(file);
  if ((mode & 0o077) === 0 || uid !== process.getuid?.()) return;
  chmodSync(file, OWNER_ALONE);
}
