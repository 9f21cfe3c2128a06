import type { DatabaseSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from "kysely";
import { createTurns } from "../../model/in-turns.ts";
import { untilFree } from "./until-free.ts";

/** Does one compiled statement of SQL, within the call. */
export type Answer = <Row>(query: Pick<CompiledQuery, "sql" | "parameters">) => QueryResult<Row>;

/** A dialect for one open file, and how other work has its turn on it. */
export interface SharedFile {
  readonly dialect: Dialect;
  /** Does work on the file that is over when it returns, where no transaction of the dialect is open, as {@link untilFree} says. */
  alone<Result>(work: () => Result): Promise<Result>;
}

/** Who has a transaction open over several statements, and when it ends. */
interface OpenTransaction {
  readonly by: DatabaseConnection;
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/**
 * Shares an open SQLite file, which has no time to wait for locks. Each statement is over when its call returns, so none of this process meets
 * another; who waits for a lock of another process keeps no one from reading, which needs none (WAL). A transaction over several statements keeps
 * all others of this process out until it ends: of several connections in one file they would see its changes. Between statements all else of
 * the process has its turn: a caller with thousands of them never waits by itself.
 */
export function shareFile(database: DatabaseSync, answer: Answer): SharedFile {
  const turns = createTurns();
  let open: OpenTransaction | null = null;
  const alone = async <Result>(work: () => Result) => {
    await turns();
    return untilFree(work, () => open?.ended ?? null);
  };
  const createConnection = (): DatabaseConnection => {
    const connection: DatabaseConnection = {
      executeQuery: async (query) => {
        if (open?.by !== connection) return alone(() => answer(query));
        // Within its transaction the lock is there already.
        await turns();
        return answer(query);
      },
      streamQuery: () => {
        throw new Error("The store reads page by page.");
      },
    };
    return connection;
  };
  const end = (connection: DatabaseConnection) => {
    if (open?.by !== connection) return;
    open.end();
    open = null;
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => createConnection(),
    beginTransaction: (connection, settings) =>
      alone(() => {
        begin(database, settings);
        const { promise: ended, resolve: end } = Promise.withResolvers<void>();
        open = { by: connection, ended, end };
      }),
    commitTransaction: async (connection) => {
      // One that fails is rolled back by the caller.
      database.exec("commit");
      end(connection);
    },
    rollbackTransaction: async (connection) => {
      try {
        rollBack(database);
      } finally {
        end(connection);
      }
    },
    releaseConnection: async () => {},
    destroy: async () => database.close(),
  };
  const dialect: Dialect = {
    createDriver: () => driver,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SharedAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
  return { dialect, alone };
}

/** By itself kysely keeps a connection of SQLite from all others for as long as it is in use: also while it waits for a lock. */
class SharedAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** With its lock, or the moment that it sees, from the beginning on. */
function begin(database: DatabaseSync, { accessMode }: TransactionSettings): void {
  try {
    database.exec(accessMode === "read only" ? "begin; select 1 from sqlite_schema limit 1" : "begin immediate");
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** After some errors, as of a full disk, SQLite has rolled back by itself: to fail in that would hide the error. */
export function rollBack(database: DatabaseSync): void {
  if (database.isTransaction) database.exec("rollback");
}
