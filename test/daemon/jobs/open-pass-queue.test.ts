import { connect, createServer, type Socket } from "node:net";
import { Client } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createPgBossJobs, type PgBossOptions } from "../../../src/daemon/jobs/create-pg-boss-jobs.ts";
import { SOON_MS } from "../../set-up/patience.ts";
import { startPostgres, type TestPostgres } from "../../store/start-postgres.ts";
import { listenOn } from "../../systems/control-plane/fixtures/serve.ts";

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** Starts jobs that make no pass; what they are refused. */
async function start(url: string, options: Partial<PgBossOptions> = {}): Promise<unknown> {
  const jobLeases: PgBossOptions["jobLeases"] = () => {
    throw new Error("No pass is asked for.");
  };
  const jobs = createPgBossJobs(url, { onError: () => {}, jobLeases, ...options });
  onTestFinished(() => jobs.stop());
  try {
    return await jobs.start(async () => {});
  } catch (error) {
    return error;
  }
}

interface Relayed {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** The database at `url`, behind a connection of ours; `carry` hears both ends of each. */
async function relayTo(url: string, carry: (relayed: Relayed) => void): Promise<string> {
  const { port, href } = new URL(url);
  const relay = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
    client.on("error", () => {}).on("close", () => upstream.destroy());
    upstream.on("error", () => {});
    carry({ client, upstream });
  });
  return href.replace(`:${port}/`, `:${await listenOn(relay)}/`);
}

/** The database at `url`, behind a connection that carries nothing more once a client has sent `text`. */
function standStillAfter(url: string, text: string): Promise<string> {
  let isStill = false;
  return relayTo(url, ({ client, upstream }) => {
    client.on("data", (data) => {
      isStill ||= data.includes(text);
      if (!isStill) upstream.write(data);
    });
    upstream.on("data", (data) => void (isStill || client.write(data)));
  });
}

/** The database at `url`, behind a connection that keeps the first farewell back until the server has ended what waits to be left; `ended`: then. */
async function endBeforeFarewell(url: string): Promise<{ readonly url: string; readonly ended: Promise<void> }> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let isFirst = true;
  const relayed = await relayTo(url, ({ client, upstream }) => {
    client.on("data", (data) => {
      if (!isFirst || !data.equals(FAREWELL)) return void upstream.write(data);
      isFirst = false;
      const left = new Promise<void>((done) => void upstream.on("end", () => client.end(done)));
      resolve(endBackends(url).then(() => left));
    });
    upstream.on("data", (data) => client.write(data));
  });
  return { url: relayed, ended };
}

/** The message `Terminate` of PostgreSQL's protocol. */
const FAREWELL = Buffer.from([0x58, 0, 0, 0, 4]);

async function endBackends(url: string): Promise<void> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'");
  await admin.end();
}

const GIVEN_UP = { code: "store_failed", next: "retry", message: expect.stringContaining("Query read timeout") };

test.each([
  ["at the begin", "begin"],
  ["at the lock of those that start together", "advisory"],
  ["at its tables", "to_regclass"],
])("a server that stands still %s is given up, in the words of the store", async (_, text) => {
  const url = await standStillAfter(await server.makeDatabase(), text);
  expect(await start(url, { statementMs: SOON_MS })).toMatchObject(GIVEN_UP);
});

test("a replica that starts at the same time is waited for, and that is said", async () => {
  const url = await server.makeDatabase();
  const other = new Client({ connectionString: url });
  await other.connect();
  onTestFinished(() => other.end());
  await other.query("begin; select pg_advisory_xact_lock(7061746574)");
  const said = Promise.withResolvers<string>();
  const started = start(url, { warn: said.resolve });
  expect(await said.promise).toContain("Another process opens or upgrades the store");
  await other.query("commit");
  expect(await started).toBeUndefined();
});

test("a server that ends the connection of the set-up before it is left does not end the process", async () => {
  const broken: unknown[] = [];
  const note = (error: unknown) => void broken.push(error);
  process.on("uncaughtExceptionMonitor", note);
  onTestFinished(() => void process.off("uncaughtExceptionMonitor", note));
  const { url, ended } = await endBeforeFarewell(await server.makeDatabase());
  expect(await start(url)).toBeUndefined();
  await ended;
  expect(broken).toEqual([]);
});
