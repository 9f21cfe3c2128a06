import { realpathSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { isBusy } from "./explain-store-error.ts";

/** What SQLite has beside an open file: the log of the commits that are not in it yet, and the index by which processes share that log. */
const BESIDE = ["-wal", "-shm"];

/**
 * A check that an open database is the one at its path: SQLite writes an open file, also when it is gone, and nothing of that is kept. As long
 * as the database's own file is another one, it throws an OperationalError `store_failed`. Where only the log or its index is, the log that is still open
 * is saved in the database's own file, and a new one is begun: that is over when the check returns, and `warn` is called. Until then, as while
 * another process has the database open, it throws `store_failed` too. SQLite itself removes neither while a connection is open.
 */
export function keepPlace(database: DatabaseSync, file: string, warn: (warning: string) => void): () => void {
  const opened = identify(file);
  // SQLite has them beside the file that a link leads to, and keeps no such log where the file system has no shared memory.
  const names = BESIDE.map((end) => `${realpathSync(file)}${end}`).filter((name) => identify(name) !== null);
  let beside = names.map(identify);
  return () => {
    if (opened !== null && identify(file) !== opened) throw gone(file);
    const found = names.map(identify);
    const lost = names.filter((_, at) => found[at] !== beside[at]);
    if (lost.length === 0) return;
    const what = `${lost.join(" and ")} of the store was removed or replaced by another program while it was open.`;
    renewLog(database, file, what);
    const isReplaced = found.some((identity, at) => identity !== null && identity !== beside[at]);
    beside = names.map(identify);
    const others = isReplaced ? " What another process has written to the store since then may be lost." : "";
    warn(
      `${what} All that this process had written is saved in ${file}.${others} Keep other programs from these files.`,
    );
  };
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
  const { log, checkpointed } = database.prepare("pragma wal_checkpoint").get() ?? {};
  const isSaved = log === checkpointed;
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
