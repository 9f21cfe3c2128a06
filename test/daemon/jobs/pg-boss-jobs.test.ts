import { once } from "node:events";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Runner } from "../../../src/daemon/create-runner.ts";
import { createWork, type WorkTools } from "../../../src/daemon/create-work.ts";
import { createHandover } from "../../../src/daemon/hand-over.ts";
import { createPgBossJobs, type PgBossOptions } from "../../../src/daemon/jobs/create-pg-boss-jobs.ts";
import { openDatabase } from "../../../src/store/open-store.ts";
import { createHandClock } from "../../store/hand-clock.ts";
import { startPostgres, type TestPostgres } from "../../store/start-postgres.ts";
import { describeJobs } from "./describe-jobs.ts";
import { startReplica } from "./start-replica.ts";

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

describeJobs("on PostgreSQL", async (options) => {
  const url = await server.makeDatabase();
  return createPgBossJobs(url, { pollMs: 50, jobLeases: await openLeases(url), ...options });
});

async function openLeases(url: string): Promise<PgBossOptions["jobLeases"]> {
  const database = await openDatabase(url);
  onTestFinished(() => database.close());
  return database.jobLeases;
}

async function open(url: string, options: Partial<PgBossOptions> = {}) {
  const jobLeases = await openLeases(url);
  const jobs = createPgBossJobs(url, { pollMs: 50, retryMs: 50, onError: () => {}, jobLeases, ...options });
  onTestFinished(() => jobs.stop());
  return jobs;
}

/** A database with a table for what replicas do, and how to read it in its order. */
async function openEvents() {
  const url = await server.makeDatabase();
  const client = new Client({ connectionString: url });
  // The server may be ended meanwhile.
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end());
  await client.query("create table event (place serial primary key, replica text, target text, kind text)");
  const read = async () => {
    const { rows } = await client.query<Event>("select replica, target, kind from event order by place");
    return rows;
  };
  return { url, read, client };
}

interface Event {
  readonly replica: string;
  readonly target: string;
  /** `held`: it was refused the lease of the pass. `lost`: it was told that its lease is lost. */
  readonly kind: "begin" | "end" | "held" | "lost";
}

/** What stands between the begin and the end of one pass; those of `killed` have no end. */
function listOverlaps(events: readonly Event[], killed: readonly string[] = []): readonly Event[] {
  const overlaps: Event[] = [];
  const running = new Map<string, Event>();
  for (const event of events) {
    const other = running.get(event.target);
    if (event.kind === "end") running.delete(event.target);
    else if (event.kind === "begin") {
      if (other !== undefined && !killed.includes(other.replica)) overlaps.push(event);
      running.set(event.target, event);
    }
  }
  return overlaps;
}

const begins = (events: readonly Event[], target: string) =>
  events.filter(({ kind, target: about }) => kind === "begin" && about === target);
const ends = (events: readonly Event[], target: string) =>
  events.filter(({ kind, target: about }) => kind === "end" && about === target);

test("what the queue itself fails at is reported as a fault of the store, by its place", async () => {
  const { url, client } = await openEvents();
  const errors: (readonly [unknown, string | null])[] = [];
  const jobs = await open(url, { onError: (...error) => errors.push(error) });
  await jobs.start(async () => {});
  await client.query("alter schema poolkeeper_jobs rename to elsewhere");
  await expect.poll(() => errors.length).toBeGreaterThan(0);
  const { host, pathname } = new URL(url);
  for (const [error, target] of errors) {
    const message = expect.stringContaining(`The store at postgres://${host}${pathname} can't be used`);
    expect([error, target]).toMatchObject([{ name: "OperationalError", code: "store_failed", message }, null]);
  }
});

test("three replicas do all that is asked for, one pass of a target at a time", async () => {
  const { url, read } = await openEvents();
  await Promise.all(["a", "b", "c"].map((name) => startReplica(url, name, { passMs: 30 })));
  const jobs = await open(url);
  const targets = ["t1", "t2", "t3"];
  for (let round = 0; round < 10; round += 1) await Promise.all(targets.map((target) => jobs.request(target)));
  for (const target of targets) {
    await expect.poll(async () => ends(await read(), target).length).toBeGreaterThan(0);
  }
  await jobs.request("last");
  await expect.poll(async () => ends(await read(), "last").length).toBe(1);
  expect(listOverlaps(await read())).toEqual([]);
});

test("requests while another replica's pass runs lead to exactly one more", async () => {
  const { url, read } = await openEvents();
  const replicas = await Promise.all(["a", "b", "c"].map((name) => startReplica(url, name, { passMs: null })));
  const jobs = await open(url);
  await jobs.request("prod");
  await expect.poll(async () => begins(await read(), "prod").length).toBe(1);
  const countHeld = async () => (await read()).filter(({ kind }) => kind === "held").length;
  for (let count = 0; count < 5; count += 1) {
    const before = await countHeld();
    await jobs.request("prod");
    // Somebody takes it up and finds the lease taken.
    await expect.poll(countHeld).toBeGreaterThan(before);
  }
  for (const replica of replicas) replica.go();
  await expect.poll(async () => ends(await read(), "prod").length).toBe(2);
  await jobs.request("last");
  await expect.poll(async () => ends(await read(), "last").length).toBe(1);
  const events = await read();
  expect([begins(events, "prod").length, listOverlaps(events)]).toEqual([2, []]);
});

test("a replica killed in the middle of a pass: another one makes it", async () => {
  const { url, read } = await openEvents();
  const replicas = await Promise.all(
    ["a", "b", "c"].map((name) => startReplica(url, name, { passMs: null, takeOverMs: 1_000 })),
  );
  const jobs = await open(url, { takeOverMs: 1_000 });
  await jobs.request("prod");
  await expect.poll(async () => begins(await read(), "prod").length).toBe(1);
  const victim = (await read())[0]?.replica ?? "";
  for (const replica of replicas) {
    if (replica.name === victim) await replica.kill();
    else replica.go();
  }
  await expect.poll(async () => ends(await read(), "prod").length).toBeGreaterThan(0);
  const events = await read();
  expect(listOverlaps(events, [victim])).toEqual([]);
  expect(ends(events, "prod").every(({ replica }) => replica !== victim)).toBe(true);
});

test("a replica that is stopped for longer than its lease is followed by another one, and knows it when it goes on", async () => {
  const { url, read } = await openEvents();
  const options = { passMs: null, takeOverMs: 1_000, leaseMs: 6_000 };
  const replicas = await Promise.all(["a", "b", "c"].map((name) => startReplica(url, name, options)));
  const jobs = await open(url, { takeOverMs: 1_000 });
  await jobs.request("prod");
  await expect.poll(async () => begins(await read(), "prod").length).toBe(1);
  const stopped = (await read())[0]?.replica ?? "";
  for (const replica of replicas) {
    if (replica.name === stopped) replica.stop();
    else replica.go();
  }
  await expect.poll(async () => ends(await read(), "prod").length).toBeGreaterThan(0);
  for (const replica of replicas) if (replica.name === stopped) replica.resume();
  const isLost = ({ replica, kind }: Event) => replica === stopped && kind === "lost";
  await expect.poll(async () => (await read()).some(isLost)).toBe(true);
  expect(listOverlaps(await read(), [stopped])).toEqual([]);
});

test("a pass that is cut short because its replica is stopped is made again by another one", async () => {
  const { url } = await openEvents();
  const [first, second] = [await open(url, { onError: expect.fail }), await open(url, { onError: expect.fail })];
  const passes: string[] = [];
  await first.start(async (target, signal) => {
    passes.push(`first ${target}`);
    await once(signal, "abort");
  });
  await first.request("prod");
  await expect.poll(() => passes).toEqual(["first prod"]);
  await first.stop();
  await second.start(async (target) => void passes.push(`second ${target}`));
  await expect.poll(() => passes).toEqual(["first prod", "second prod"]);
});

test("what is asked for while no replica runs is done by the first that starts", async () => {
  const { url, read } = await openEvents();
  const before = await open(url);
  await before.request("prod");
  await before.stop();
  await startReplica(url, "a", { passMs: 1 });
  await expect.poll(async () => ends(await read(), "prod").length).toBe(1);
});

test("a moment of a schedule is one wish, however many replicas' clocks name it and however late", async () => {
  const url = await server.makeDatabase();
  const passes: string[] = [];
  const clocks = await Promise.all(
    [0, 20_000, 40_000].map(async (skew) => {
      const clock = createHandClock();
      const now = () => Date.parse("2026-11-01T12:00:00Z") + skew + clock.now();
      // The hand clock is for schedules: the loop that looks for work sleeps by it too, and is woken by requests.
      const jobs = await open(url, { now, clock, onError: expect.fail });
      await jobs.start(async (target) => void passes.push(target));
      await jobs.schedule("nightly", "1 12 * * *", "UTC");
      return { clock, jobs };
    }),
  );
  for (const [index, { clock, jobs }] of clocks.entries()) {
    clock.advance(60_000);
    const lookFor = async (target: string) => {
      await jobs.request(`after ${index}`);
      return passes.includes(target);
    };
    await expect.poll(() => lookFor("nightly")).toBe(true);
    await expect.poll(() => lookFor(`after ${index}`)).toBe(true);
  }
  expect(passes.filter((target) => target === "nightly")).toHaveLength(1);
});

/** As far as wishes are concerned that are for later. */
async function letAnHourPass(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("update poolkeeper_jobs.job set start_after = start_after - interval '1 hour'");
  await client.end();
}

test("a database that is started again goes on with what was asked for", async () => {
  const { url } = await openEvents();
  const passes: string[] = [];
  const jobs = await open(url);
  await jobs.request("prod", { delayMs: 3_600_000 });
  await jobs.start(async (target) => void passes.push(target));
  await server.halt();
  await expect(jobs.request("dev")).rejects.toMatchObject({ code: "store_failed", next: "retry" });
  await server.resume();
  await letAnHourPass(url);
  await expect.poll(() => passes).toEqual(["prod"]);
  await jobs.request("dev");
  await expect.poll(() => passes).toEqual(["prod", "dev"]);
});

test("a database that is not reached is an error that says where it is, without its secrets", async () => {
  const jobs = createPgBossJobs("postgres://keeper:secret@127.0.0.1:1/pools", {
    onError: () => {},
    jobLeases: () => expect.fail(),
  });
  const error = await jobs.request("prod").catch((refusal: unknown) => refusal);
  expect(error).toMatchObject({ code: "store_failed", message: expect.stringContaining("127.0.0.1:1") });
  expect(String(error)).not.toContain("secret");
});

describe("while a configuration is rolled out", () => {
  /** A replica that has no target. `taken`: what it took and left to others. */
  const startWithout = async (url: string, options: Partial<PgBossOptions> = {}) => {
    const taken: string[] = [];
    const jobs = await open(url, options);
    const targets = createHandover<Runner>({ onTakenUp: () => {}, onGone: async () => {}, onError: () => {} });
    // Nothing else is used without a target.
    const work = createWork({ jobs, targets } as unknown as WorkTools);
    await jobs.start(async (target, ...rest) => {
      taken.push(target);
      await work.run(target, ...rest);
    });
    return { jobs, taken };
  };
  test("a request reaches the replica that has its target, however often others took requests for it before", async () => {
    const url = await server.makeDatabase();
    const without = await startWithout(url);
    const passes: string[] = [];
    const jobs = await open(url);
    await jobs.start(async (target) => void passes.push(target));
    for (let round = 1; without.taken.length <= 40; round += 1) {
      await without.jobs.request("production");
      await expect.poll(() => passes.length).toBe(round);
    }
  });

  test("what was passed on before counts no more once it is asked for again", async () => {
    const { url, client } = await openEvents();
    const { jobs, taken } = await startWithout(url, { retryMs: 3_600_000 });
    const readWaiting = async () => {
      const { rows } = await client.query<{ readonly data: object }>(
        "select data from poolkeeper_jobs.job where state = 'created'",
      );
      return rows.map(({ data }) => data);
    };
    for (const times of [1, 2, 3]) {
      await jobs.request("production");
      await expect.poll(() => taken.length).toBe(times);
      await expect.poll(readWaiting).toEqual([{ target: "production", passedOn: 1 }]);
    }
  });

  test("a request for a target that no replica has is dropped after about a minute, and one that is made later is passed on again", async () => {
    const { url, client } = await openEvents();
    const { jobs, taken } = await startWithout(url, { retryMs: 1 });
    const countWaiting = async () => {
      const { rows } = await client.query("select from poolkeeper_jobs.job where state in ('created', 'active')");
      return rows.length;
    };
    for (const times of [1, 2]) {
      await jobs.request("production");
      await expect.poll(countWaiting).toBe(0);
      expect(taken).toHaveLength(times * 31);
    }
  });
});
