import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { isBusy, lockedOut } from "./explain-store-error.ts";

/** What SQLite has beside an open file: the log of the commits that are not in it yet, and the index by which processes share that log. */
const BESIDE = ["-wal", "-shm"] as const;

/** Connections that may not be closed, by their files: what nothing refers to is closed by Node. */
const abandoned = new Map<string, DatabaseSync>();

/** How each log begins: two bytes of SQLite's file format. */
const BEGINNING = Buffer.from([0x37, 0x7f]);

/** How an open database stays the one at its path. */
export interface KeptPlace {
  /** Returns only where it is. Else it throws an OperationalError `store_failed`. */
  readonly require: () => void;
  /** Closes the database, without harm to what another process has begun at its path. */
  readonly close: () => void;
}

/**
 * A check that an open database is the one at its path: SQLite writes an open file, also when it is gone, and nothing of that is kept. As long
 * as the database's own file is another one, it throws. Where only the log or its index was removed, the log that is still open is saved in the
 * database's own file, and a new one is begun: that is over when the check returns, and `warn` is called. Until then, as while another process
 * has the database open, it throws too. Where another process may have written into a log or an index that it has begun there, nothing is
 * saved, as SQLite would mix the two: it throws until this process has ended. SQLite itself removes neither while a connection is open.
 */
export function keepPlace(database: DatabaseSync, file: string, warn: (warning: string) => void): KeptPlace {
  const opened = identify(file);
  // SQLite has them beside the file that a link leads to, and keeps no such log where the file system has no shared memory.
  const path = realpathSync(file);
  const names = BESIDE.map((end) => ({ end, name: `${path}${end}` })).filter(({ name }) => existsSync(name));
  const identifyAll = () => names.map(({ name }) => identify(name));
  let beside = identifyAll();
  const requireBeside = () => {
    const lost = names.filter(({ name }, at) => identify(name) !== beside[at]);
    if (lost.length === 0) return;
    const what = `${lost.map(({ name }) => name).join(" and ")} of the store was removed or replaced by another program while it was open.`;
    if (lost.some(isBegun)) throw begunElsewhere(what);
    renewLog(database, file, what);
    beside = identifyAll();
    warn(`${what} All that this process had written is saved in ${file}. Keep other programs from these files.`);
  };
  const isGone = () => opened !== null && identify(file) !== opened;
  return {
    require: () => {
      if (isGone()) throw gone(file);
      requireBeside();
    },
    close: () => {
      try {
        // SQLite leaves what is beside another file than the one that it has open.
        if (!isGone()) requireBeside();
      } catch (error) {
        abandon(path, database);
        if (!(error instanceof OperationalError)) throw error;
        warn(error.message);
        return;
      }
      database.close();
    },
  };
}

/**
 * Refuses to use a store, which a connection has just opened, where other processes write into a log that is no longer at its path: they share
 * the index, and their commits can't be read, nor can others be added. Throws an OperationalError `store_failed`, or what SQLite throws for a lock.
 */
export function requireSharedLog(database: DatabaseSync, file: string): void {
  const path = realpathSync(file);
  // It saves nothing, and says how many pages the log has by the index; -1: there is none.
  const pages = () => database.prepare("pragma wal_checkpoint(noop)").get()?.log;
  const before = pages();
  if (!abandoned.has(path) && (Number(before) <= 0 || readBeginning(`${path}-wal`).equals(BEGINNING))) return;
  // It may have been emptied in between.
  if (pages() !== before) throw lockedOut();
  throw failed(
    `${path}-wal of the store was removed or replaced while another process has it open. Stop all programs that have the store open, then start again.`,
  );
}

function readBeginning(name: string): Buffer {
  if (!existsSync(name)) return Buffer.alloc(0);
  // Never so of the other two files: to close one ends all locks that SQLite has on it in this process.
  const opened = openSync(name, "r");
  try {
    const beginning = Buffer.alloc(BEGINNING.length);
    return beginning.subarray(0, readSync(opened, beginning, 0, beginning.length, 0));
  } finally {
    closeSync(opened);
  }
}

/** Whether another process may have written into it. An index is written as it is opened; an empty log holds nothing. */
function isBegun({ end, name }: { readonly end: (typeof BESIDE)[number]; readonly name: string }): boolean {
  const found = statSync(name, { throwIfNoEntry: false });
  return found !== undefined && (end === "-shm" || found.size > 0);
}

function begunElsewhere(what: string): OperationalError {
  return failed(
    `${what} Another process has begun a new log: stop all programs that have the store open, then start again. What this process wrote last may be lost.`,
  );
}

/**
 * Leaves a connection open until the process ends: to close it, SQLite would write its log into the database and remove the one at the path.
 * Node closes at the end what is open, unless `process.exit` ends the process; the exit code is kept. Locks end with the process.
 */
function abandon(path: string, database: DatabaseSync): void {
  if (abandoned.size === 0) process.once("exit", () => process.exit());
  abandoned.set(path, database);
}

function gone(file: string): OperationalError {
  return failed(
    `The store at ${file} was removed or replaced while it was open: writes to it are lost. Restore the file, or restart to create an empty store.`,
  );
}

/** Saves the open log and begins a new one at its path, or throws: then the open one is kept, with all that is not saved yet. */
function renewLog(database: DatabaseSync, file: string, what: string): void {
  if (database.isTransaction) throw failed(`${what} Nothing of the transaction was kept. Try again.`);
  // Where SQLite can't save all of it, as on a full disk, it would still leave the log behind on the way to another journal.
  const { busy, log, checkpointed } = database.prepare("pragma wal_checkpoint").get() ?? {};
  const isSaved = busy === 0 && log === checkpointed;
  if (!isSaved)
    throw failed(`${what} What it held can't be saved yet. Stop all other programs that have the store open.`);
  try {
    // Only the one connection that is left may do that.
    database.exec("pragma journal_mode = delete; pragma journal_mode = wal; select count(*) from sqlite_schema");
  } catch (error) {
    if (!isBusy(error)) throw error;
    const state = `What it held was saved in ${file}`;
    throw failed(`${what} ${state}. Another process has the store open: nothing more is written until it has ended.`);
  }
}

function failed(message: string): OperationalError {
  return new OperationalError("store_failed", message, { next: "retry" });
}

function identify(file: string): string | null {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}
