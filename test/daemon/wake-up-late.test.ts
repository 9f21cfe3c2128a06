import { execFileSync } from "node:child_process";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { findWriter } from "./find-writer.ts";
import { FILES, type Files, queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "./open-daemon-world.ts";
import { readWrites } from "./read-writes.ts";
import { type DaemonProcess, startProcess } from "./start-process.ts";

/** `POOLKEEPER_PROPERTY_RUNS=20` plays that many rounds: what is held then is another part of the burst each time. */
const ROUNDS = Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 4);
/** Updates of a burst: as many as a pass sends at once. */
const BURST = 10;
/** How long a lease and a write last: in this time, what was stopped is waited for. */
const SHORT = "4s";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** Two replicas, and the database that they share. */
interface Drill {
  readonly world: DaemonWorld;
  readonly replicas: readonly DaemonProcess[];
  readonly database: Client;
}

/** The replica that writes. */
interface Halt {
  /** Finds it, while it answers. */
  readonly find: () => Promise<void>;
  /** Stops it, and waits until it stands still. */
  readonly stop: () => Promise<void>;
}

/** Brings a writer to a point in its burst and stops it there. */
type StopAt = (drill: Drill, left: number, halt: Halt) => Promise<void>;

/** Where in a burst a writer is stopped; `left` updates of it have not been sent then, or are not answered yet. */
const STOPS: readonly (readonly [where: string, stopAt: StopAt])[] = [
  ["between its last reads and the writes that rest on them", stopAfterReads],
  ["while it asks whether the lease is still its own", stopInConfirmation],
  ["while its writes are under way", (drill, left, halt) => stopInWrites(drill, { left, answer: false }, halt)],
  ["before the answers to its writes arrive", (drill, left, halt) => stopInWrites(drill, { left, answer: true }, halt)],
];

describe("a replica that is stopped in a burst of updates, and goes on after another one has taken over", () => {
  const games = Array.from({ length: Math.ceil(ROUNDS / STOPS.length) }, (_, game) => game * STOPS.length);

  test.each(games)(
    "sends nothing more of the old commit, wherever in the burst it was stopped (from round %i)",
    async (from) => {
      const drill = await openDrill();
      const { world, replicas } = drill;
      for (let round = from; round < Math.min(from + STOPS.length, ROUNDS); round += 1) {
        const [where, stopAt] = STOPS[round % STOPS.length] ?? fail();
        // Ten first, and then other parts of the burst.
        const left = 1 + ((BURST - 1 + 3 * round) % BURST);
        const place = world.served.model.journal.length;
        const [old, newer] = [100 + 2 * round, 101 + 2 * round];
        let stopped: readonly [DaemonProcess, DaemonProcess] | undefined;
        world.repository.push(burst(old));
        const find = async () => {
          stopped ??= await findWriter(replicas);
        };
        const stop = async () => {
          await find();
          await freeze((stopped ?? fail())[0]);
        };
        await stopAt(drill, left, { find, stop });
        const [writer, other] = stopped ?? fail();
        const commit = world.repository.push(burst(newer));
        await other.untilApplied(commit);
        const written = readWrites(world.served.model, place);
        const lines = writer.log.length;
        writer.kill("SIGCONT");
        await waitFor(
          () => writer.log.slice(lines).some((line) => line.includes("pass_outdated")),
          () => writer.log.join("\n"),
        );
        const said = `round ${round}: stopped ${where}, ${left} left`;
        expect(readWrites(world.served.model, place), said).toEqual(written);
        expect(listConcurrencies(world), said).toEqual(new Set([newer]));
        expect(listOvertaken(written, old, newer), said).toEqual([]);
      }
    },
  );
});

function fail(): never {
  throw new Error("there is none");
}

function nameQueue(index: number): string {
  return `burst-${index}`;
}

/** Ten queues with this run concurrency. */
function burst(runs: number): Files {
  const queues = Array.from({ length: BURST }, (_, index) => nameQueue(index));
  return Object.fromEntries(queues.map((name) => [`queues/${name}.yaml`, queue(name, runs)]));
}

async function openDrill(): Promise<Drill> {
  const world = await openDaemonWorld({ ...FILES, ...burst(1) });
  const url = await postgres.makeDatabase();
  world.env.DATABASE_URL = url;
  const file = world.write({
    policy: { max_destroy_share: 1, auto_apply: "all" },
    control_plane: { write_timeout: SHORT },
    file: { store: { database_url: { env: "DATABASE_URL" } }, lease: { ttl: SHORT } },
  });
  const replicas = await Promise.all([startProcess(world, file), startProcess(world, file)]);
  await Promise.all(replicas.map((replica) => replica.untilApplied(world.first)));
  const database = new Client({ connectionString: url });
  await database.connect();
  onTestFinished(() => database.end());
  return { world, replicas, database };
}

/** Stops a process, and waits until it stands still. */
async function freeze({ pid, kill }: DaemonProcess): Promise<void> {
  kill("SIGSTOP");
  await waitFor(
    () => execFileSync("ps", ["-o", "state=", "-p", String(pid)], { encoding: "utf8" }).startsWith("T"),
    () => `process ${pid} does not stop`,
  );
}

async function stopAfterReads({ world }: Drill, left: number, { stop }: Halt): Promise<void> {
  const held = await world.hold({ method: "GetQueue", after: BURST - left, count: left });
  await held.arrived(left);
  await stop();
  await held.release();
}

/** The database goes on without it: it renews the lease, and the answer waits for the process to wake up. */
async function stopInConfirmation(drill: Drill, left: number, { find, stop }: Halt): Promise<void> {
  const { world, database } = drill;
  const held = await world.hold({ method: "GetQueue", after: BURST - left, count: left });
  await held.arrived(left);
  // Its connections to the database wait from here on.
  await find();
  await database.query("begin");
  await database.query("select from lease where endpoint not like 'passes over %' for update");
  await held.release();
  await waitFor(
    async () => (await countWaiting(database)) > 0,
    () => "no replica asks for its lease",
  );
  await stop();
  await database.query("commit");
}

async function countWaiting(database: Client): Promise<number> {
  const { rows } = await database.query(
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rows.length;
}

async function stopInWrites(
  { world }: Drill,
  { left, answer }: { readonly left: number; readonly answer: boolean },
  { stop }: Halt,
): Promise<void> {
  const held = await world.hold({ method: "UpdateQueue", after: BURST - left, count: left, answer });
  await held.arrived(left);
  await stop();
  await held.release();
}

function listConcurrencies({ served }: DaemonWorld): ReadonlySet<number> {
  const { rows } = served.model.state.queue;
  return new Set(
    Array.from({ length: BURST }, (_, index) => rows.get(nameQueue(index))?.spec.run_concurrency ?? Number.NaN),
  );
}

/** Writes of the old commit that came after the first of the newer one. */
function listOvertaken(writes: readonly string[], old: number, newer: number): readonly string[] {
  const first = writes.findIndex((write) => write.includes(`"run_concurrency":${newer},`));
  return writes.slice(first).filter((write) => write.includes(`"run_concurrency":${old},`));
}
