import {
  type AliasableExpression,
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  sql,
} from "kysely";
import {
  type ClientBase,
  type ClientConfig,
  DatabaseError,
  Pool,
  type PoolConfig,
  type QueryConfig,
  type QueryResult,
  type QueryResultRow,
  types,
} from "pg";
import { beginUpgrade, type UpgradeTools } from "./begin-upgrade.ts";
import { describeLocation } from "./describe-location.ts";
import { isLockedByOthers, isOfReadOnlySession } from "./explain-store-error.ts";
import {
  isOfDaemon,
  listMissingMigrations,
  notUpgraded,
  PREPARE_VERSIONS,
  PROOF_WITHIN_MS,
  READ_VERSION,
  readProof,
  refuseNewer,
} from "./migrations.ts";
import { renewPassword } from "./renew-password.ts";
import { storableText } from "./storable-text.ts";
import type { Statements, StoreConnection, StoreTables } from "./store-schema.ts";
import { waitForTurn } from "./wait-for-turn.ts";

/** Any number will do, as long as every poolkeeper takes the same: it names the lock of the migrations. */
const MIGRATION_LOCK = 7_061_746_573;

/** How a connection is made. */
export interface PostgresOptions {
  /**
   * How long a transaction may do nothing before the server ends it and its connection, in milliseconds. Default: 15 s. Between two
   * statements of ours milliseconds pass: one that waits longer is of a process that was frozen (a paused machine, SIGSTOP), which
   * would keep its rows from every other replica for as long as it is frozen.
   */
  readonly idleMs?: number;
  /**
   * How long one statement may take, in milliseconds: then it is given up here, and ends on the server. What grows with the store has no limit:
   * migrations, backups, restores, and the rewriting of a compaction. Default: 30 s.
   */
  readonly statementMs?: number;
  /** The longest wait for tables that another session holds, until they can be opened and upgraded, in milliseconds. Default: 5000. */
  readonly lockMs?: number;
  /** How long each statement of opening may take that does not grow with the store, in milliseconds. Default: 30 s. */
  readonly openingMs?: number;
  /** Tables are upgraded even where a daemon was running on them a moment ago. Default: false. */
  readonly isDaemon?: boolean;
  /** An older store stays as it is, and `store_not_upgraded` is thrown. Default: false. */
  readonly keepsVersion?: boolean;
  /** Called with what an upgrade means for others. Default: nothing is shown. */
  readonly warn?: (warning: string) => void;
  /** The URL as it is now, with a password that may have been rotated, read for each connection. Default: it stays. */
  readonly readUrl?: (() => string) | undefined;
}

/**
 * Connects to the store in a PostgreSQL database at a `postgres://` URL and brings its tables up to date. Throws what the
 * driver throws.
 */
export async function connectPostgres(
  url: string,
  {
    idleMs = 15_000,
    statementMs = 30_000,
    lockMs = 5_000,
    openingMs = 30_000,
    isDaemon = false,
    readUrl,
    ...given
  }: PostgresOptions = {},
): Promise<StoreConnection> {
  const Driver = renewPassword(url, readUrl);
  const pool = openPool({ Client: Driver, max: 4, query_timeout: statementMs }, { idleMs, openingMs, statementMs });
  // Its server may be gone while it waits: TCP finds out.
  const waiting = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };
  const patient = openPool({ Client: Driver, max: 2, ...waiting }, { idleMs, openingMs, statementMs: 0 });
  const close = async () => void (await Promise.all([pool.end(), patient.end()]));
  const place = describeLocation(url);
  try {
    await migrate(patient, place, { isDaemon, lockMs, openingMs, keepsVersion: false, warn: () => {}, ...given });
  } catch (error) {
    await close();
    throw error;
  }
  const speak = (one: Pool) => new Kysely<StoreTables>({ dialect: new PostgresDialect({ pool: dropUnanswered(one) }) });
  const db = speak(pool);
  return {
    ...{ db, patient: speak(patient) },
    place,
    isShared: true,
    transact: (statements) =>
      db.transaction().execute(async (transaction) => {
        await requireCurrent(transaction, place);
        return runAll(transaction, statements);
      }),
    time: databaseTime,
    compact: () => compact(patient, openingMs),
    // Not by kysely, which closes only what was queried.
    close,
  };
}

/** `statementMs`: 0 is no limit. */
function openPool(
  config: PoolConfig,
  { idleMs, openingMs, statementMs }: Required<Pick<PostgresOptions, "idleMs" | "openingMs" | "statementMs">>,
): Pool {
  const pool = new Pool({
    application_name: "poolkeeper",
    connectionTimeoutMillis: 10_000,
    types: {
      getTypeParser: (type, format) => (type === types.builtins.INT8 ? Number : types.getTypeParser(type, format)),
    },
    onConnect: async (client) => {
      // The pool listens while it is idle.
      client.on("error", () => {});
      // Before any query of ours, and not as a parameter of the start, which PgBouncer refuses. Where it fails there is no connection: without
      // the limit a replica that froze would lock out the others.
      const limits = `set idle_in_transaction_session_timeout = ${idleMs}; set statement_timeout = ${statementMs}`;
      await ask(client, limits, openingMs);
    },
    ...config,
  });
  // A connection that breaks is dropped by the pool, and the next query opens another one or throws. Without a listener Node
  // would end the process: the pool has one for idle connections, those in use have their own.
  pool.on("error", () => {});
  return pool;
}

/** A statement whose answer is waited for no longer than that: a server that stands still, behind a connection that holds, never ends it itself. */
function ask<Row extends QueryResultRow>(
  client: Pick<ClientBase, "query">,
  text: string,
  withinMs: number,
): Promise<QueryResult<Row>> {
  const limited: QueryConfig & Pick<ClientConfig, "query_timeout"> = { text, query_timeout: withinMs };
  return client.query<Row>(limited);
}

function isAnswerOfGoodSession(error: Error): boolean {
  return error instanceof DatabaseError && !isOfReadOnlySession(error);
}

/**
 * The pool, except that a connection that failed by anything but an answer of the server, or takes no writes, is closed when it is given back, and
 * asks nothing in the meantime. By itself the pool gives out again what a cut network has left open, and each statement on it waits for its whole time.
 */
function dropUnanswered(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => {
      const client = await pool.connect();
      let failed: Error | null = null;
      const query = async (text: string, parameters: unknown[]) => {
        if (failed !== null) throw failed;
        try {
          return await client.query(text, parameters.map(asStorable));
        } catch (error) {
          if (error instanceof Error && !isAnswerOfGoodSession(error)) failed = error;
          throw error;
        }
      };
      return {
        query: query as unknown as PostgresPoolClient["query"],
        release: (destroy) => client.release(destroy === true || failed !== null),
      };
    },
    end: () => pool.end(),
  };
}

function asStorable(value: unknown): unknown {
  return typeof value === "string" ? storableText(value) : value;
}

/** An upgrade waits for the transactions that have asked, and those that ask later wait for it. */
async function requireCurrent(db: Kysely<StoreTables>, place: string): Promise<void> {
  const { rows } = await sql<{ readonly version: number }>`${sql.raw(READ_VERSION)}`.execute(db);
  refuseNewer(Number(rows[0]?.version), place);
}

async function runAll<Result>(db: Kysely<StoreTables>, statements: () => Statements<Result>): Promise<Result> {
  const running = statements();
  let step = running.next();
  while (step.done !== true) {
    const { numAffectedRows = 0n } = await db.executeQuery(step.value.compile());
    step = running.next(Number(numAffectedRows));
  }
  return step.value;
}

/**
 * Rewrites every table without dead rows. Each is locked for a moment: where another session holds it for longer, its dead rows are left to
 * the server's vacuum.
 */
async function compact(pool: Pool, openingMs: number): Promise<void> {
  const client = await pool.connect();
  try {
    await ask(client, "set lock_timeout = '10s'", openingMs);
    const { rows } = await ask<{ name: string }>(client, READ_TABLES, openingMs);
    for (const { name } of rows) await client.query(`vacuum full ${name}`).catch(ignoreLocked);
  } finally {
    // With its own limit on locks it is of no use to others.
    client.release(true);
  }
}

/**
 * The tables of this schema that this role owns, quoted: not the one of versions, which has no dead rows. Each process that starts, and each write, reads
 * it, and would wait behind a lock that is waited for.
 */
const READ_TABLES = `
  select quote_ident(tablename) as name from pg_tables
  where schemaname = current_schema() and tableowner = current_user and tablename <> 'store_migration'`;

function ignoreLocked(error: unknown): void {
  if (!isLockedByOthers(error)) throw error;
}

/** By the clock of the database: the machines that share it may disagree. */
function databaseTime(afterMs: number): AliasableExpression<string> {
  return sql<string>`${sql.raw(FORMAT_TIME[0])}${afterMs}${sql.raw(FORMAT_TIME[1])}`;
}

/** What stands around the milliseconds from now. */
const FORMAT_TIME = [
  "to_char((clock_timestamp() + ",
  ` * interval '1 millisecond') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
] as const;

interface Migrating extends UpgradeTools {
  readonly isDaemon: boolean;
  readonly lockMs: number;
  readonly openingMs: number;
}

async function migrate(pool: Pool, place: string, { isDaemon, lockMs, openingMs, ...tools }: Migrating): Promise<void> {
  const client = await pool.connect();
  const askSoon = <Row extends QueryResultRow>(text: string) => ask<Row>(client, text, openingMs);
  let isDone = false;
  try {
    await askSoon("begin");
    // A session that waits for a lock on a table keeps all others from it, also a daemon of an earlier release.
    await askSoon(`set local statement_timeout = ${openingMs}; set local lock_timeout = ${lockMs}`);
    await waitForTurn(askSoon, { lock: MIGRATION_LOCK, place, warn: tools.warn });
    await askSoon(PREPARE_VERSIONS);
    const { rows } = await askSoon<{ version: number }>(READ_VERSION);
    const version = Number(rows[0]?.version);
    if (!isDaemon && isOfDaemon(version)) {
      const at = (afterMs: number) => FORMAT_TIME.join(`${afterMs}`);
      const { rowCount } = await askSoon(readProof(at(-PROOF_WITHIN_MS), at(PROOF_WITHIN_MS)));
      if (rowCount !== 0) throw notUpgraded(version, place);
    }
    beginUpgrade(version, place, tools);
    const missing = listMissingMigrations(version, place);
    if (missing.length > 0) {
      await askSoon("lock table store_migration in access exclusive mode");
      await askSoon("set local statement_timeout = 0");
    }
    for (const statements of missing) await client.query(statements);
    await askSoon("commit");
    isDone = true;
  } finally {
    // Closing the connection undoes what was not committed.
    client.release(!isDone);
  }
}
