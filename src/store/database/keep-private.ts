import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { quoteWord } from "../../model/text/quote-word.ts";

const OWNER_ALONE = 0o600;

/**
 * Creates a folder, with missing parents, that only its owner may enter, under any umask. An existing one stays as it is. Throws what the
 * file system throws.
 */
export function makePrivateFolder(folder: string): void {
  const path = resolve(folder);
  if (isFolder(path)) return;
  // One by one: Node's own recursion never ends where a folder that is there takes none, as below /proc.
  if (dirname(path) !== path) makePrivateFolder(dirname(path));
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    // Another process may have created it in between.
    if (isFolder(path)) return;
    throw error;
  }
  // A mode is what the umask leaves of it: this one loses nothing to others, and may lose what its owner needs.
  chmodSync(path, 0o700);
}

/**
 * Reports a store's folder that everyone may write to, or that is of another user than root, and the remedy: others can replace the store by files of their own. Null: no problem,
 * or the location is no folder. Where the sticky bit is set, as in `/tmp`, no user can replace files of others.
 */
export function explainOpenFolder(location: string): string | null {
  const found = location.includes("://") ? undefined : statSync(location, { throwIfNoEntry: false });
  if (found === undefined) return null;
  const folder = resolve(location);
  const own = process.getuid?.() ?? found.uid;
  if (found.uid !== own && found.uid !== 0)
    return `${folder} belongs to the user ${found.uid}, who could replace the store; poolkeeper runs as user ${own}. Change its owner: chown ${own} ${quoteWord(folder)}`;
  if ((found.mode & EVERYBODY_WRITES) === 0 || (found.mode & STICKY) !== 0) return null;
  return `All users of this machine can write to ${folder} and could replace the store. Remove their access: chmod o-w ${quoteWord(folder)}`;
}

const EVERYBODY_WRITES = 0o002;
const STICKY = 0o1000;

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Creates a file that only its owner may read and write, if it is missing; one that others may read, as former releases made it, is
 * narrowed. SQLite gives the files beside a database (`-wal`, `-shm`) the same mode. Throws an OperationalError `store_of_another` where the
 * file belongs to another user, who could read all that is written there.
 */
export function makePrivateFile(file: string): void {
  closeSync(openSync(file, "a", OWNER_ALONE));
  const { mode, uid } = statSync(file);
  const own = process.getuid?.() ?? uid;
  if (uid !== own) throw ofAnother(file, uid, own);
  if ((mode & 0o077) !== 0) chmodSync(file, OWNER_ALONE);
}

function ofAnother(file: string, uid: number, own: number): OperationalError {
  const message = `${file} belongs to the user ${uid}, who could read what poolkeeper stores there; poolkeeper runs as user ${own}. Run poolkeeper as that user, give it its own directory, or, if the file is poolkeeper's, change its owner: chown ${own} ${quoteWord(file)}`;
  return new OperationalError("store_of_another", message, { next: "stop" });
}
