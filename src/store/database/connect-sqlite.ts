import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type Dialect, Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement, sql } from "kysely";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { createTurns } from "../../model/in-turns.ts";
import { isBusy } from "./explain-store-error.ts";
import { makePrivateFile, makePrivateFolder } from "./keep-private.ts";
import {
  isOfDaemon,
  listMissingMigrations,
  listNewestTables,
  notUpgraded,
  PREPARE_VERSIONS,
  PROOF_WITHIN_MS,
  READ_VERSION,
  readProof,
  refuseNewer,
} from "./migrations.ts";
import { STORE_FILE, type Statements, type StoreConnection, type StoreTables } from "./store-schema.ts";

/** How long a process waits for another one's write, in milliseconds; ours take a few. */
const BUSY_TIMEOUT_MS = 10_000;

/** Prepared statements that a connection keeps. Most texts come again; lists in them make many that don't. */
const MOST_STATEMENTS = 200;

/** How long the write-ahead log stays once it is written back, in bytes: one that a large write stretched is cut again. */
const MOST_LOG_BYTES = 8_000_000;

/**
 * Opens the store in a directory, which is created when it is missing, and brings its tables up to date. Several processes may have it open.
 * A write is on the disk when it returns (WAL with synchronous=FULL), in the file at this path: where that was removed or replaced, every
 * use throws an OperationalError `store_failed`, until it is back. `now` gives milliseconds since 1970. `isDaemon`: tables are upgraded even
 * where a daemon was running on them a moment ago. Throws what SQLite or the file system throws.
 */
export function connectSqlite(directory: string, now: () => number, isDaemon: boolean): StoreConnection {
  makePrivateFolder(directory);
  const file = join(directory, STORE_FILE);
  for (const name of [file, ...[`${file}-wal`, `${file}-shm`].filter((beside) => existsSync(beside))])
    makePrivateFile(name);
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    useWriteAheadLog(database);
    migrate(database, { place: file, now, isDaemon });
  } catch (error) {
    database.close();
    throw error;
  }
  const requirePlace = keepPlace(file);
  const prepare = keepStatements(database);
  const version = database.prepare(READ_VERSION);
  const readVersion = () => Number(version.get()?.version);
  const db = new Kysely<StoreTables>({
    dialect: shareThread(new SqliteDialect({ database: adaptDatabase(database, prepare, requirePlace) })),
  });
  return {
    db,
    place: file,
    isShared: false,
    // Serialized with all other uses of the connection in this process.
    transact: (statements) =>
      db.connection().execute(async () =>
        transact(database, prepare, requirePlace, function* () {
          refuseNewer(readVersion(), file);
          return yield* statements();
        }),
      ),
    time: (afterMs) => sql<string>`${new Date(now() + afterMs).toISOString()}`,
    compact: async () => database.exec("vacuum; pragma wal_checkpoint(truncate)"),
    // Not by kysely, which closes only what was queried.
    close: async () => database.close(),
  };
}

/**
 * A dialect of SQLite between whose statements all else of the process has its turn. SQLite answers within the call, so that a caller
 * with thousands of statements never waits: no timer would run in between, and no server or user would be answered.
 */
function shareThread(dialect: Dialect): Dialect {
  const turns = createTurns();
  const createDriver = () => {
    const driver = dialect.createDriver();
    const acquire = driver.acquireConnection.bind(driver);
    driver.acquireConnection = async () => {
      await turns();
      return acquire();
    };
    return driver;
  };
  const { createQueryCompiler, createAdapter, createIntrospector } = dialect;
  return {
    createDriver,
    createQueryCompiler: createQueryCompiler.bind(dialect),
    createAdapter: createAdapter.bind(dialect),
    createIntrospector: createIntrospector.bind(dialect),
  };
}

/** The one statement for which SQLite does not wait by itself: of several processes that open a new store at the same time, one may be refused. */
function useWriteAheadLog(database: DatabaseSync): void {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on");
      database.exec(`pragma journal_size_limit = ${MOST_LOG_BYTES}`);
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/**
 * Without an await in between: waiting for a lock blocks the process, so that a transaction of this process must never be
 * left open while another of its connections may ask for the lock. `immediate` takes the lock before the version is read.
 */
function migrate(
  database: DatabaseSync,
  { place, now, isDaemon }: { readonly place: string; readonly now: () => number; readonly isDaemon: boolean },
): void {
  database.exec("begin immediate");
  database.exec(PREPARE_VERSIONS);
  const version = Number(database.prepare(READ_VERSION).get()?.version);
  const at = (afterMs: number) => `'${new Date(now() + afterMs).toISOString()}'`;
  const proof = readProof(at(-PROOF_WITHIN_MS), at(PROOF_WITHIN_MS));
  if (!isDaemon && isOfDaemon(version) && database.prepare(proof).get() !== undefined)
    throw notUpgraded(version, place);
  const missing = version === 0 ? listNewestTables() : listMissingMigrations(version, place);
  database.exec(missing.join(";\n"));
  database.exec("commit");
}

/** A check that the file at a path is the one that is there now: an open one can be written when it is gone, and nothing of it is kept. */
function keepPlace(file: string): () => void {
  const opened = identify(file);
  return () => {
    if (opened !== null && identify(file) === opened) return;
    const message = `The store at ${file} was removed or replaced while it was open: writes to it are lost. Restore the file, or restart to create an empty store.`;
    throw new OperationalError("store_failed", message, { next: "retry" });
  };
}

function identify(file: string): string | null {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}

/** Without an await in between, as {@link migrate}. A commit into a file that is no longer at its path was not kept. */
function transact<Result>(
  database: DatabaseSync,
  prepare: Prepare,
  requirePlace: () => void,
  statements: () => Statements<Result>,
): Result {
  requirePlace();
  database.exec("begin immediate");
  try {
    const running = statements();
    let step = running.next();
    while (step.done !== true) {
      const { sql: text, parameters } = step.value.compile();
      const { changes } = prepare(text).run(bindable(parameters));
      step = running.next(Number(changes));
    }
    database.exec("commit");
    requirePlace();
    return step.value;
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}

/** Gives a statement of SQL, prepared. */
type Prepare = (text: string) => SqliteStatement;

/**
 * Prepares each text once, as that takes longer than most statements run. The connection runs one statement at a time, so that none is
 * requested while it runs; SQLite prepares it again after a change of its tables.
 */
function keepStatements(database: DatabaseSync): Prepare {
  const kept = new Map<string, SqliteStatement>();
  return (text) => {
    const statement = kept.get(text) ?? adaptStatement(database.prepare(text));
    // Those used last are kept.
    kept.delete(text);
    kept.set(text, statement);
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_STATEMENTS) break;
      kept.delete(oldest);
    }
    return statement;
  };
}

/** Gives Node's SQLite the shape that kysely expects. */
function adaptDatabase(database: DatabaseSync, prepare: Prepare, requirePlace: () => void): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (text) => {
      requirePlace();
      // After some errors, as of a full disk, SQLite has rolled back by itself: to fail in that would hide the error.
      return prepare(text === "rollback" && !database.isTransaction ? "select 1 where false" : text);
    },
  };
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bindable(parameters)),
    run: (parameters) => statement.run(...bindable(parameters)),
    iterate: (parameters) => statement.iterate(...bindable(parameters)),
  };
}

function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === "string" || typeof value === "number") return value;
    throw new TypeError(`a store keeps text, numbers and null, not ${typeof value}`);
  });
}
