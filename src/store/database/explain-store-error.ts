import { type Next, OperationalError } from "../../model/errors/operational-error.ts";

/** SQLite's primary result code for a lock that did not come free in time. */
const SQLITE_BUSY = 5;
/** Of a file that is none of its databases. */
const SQLITE_NOTADB = 26;
/** PostgreSQL's classes of errors that pass by themselves: connection, resources, operator's intervention, deadlock. */
const PASSING_CLASSES = ["08", "53", "57", "40"];
/** Node's codes for a server that is not reached at the moment. */
const UNREACHED = ["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE", "EAI_AGAIN", "EHOSTUNREACH"];

/** The driver's own words, without a code, for a server of PostgreSQL that is too slow, or gone. */
const PASSING_WORDS =
  /^(timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client (has encountered a connection error|was closed) and is not queryable)/;

/**
 * Turns what a database or the file system throws into an OperationalError that says which store and what to do. `next` is
 * `retry` for what passes by itself, else `stop`. An OperationalError is returned as it is.
 */
export function explainStoreError(error: unknown, place: string): OperationalError {
  if (error instanceof OperationalError) return error;
  if (isUnfit(error)) {
    const message = `The store at ${place} can't store a text: it has a character that is not allowed there (${describe(error)}). Use a database whose encoding is UTF8.`;
    return new OperationalError("store_text_refused", message, { next: "stop", cause: error });
  }
  if (isLockedByOthers(error)) {
    const message = `The store at ${place} can't be used: another session holds a lock on its tables, such as pg_dump, or a transaction that was left open (pg_locks has its process id). Try again once it has ended.`;
    return new OperationalError("store_failed", message, { next: "retry", cause: error });
  }
  if (isOfReadOnlySession(error)) {
    const message = `The store at ${place} can't be used: it takes no writes (${describe(error)}), as during a failover or while its disk is full. Check that it is the primary server, and try again.`;
    return new OperationalError("store_failed", message, { next: "retry", cause: error });
  }
  if (isBusy(error)) {
    // One that a file system refused to give back, as of a network, is of no other process, and stays as long as this one has the file open.
    const message = `The store at ${place} can't be used: ${describe(error)}. Try again once no other program has it open. If none has, restart this one: the file system could not release its lock.`;
    return new OperationalError("store_failed", message, { next: "retry", cause: error });
  }
  const next = judge(error);
  const remedy = next === "retry" ? "Try again." : "Check that the place exists and that you can read and write it.";
  return new OperationalError("store_failed", `The store at ${place} can't be used: ${describe(error)}. ${remedy}`, {
    next,
    cause: error,
  });
}

/** Runs what talks to the store at `place`; what it throws is explained. */
export function explainingErrors(place: string): <Result>(work: () => Promise<Result>) => Promise<Result> {
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      throw explainStoreError(error, place);
    }
  };
}

/** SQLite's primary result codes for values: a size, a constraint, a type. */
const SQLITE_OF_ROWS = [18, 19, 20];
/** SQLite has no code for a column that is missing, beside the one for any statement that it does not take. */
const SQLITE_ERROR = 1;
const NO_COLUMN = /has no column named|no such column/;
/** PostgreSQL's of the same: the classes for data and constraints, the codes for a missing column and a type. */
const CODES_OF_ROWS = /^(22|23|42703$|42804$)/;
/** Its class for a statement that does not fit the tables: also one that is missing, and a missing right. */
const CODES_OF_TABLES = /^42/;

/** Whether the database refused the rows that it was to store, for what is in them: not for a table that is missing, or a missing right. */
export function isOfRows(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!("errcode" in error) || typeof error.errcode !== "number") return CODES_OF_ROWS.test(readCode(error));
  const code = error.errcode & 0xff;
  return code === SQLITE_ERROR ? NO_COLUMN.test(error.message) : SQLITE_OF_ROWS.includes(code);
}

/** Whether a table of PostgreSQL is missing, or another one than the statement expects. */
export function isOfTables(error: unknown): boolean {
  return error instanceof Error && (CODES_OF_TABLES.test(readCode(error)) || isOfRows(error));
}

function readCode(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** PostgreSQL's codes for a text that its encoding lacks: {@link storableText} leaves none that UTF8 lacks. */
const UNFIT_TEXT = ["22021", "22P05"];

function isUnfit(error: unknown): boolean {
  return error instanceof Error && "code" in error && UNFIT_TEXT.includes(String(error.code));
}

/** PostgreSQL's code for a lock that did not come free in time. */
const LOCK_NOT_AVAILABLE = "55P03";

/** Whether another session of PostgreSQL holds a lock for longer than was to be waited. */
export function isLockedByOthers(error: unknown): boolean {
  return error instanceof Error && readCode(error) === LOCK_NOT_AVAILABLE;
}

/** PostgreSQL's code for a write in a transaction that may only read. */
const READ_ONLY_TRANSACTION = "25006";

/** Whether a session of PostgreSQL takes no writes. It stays so to its end, also where its server takes them again, or another one took its place. */
export function isOfReadOnlySession(error: unknown): boolean {
  return error instanceof Error && readCode(error) === READ_ONLY_TRANSACTION;
}

/** Whether SQLite was refused a lock. */
export function isBusy(error: unknown): boolean {
  return hasPrimaryCode(error, SQLITE_BUSY);
}

/** Whether SQLite opened a file that is no database. */
export function isNoDatabase(error: unknown): boolean {
  return hasPrimaryCode(error, SQLITE_NOTADB);
}

function hasPrimaryCode(error: unknown, code: number): boolean {
  return (
    error instanceof Error && "errcode" in error && typeof error.errcode === "number" && (error.errcode & 0xff) === code
  );
}

/** The error of SQLite for a lock that another process has, where it says so in another way. */
export function lockedOut(): Error {
  return Object.assign(new Error("database is locked"), { errcode: SQLITE_BUSY });
}

/** For what may as well be done later: throws any other error. */
export function ignoreBusy(error: unknown): void {
  if (!isBusy(error)) throw error;
}

function judge(error: unknown): Next {
  if (!(error instanceof Error)) return "stop";
  const code = readCode(error);
  if (code === "" && PASSING_WORDS.test(error.message)) return "retry";
  return UNREACHED.includes(code) || PASSING_CLASSES.includes(code.slice(0, 2)) ? "retry" : "stop";
}

/** A host with several addresses fails with one error for each of them and an empty message. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join(", ");
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\.$/, "");
}
