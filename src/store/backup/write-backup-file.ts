import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { lstat, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { isOpenByName } from "../../systems/files/is-open-by-name.ts";
import type { StoredRow } from "../database/stored-row.ts";
import { BACKUP_FORMAT } from "./backup-format.ts";

/** How the name of a backup ends that is being written. */
const UNFINISHED = ".poolkeeper-tmp";
const UNWRITTEN_MS = 3_600_000;

/**
 * Writes a backup: lines of JSON, compressed by gzip. The first is a header, then comes a line for each row, the last has their number and
 * the SHA-256 of all lines before it. Only its owner may read the file, and it is written as a whole or not at all, in place
 * of what had its name; a device or a pipe is written to. Returns the number of rows. Throws an OperationalError `unwritable_file`, and any error of reading
 * the rows.
 */
export async function writeBackupFile(file: string, rows: AsyncIterable<StoredRow>, madeAt: string): Promise<number> {
  let count = 0;
  const sha256 = createHash("sha256");
  const countLine = (value: object) => {
    const line = toLine(value);
    sha256.update(line);
    return line;
  };
  const lines = async function* () {
    yield countLine({ ...BACKUP_FORMAT, made_at: madeAt });
    for await (const stored of rows) {
      count += 1;
      yield countLine(stored);
    }
    yield toLine({ rows: count, sha256: sha256.digest("hex") });
  };
  /** What the file itself refused: an error of its content is of the store. */
  let refused: unknown;
  const write = async (
    path: string,
    options: { readonly flags: string; readonly flush?: boolean },
    opened: () => unknown,
  ) => {
    const sink = createWriteStream(path, { ...options, mode: 0o600 });
    sink.once("error", (error) => {
      refused = error;
    });
    await once(sink, "open");
    await opened();
    await pipeline(Readable.from(lines()), createGzip(), sink);
  };
  try {
    if (await isStream(file)) await write(file, { flags: "w" }, () => {});
    else {
      const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString("hex")}${UNFINISHED}`);
      try {
        // "wx" neither follows a link nor takes a file that is there; what is flushed is on the disk.
        await write(temporary, { flags: "wx", flush: true }, () => removeUnfinished(temporary));
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    }
  } catch (error) {
    throw error === refused || isOfFile(error) ? explainWriting(error, file) : error;
  }
  return count;
}

/**
 * Whether a path is written to, as what it names can't be replaced: a device, a pipe, or what the process has open. Any other link may be an attacker's
 * and is replaced.
 */
async function isStream(path: string): Promise<boolean> {
  if (isOpenByName(path)) return true;
  const there = await lstat(path).catch(() => null);
  return there !== null && !there.isFile() && !there.isDirectory() && !there.isSymbolicLink();
}

/**
 * Removes the temporary files of killed backups in the same folder: those that were not written to for an hour when this one begins, by the
 * clock of the folder's disk.
 */
async function removeUnfinished(own: string): Promise<void> {
  const folder = dirname(own);
  const { mtimeMs: now } = await stat(own);
  for (const name of await readdir(folder)) {
    if (!/^\..*\.[0-9a-f]{12}\.poolkeeper-tmp$/.test(name)) continue;
    const path = join(folder, name);
    // Another backup may finish at this moment; and a file that can't be removed must not block a backup.
    const other = await lstat(path).catch(() => null);
    if (other !== null && now - other.mtimeMs > UNWRITTEN_MS) await rm(path, { force: true }).catch(() => {});
  }
}

function toLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function isOfFile(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && ("path" in error || "dest" in error);
}

function explainWriting(cause: unknown, file: string): OperationalError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OperationalError(
    "unwritable_file",
    `The backup can't be written to ${file}: ${reason}. Use a file in a writable folder.`,
    { next: "stop", cause },
  );
}
