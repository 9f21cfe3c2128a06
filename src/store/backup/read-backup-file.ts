import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { KEPT_TABLES } from "../database/kept-tables.ts";
import { DamagedEntryError } from "../database/read-stored-json.ts";
import type { StoredRow } from "../database/stored-row.ts";
import { BACKUP_FORMAT } from "./backup-format.ts";

/** A backup and its path, for messages; `open` reads it from its beginning. */
export interface BackupSource {
  readonly file: string;
  readonly open: () => Readable;
}

/**
 * A backup in a file; or in a pipe, which gives its bytes once: the first reader keeps them in memory, compressed as they are, for the next ones. These
 * follow it.
 */
export async function openBackup(file: string): Promise<BackupSource> {
  // What can't be looked at is an error of reading it.
  const there = await stat(file).catch(() => null);
  if (there === null || there.isFile()) return { file, open: () => createReadStream(file) };
  let kept: Buffer[] | null = null;
  const open = () => {
    if (kept !== null) return Readable.from(kept);
    const chunks: Buffer[] = [];
    kept = chunks;
    return createReadStream(file).on("data", (chunk) => chunks.push(Buffer.from(chunk)));
  };
  return { file, open };
}

/**
 * The rows of a backup. Throws an OperationalError `backup_unreadable` when the file is none, was cut off or altered, or when its
 * store was of another version; what came before that is then of no use.
 */
export async function* readBackupFile(source: BackupSource): AsyncGenerator<StoredRow> {
  const { file } = source;
  let count = 0;
  let isWhole = false;
  const sha256 = createHash("sha256");
  try {
    for await (const [index, line] of enumerate(readLines(source))) {
      const value: unknown = JSON.parse(line);
      if (isWhole) throw unreadable(file, "it has data after its end");
      if (index === 0) checkHeader(value, file);
      else if (isStoredRow(value)) {
        count += 1;
        yield value;
      } else isWhole = checkEnd(value, count, sha256.digest("hex"), file, index + 1);
      if (!isWhole) sha256.update(`${line}\n`);
    }
  } catch (error) {
    throw error instanceof OperationalError ? error : unreadable(file, describe(error), error);
  }
  if (!isWhole) throw unreadable(file, "it is truncated");
}

/** What a restore of this backup failed with: where its rows are at fault, an OperationalError `backup_unreadable` that names them. */
export function explainRestore(error: unknown, file: string): unknown {
  if (error instanceof DamagedEntryError) return unreadable(file, `its entry of "${error.entry}" can't be read`, error);
  if (error instanceof OperationalError && error.code === "rows_refused") return unreadable(file, error.message, error);
  return error;
}

/** When a backup was made, as it says in its first line (ISO 8601); null: it does not say. */
export async function readMadeAt(source: BackupSource): Promise<string | null> {
  for await (const line of readLines(source)) {
    const header: unknown = JSON.parse(line);
    return isObject(header) && typeof header.made_at === "string" ? header.made_at : null;
  }
  return null;
}

/** Reads a backup to its end, so that nothing is restored of one that {@link readBackupFile} refuses. */
export async function verifyBackupFile(source: BackupSource): Promise<void> {
  for await (const _row of readBackupFile(source));
}

async function* readLines({ open }: BackupSource): AsyncGenerator<string> {
  const text = createGunzip();
  // What goes wrong while the file is read is thrown where the text is read.
  const reading = pipeline(open(), text).catch((error) => text.destroy(error));
  text.setEncoding("utf8");
  let rest: string[] = [];
  for await (const chunk of text) {
    const [first = "", ...others] = String(chunk).split("\n");
    rest.push(first);
    for (const next of others) {
      yield rest.join("");
      rest = [next];
    }
  }
  await reading;
  const last = rest.join("");
  if (last !== "") yield last;
}

async function* enumerate<Value>(values: AsyncIterable<Value>): AsyncGenerator<readonly [number, Value]> {
  let index = 0;
  for await (const value of values) yield [index++, value];
}

function checkHeader(value: unknown, file: string): void {
  const { format, format_version, store_version } = BACKUP_FORMAT;
  if (!isObject(value) || value.format !== format) throw unreadable(file, "it is not a poolkeeper backup");
  if (value.format_version === format_version && value.store_version === store_version) return;
  if (value.format_version === 1)
    throw unreadable(file, "it has no checksum: an earlier release wrote it. Restore it with that release");
  if (value.format_version !== format_version) {
    const made = `it has format ${String(value.format_version)}, and this release reads format ${format_version}`;
    throw unreadable(file, `${made}. Restore it with the release that made it, or a later one`);
  }
  throw unreadable(
    file,
    `it has store version ${String(value.store_version)}, and this release has ${store_version}. Restore it with the release that made it; later releases upgrade the store`,
  );
}

const TABLES: ReadonlySet<unknown> = new Set(KEPT_TABLES.map(({ name }) => name));

function isStoredRow(value: unknown): value is StoredRow {
  return (
    isObject(value) &&
    TABLES.has(value.table) &&
    isObject(value.row) &&
    Object.entries(value.row).every(
      ([column, held]) =>
        /^[a-z_]+$/.test(column) && (held === null || typeof held === "string" || typeof held === "number"),
    )
  );
}

/** True for the end; throws for anything else, and where what came before is not what was written. */
function checkEnd(value: unknown, count: number, sha256: string, file: string, line: number): true {
  if (!isObject(value) || typeof value.rows !== "number")
    throw unreadable(file, `line ${line} is neither a row nor the end`);
  if (value.rows !== count) throw unreadable(file, `it has ${count} rows instead of ${value.rows}`);
  if (value.sha256 !== sha256) throw unreadable(file, "it was altered: its checksum does not match");
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function unreadable(file: string, why: string, cause?: unknown): OperationalError {
  return new OperationalError(
    "backup_unreadable",
    `The backup ${file} can't be restored: ${why}. Nothing was changed.`,
    {
      next: "stop",
      cause,
    },
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
