import { Pool } from "pg";
import PgBoss from "pg-boss";
import { describeLocation } from "../../store/database/describe-location.ts";
import { renewPassword } from "../../store/database/renew-password.ts";
import { type Turn, waitForTurn } from "../../store/database/wait-for-turn.ts";

const SCHEMA = "poolkeeper_jobs";
const QUEUE = "pass";
/** Any number will do, as long as every poolkeeper takes the same. */
const SET_UP_LOCK = 7_061_746_574;

/** That a pass over a target is wanted. */
export interface QueuedPass {
  readonly target: string;
  readonly delayMs: number;
  /** How many replicas in a row took it and did not have its target. Default: none. */
  readonly passedOn?: number;
  /** A UUID: added only once across all callers, also after it was ended. Left out: a new one. */
  readonly id?: string;
}

/** One that a replica has taken. */
export interface TakenPass extends Required<Pick<QueuedPass, "id" | "target" | "passedOn">> {}

/** The requests for passes, in pg-boss. */
export interface PassQueue {
  /** Adds a request. One for the same target that already waits is brought forward instead. */
  add(pass: QueuedPass): Promise<void>;
  /** Takes some that are due, the oldest first. What is not ended in time can be taken again. */
  take(limit: number): Promise<readonly TakenPass[]>;
  end(id: string): Promise<void>;
  /** Reads from the table of requests: throws where it is gone, and waits where it is locked. */
  prove(): Promise<void>;
  close(): Promise<void>;
}

export interface PassQueueOptions {
  /** The time in which a claimed request must be ended, in milliseconds; whole seconds count, at least one. */
  readonly takeOverMs: number;
  /** Receives errors from the background. */
  readonly onError: (error: unknown) => void;
  /** How long one statement may take, in milliseconds. Default: 30 s, as for the store. */
  readonly statementMs?: number | undefined;
  /** Called where another process is waited for. Default: nothing is shown. */
  readonly warn?: ((warning: string) => void) | undefined;
  /** As `PostgresOptions.readUrl`. */
  readonly readUrl?: (() => string) | undefined;
}

interface Data {
  readonly target: string;
  /** Left out by earlier releases. */
  readonly passedOn?: number;
}

/**
 * How often all replicas together look for requests that were not ended in time, in milliseconds. Each asks this often and acts where the
 * last time was longer ago: at worst it takes twice as long.
 */
export const MAINTENANCE_MS = 3_000;

/** Never given up: what is wanted stays wanted. */
const RETRIES = 1_000_000;

/** Opens the queue, whose tables are made when they are missing. Throws what the driver throws. */
export async function openPassQueue(
  url: string,
  { takeOverMs, onError, statementMs = 30_000, warn = () => {}, readUrl }: PassQueueOptions,
): Promise<PassQueue> {
  const RenewedClient = renewPassword(url, readUrl);
  const expireInSeconds = Math.max(1, Math.ceil(takeOverMs / 1000));
  const limits = { connectionTimeoutMillis: 10_000, query_timeout: statementMs };
  const common = { Client: RenewedClient, application_name: "poolkeeper", ...limits };
  const boss = new PgBoss({
    ...{ ...common, max: 2, schema: SCHEMA },
    maintenanceIntervalSeconds: Math.min(MAINTENANCE_MS / 1000, expireInSeconds),
    // Schedules are the configuration's, which each replica has.
    schedule: false,
    archiveCompletedAfterSeconds: 3_600,
    deleteAfterHours: 24,
  });
  boss.on("error", onError);
  try {
    await prepare(new Pool({ ...common, max: 1 }), boss, { place: describeLocation(url), warn });
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
  return {
    add: (pass) => add(boss, pass, expireInSeconds),
    take: async (limit) => {
      const jobs = await boss.fetch<Data>(QUEUE, { batchSize: limit });
      return jobs.map(({ id, data: { target, passedOn = 0 } }) => ({ id, target, passedOn }));
    },
    end: async (id) => {
      await boss.complete(QUEUE, id);
    },
    prove: async () => {
      await boss.getDb().executeSql(`select from ${SCHEMA}.job limit 1`, []);
    },
    close: () => boss.stop({ graceful: false }),
  };
}

/**
 * One replica at a time: pg-boss runs into a deadlock when several create the same queue. The lock ends with its connection, which the
 * server closes if this process freezes. A pool, as it waits for no farewell of a server that stands still.
 */
async function prepare(pool: Pool, boss: PgBoss, turn: Omit<Turn, "lock">): Promise<void> {
  // What a connection says while it is left. Without a listener Node would end the process.
  pool.on("error", () => {});
  try {
    const client = await pool.connect();
    client.on("error", () => {});
    try {
      await client.query("begin; set local idle_in_transaction_session_timeout = '60s'");
      await waitForTurn((text) => client.query(text), { ...turn, lock: SET_UP_LOCK });
      await boss.start();
      await boss.createQueue(QUEUE, { name: QUEUE, policy: "short" });
    } finally {
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}

/** A queue with the policy `short` keeps one waiting job per key. Claimed between the two, it is added again. */
async function add(
  boss: PgBoss,
  { target, delayMs, id, passedOn = 0 }: QueuedPass,
  expireInSeconds: number,
): Promise<void> {
  const data: Data = { target, passedOn };
  const common = { startAfter: delayMs / 1000, expireInSeconds, retryLimit: RETRIES };
  if (id !== undefined) {
    await boss.send(QUEUE, data, { ...common, id, singletonKey: `at ${id}` });
    return;
  }
  for (;;) {
    if ((await boss.send(QUEUE, data, { ...common, singletonKey: target })) !== null) return;
    const { rows } = await boss.getDb().executeSql(BRING_FORWARD, [QUEUE, target, delayMs, passedOn]);
    if (rows.length > 0) return;
  }
}

/** pg-boss itself keeps the first of two, though the second may be wanted earlier, and by a replica that has the target. */
const BRING_FORWARD = `
  update ${SCHEMA}.job set
    start_after = least(start_after, now() + $3 * interval '1 millisecond'),
    data = jsonb_set(data, '{passedOn}', to_jsonb(least(coalesce((data->>'passedOn')::int, 0), $4::int)))
  where name = $1 and singleton_key = $2 and state = 'created'
  returning id`;
