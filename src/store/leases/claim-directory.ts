import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { isNumber, isText, objectOf } from "../../model/json/shape.ts";
import { isBusy, isNoDatabase } from "../database/explain-store-error.ts";
import { makePrivateFile, makePrivateFolder } from "../database/keep-private.ts";
import { HOLDER_FILE, LOCK_FILE } from "../database/store-schema.ts";
import { identifyProcess } from "./identify-process.ts";

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

const isHolder = objectOf<Holder>({ pid: isNumber, host: isText, since: isText });
const JUST_BEGUN = "it just started";

/**
 * Claims a directory for this daemon until it is released by the returned function. The lock is the operating system's, taken through
 * SQLite: it ends with the process in any case, in this container or in another one with the same volume. Throws an OperationalError
 * `store_in_use`, which names the holder, and `store_failed` where the lock's file is none.
 */
export function claimDirectory(directory: string): () => void {
  makePrivateFolder(directory);
  makePrivateFile(join(directory, LOCK_FILE));
  const lock = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec("begin immediate");
    const { pid, host } = identifyProcess();
    const holder: Holder = { pid, host, since: new Date().toISOString() };
    writeFileSync(join(directory, HOLDER_FILE), `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  } catch (error) {
    lock.close();
    if (isBusy(error)) throw inUse(directory, error);
    throw isNoDatabase(error) ? noLock(join(directory, LOCK_FILE), error) : error;
  }
  return () => lock.close();
}

function inUse(directory: string, cause: unknown): OperationalError {
  return new OperationalError(
    "store_in_use",
    `The store in ${directory} is used by another daemon: ${describeHolder(directory)}. Stop that one first, or give this one its own directory. Several daemons can share a PostgreSQL database.`,
    { next: "stop", cause },
  );
}

/** A message of SQLite would name neither the file nor that nothing of the store is in it. */
function noLock(file: string, cause: unknown): OperationalError {
  const message = `${file} is no lock file: another program has replaced it. Nothing of the store is in it. Stop any daemon that still runs on the store, and remove this file.`;
  return new OperationalError("store_failed", message, { next: "stop", cause });
}

/** The file is written after the lock was taken: for a moment it may be missing, half there, or the one before. */
function describeHolder(directory: string): string {
  try {
    const holder: unknown = JSON.parse(readFileSync(join(directory, HOLDER_FILE), "utf8"));
    return isHolder(holder) ? `process ${holder.pid} on ${holder.host}, since ${holder.since}` : JUST_BEGUN;
  } catch {
    return JUST_BEGUN;
  }
}
