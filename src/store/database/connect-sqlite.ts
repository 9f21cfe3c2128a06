import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Kysely, type QueryResult, sql } from "kysely";
import { beginUpgrade, type UpgradeTools } from "./begin-upgrade.ts";
import { ignoreBusy, lockedOut } from "./explain-store-error.ts";
import { keepPlace, requireSharedLog } from "./keep-place.ts";
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
import { rollBack, shareFile } from "./sqlite-dialect.ts";
import { storableText } from "./storable-text.ts";
import { STORE_FILE, type Statements, type StoreConnection, type StoreTables } from "./store-schema.ts";
import { untilFree } from "./until-free.ts";

/** Prepared statements that a connection keeps. Most texts come again; lists in them make many that don't. */
const MOST_STATEMENTS = 200;

/** How long the write-ahead log stays once it is written back, in bytes: one that a large write stretched is cut again. */
const MOST_LOG_BYTES = 8_000_000;

/**
 * Opens the store in a directory, which is created when it is missing, and brings its tables up to date. Several processes may have it open.
 * A write is on the disk when it returns (WAL with synchronous=FULL), in the files at these paths: {@link keepPlace} says what happens where one was
 * removed or replaced, and calls `warn`. `now` gives milliseconds since 1970. `isDaemon`: tables are upgraded even where a daemon was running on
 * them a moment ago; `keepsVersion`: not at all. Throws what SQLite or the file system throws.
 */
export async function connectSqlite(
  directory: string,
  now: () => number,
  isDaemon: boolean,
  warn: (warning: string) => void = () => {},
  keepsVersion = false,
): Promise<StoreConnection> {
  makePrivateFolder(directory);
  const file = join(directory, STORE_FILE);
  for (const name of [file, ...[`${file}-wal`, `${file}-shm`].filter((beside) => existsSync(beside))])
    makePrivateFile(name);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    await untilFree(() => useWriteAheadLog(database));
    await untilFree(() => requireSharedLog(database, file));
    await untilFree(() => migrate(database, { place: file, now, isDaemon, keepsVersion, warn }));
  } catch (error) {
    database.close();
    throw error;
  }
  const { require: requirePlace, close } = keepPlace(database, file, warn);
  const prepare = keepStatements(database);
  const { dialect, alone } = shareFile(database, ({ sql: text, parameters }) => {
    requirePlace();
    return answer(prepare(text), parameters);
  });
  const db = new Kysely<StoreTables>({ dialect });
  return {
    ...{ db, patient: db },
    place: file,
    isShared: false,
    transact: (statements) =>
      alone(() => {
        requirePlace();
        const result = inTransaction(database, () => {
          refuseNewer(Number(prepare(READ_VERSION).statement.get()?.version), file);
          return runAll(prepare, statements);
        });
        // A commit into a file that is no longer at its path was not kept.
        requirePlace();
        return result;
      }),
    time: (afterMs) => sql<string>`${new Date(now() + afterMs).toISOString()}`,
    compact: async () => {
      await alone(() => {
        requirePlace();
        database.exec("vacuum");
      });
      // Where a reader keeps it from that for so long, the log is cut by a later write.
      await alone(() => {
        requirePlace();
        emptyLog(database);
      }).catch(ignoreBusy);
    },
    // Not by kysely, which closes only what was queried.
    close: async () => close(),
  };
}

function useWriteAheadLog(database: DatabaseSync): void {
  database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on");
  database.exec(`pragma journal_size_limit = ${MOST_LOG_BYTES}`);
}

/** This pragma answers that it was kept from it; it does not throw. */
function emptyLog(database: DatabaseSync): void {
  const { busy } = database.prepare("pragma wal_checkpoint(truncate)").get() ?? {};
  if (busy !== 0) throw lockedOut();
}

function migrate(
  database: DatabaseSync,
  {
    place,
    now,
    isDaemon,
    ...tools
  }: UpgradeTools & { readonly place: string; readonly now: () => number; readonly isDaemon: boolean },
): void {
  // The lock is taken before the version is read.
  inTransaction(database, () => {
    database.exec(PREPARE_VERSIONS);
    const version = Number(database.prepare(READ_VERSION).get()?.version);
    const at = (afterMs: number) => `'${new Date(now() + afterMs).toISOString()}'`;
    const proof = readProof(at(-PROOF_WITHIN_MS), at(PROOF_WITHIN_MS));
    if (!isDaemon && isOfDaemon(version) && database.prepare(proof).get() !== undefined)
      throw notUpgraded(version, place);
    beginUpgrade(version, place, tools);
    const missing = version === 0 ? listNewestTables() : listMissingMigrations(version, place);
    database.exec(missing.join(";\n"));
  });
}

/** Does work in one transaction, which has the lock from its beginning. Without an await: nothing else of this process has its turn in between. */
function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("begin immediate");
  try {
    const result = work();
    database.exec("commit");
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

function runAll<Result>(prepare: Prepare, statements: () => Statements<Result>): Result {
  const running = statements();
  let step = running.next();
  while (step.done !== true) {
    const { sql: text, parameters } = step.value.compile();
    const { changes } = prepare(text).statement.run(...bindable(parameters));
    step = running.next(Number(changes));
  }
  return step.value;
}

/** Gives a statement of SQL, prepared. */
type Prepare = (text: string) => Prepared;

interface Prepared {
  readonly statement: StatementSync;
  /** Whether it answers with rows. */
  readonly reads: boolean;
}

/**
 * Prepares each text once, as that takes longer than most statements run. The connection runs one statement at a time, so that none is
 * requested while it runs; SQLite prepares it again after a change of its tables.
 */
function keepStatements(database: DatabaseSync): Prepare {
  const kept = new Map<string, Prepared>();
  return (text) => {
    const prepared = kept.get(text) ?? describe(database.prepare(text));
    // Those used last are kept.
    kept.delete(text);
    kept.set(text, prepared);
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_STATEMENTS) break;
      kept.delete(oldest);
    }
    return prepared;
  };
}

function describe(statement: StatementSync): Prepared {
  return { statement, reads: statement.columns().length > 0 };
}

/** The answer of one statement in the shape that kysely expects. */
function answer<Row>({ statement, reads }: Prepared, parameters: readonly unknown[]): QueryResult<Row> {
  const given = bindable(parameters);
  // What its columns are called is known by the query that asks.
  if (reads) return { rows: statement.all(...given) as Row[] };
  return { numAffectedRows: BigInt(statement.run(...given).changes), rows: [] };
}

function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (typeof value === "string") return storableText(value);
    if (value === null || typeof value === "number") return value;
    throw new TypeError(`a store keeps text, numbers and null, not ${typeof value}`);
  });
}
