import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { identifyProcess } from "../../src/store/leases/identify-process.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { ACME } from "../store/acme.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { MOVED, queue, REPOSITORY } from "./manifests.ts";
import { planInProcess } from "./plan-in-process.ts";
import { type Desk, openDesk, type Started } from "./run-program.ts";

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** A desk where an apply waits for work on c1, and where its lease is kept. */
interface Scene {
  readonly desk: Desk;
  /** The place of the store, or of the crash journal. */
  readonly place: string;
  readonly flags: readonly string[];
}

const listArgs = ({ desk, flags }: Scene) => ["apply", desk.repository, "--auto-approve", ...flags];
const apply = (scene: Scene) => scene.desk.start(listArgs(scene));
/** Where nothing is about its process. */
const applyHere = (scene: Scene, ...more: readonly string[]) => scene.desk.run([...listArgs(scene), ...more]);

/** What is laid down first has taken the first lease. */
async function openScene(kind: "directory" | "PostgreSQL" | "journal"): Promise<Scene> {
  const desk = await openDesk();
  const place =
    kind === "PostgreSQL"
      ? await server.makeDatabase()
      : join(desk.folder, kind === "directory" ? "store" : "state/poolkeeper");
  const scene = { desk, place, flags: kind === "journal" ? [] : ["--store", place] };
  desk.write(REPOSITORY);
  if (kind === "PostgreSQL") expect((await applyHere(scene)).code).toBe(0);
  else await planInProcess(desk, { apply: true, ...(kind === "directory" ? { store: "store" } : {}) });
  await desk.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
  desk.write(MOVED);
  return scene;
}

const endWork = ({ desk }: Scene) => desk.post("/inflight", { queue: "c1", cluster: "c1" });
const c1Of = ({ desk }: Scene) => desk.served.model.state.cluster.rows.get("c1");

/** Resolves once an apply has drained c1 and waits. */
function waiting(scene: Scene): Promise<void> {
  return new Promise((resolve) => {
    const look = () => c1Of(scene)?.state === "draining" && resolve();
    scene.desk.served.model.subscribe(look);
    look();
  });
}

async function openPlace({ desk, place }: Scene): Promise<Store> {
  const store = await openStore(place, { ...ACME, endpoint: desk.served.url });
  onTestFinished(() => store.close());
  return store;
}

/** Whether someone waits for a row of the database that a transaction has changed. */
async function isBlocked(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'");
  await client.end();
  return (rowCount ?? 0) > 0;
}

describe.each(["directory", "PostgreSQL", "journal"] as const)("two applies at once, lease in a %s", (kind) => {
  test("started at the same instant: one works, the other ends at once and says who does", async () => {
    const scene = await openScene(kind);
    const both: readonly Started[] = [apply(scene), apply(scene)];
    // Whoever works waits until the work is ended: the first to end is the other.
    const { loser, winner } = await Promise.race(
      both.map(async (each, index) => {
        await each.ended;
        return { loser: each, winner: both[1 - index] ?? each };
      }),
    );
    const refused = await loser.ended;
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`process ${winner.pid} on ${identifyProcess().host}, since 20`),
    ]);
    await waiting(scene);
    await endWork(scene);
    expect((await winner.ended).code).toBe(0);
    expect(c1Of(scene)?.pool).toBe("dev");
  });

  test("the first one killed: the next one goes on at once", async () => {
    const scene = await openScene(kind);
    const first = apply(scene);
    await waiting(scene);
    const { leases } = await openPlace(scene);
    const { fencing_number } = (await leases.read()) ?? expect.fail();
    first.kill("SIGKILL");
    await first.ended;
    await endWork(scene);
    expect((await applyHere(scene)).code).toBe(0);
    expect(await leases.read()).toMatchObject({ fencing_number: fencing_number + 1, released: true });
    expect(c1Of(scene)?.pool).toBe("dev");
  });
});

describe("beside an apply", () => {
  test.each(["directory", "journal"] as const)(
    "whose lease is in a %s run plan, status, and an apply without changes",
    async (kind) => {
      const scene = await openScene(kind);
      const first = apply(scene);
      await waiting(scene);
      const { desk, flags } = scene;
      const codes = [
        await desk.run(["plan", desk.repository, ...flags]),
        await desk.run(["status"]),
        await applyHere(scene, "--target", "queue.any"),
      ].map(({ code }) => code);
      expect(codes).toEqual([0, 0, 0]);
      await endWork(scene);
      expect((await first.ended).code).toBe(0);
      const { leases } = await openPlace(scene);
      expect(await leases.read()).toMatchObject({ pid: first.pid, fencing_number: 2, released: true });
    },
  );
});

describe("an apply", () => {
  test("that is interrupted gives its lease back", async () => {
    const scene = await openScene("directory");
    const first = apply(scene);
    await waiting(scene);
    first.kill("SIGINT");
    expect((await first.ended).code).toBe(1);
    const { leases } = await openPlace(scene);
    expect(await leases.read()).toMatchObject({ pid: first.pid, fencing_number: 2, released: true });
  });

  test("that meets a lease from a clock that ran ahead goes on once it has watched it for its length", async () => {
    const scene = await openScene("directory");
    const { leases, close } = await openStore(
      scene.place,
      { ...ACME, endpoint: scene.desk.served.url },
      { now: () => Date.now() + 26 * 3_600_000 },
    );
    const gone = { id: randomUUID(), ...identifyProcess(), machine: "another" };
    await leases.acquire({ holder: gone, ttlMs: 2_000, graceMs: 0, insteadOf: null });
    await close();
    await endWork(scene);
    const { code, stderr } = await applyHere(scene);
    expect(code, stderr).toBe(0);
    expect(await (await openPlace(scene)).leases.read()).toMatchObject({ fencing_number: 3, released: true });
  });

  test("that has lost its lease sends nothing more: exit 1, and the next one goes on", async () => {
    const scene = await openScene("directory");
    const first = apply(scene);
    await waiting(scene);
    const { leases } = await openPlace(scene);
    const thief = { id: randomUUID(), ...identifyProcess() };
    await leases.acquire({ holder: thief, ttlMs: 3_600_000, graceMs: 0, insteadOf: (await leases.read())?.id ?? null });
    const writes = scene.desk.served.model.journal.length;
    await endWork(scene);
    const { code, stderr } = await first.ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining("was lost: another run has taken it over")]);
    expect([scene.desk.served.model.journal.length, c1Of(scene)?.pool]).toEqual([writes, "prod"]);
    await leases.release(thief.id);
    expect((await applyHere(scene)).code).toBe(0);
  });

  test("whose store goes away in the middle sends nothing more; once it is back, the next one goes on", async () => {
    const scene = await openScene("PostgreSQL");
    const first = apply(scene);
    await waiting(scene);
    await server.halt();
    const writes = scene.desk.served.model.journal.length;
    await endWork(scene);
    const { code, stderr } = await first.ended;
    await server.resume();
    expect([code, stderr]).toEqual([1, expect.stringContaining("The store at postgres://127.0.0.1")]);
    expect([scene.desk.served.model.journal.length, c1Of(scene)?.pool]).toEqual([writes, "prod"]);
    expect((await applyHere(scene)).code).toBe(0);
  });

  test("whose plan another run has overtaken makes it again before it writes", async () => {
    const scene = await openScene("PostgreSQL");
    await endWork(scene);
    const client = new Client({ connectionString: scene.place });
    onTestFinished(() => client.end());
    await client.connect();
    // Another run, as far as the lease tells: it has come and gone once this is committed.
    await client.query("begin");
    await client.query("update lease set fencing_number = fencing_number + 1");
    const planned = apply(scene);
    await expect.poll(() => isBlocked(scene.place)).toBe(true);
    await scene.desk.post("/mutate", { op: "set", kind: "queue", name: "any", path: "depth", value: 3 });
    await client.query("commit");
    const { code, stdout, stderr } = await planned.ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining("Another run has ended in the meantime.")]);
    expect(stdout).toContain("0 added, 3 changed");
  });

  test("without changes, but with something to record, takes the lease for it", async () => {
    const scene = await openScene("directory");
    await endWork(scene);
    expect((await applyHere(scene)).code).toBe(0);
    const { desk } = scene;
    await desk.post("/mutate", {
      ...{ op: "create", kind: "queue", name: "found" },
      object: { cluster_pool: "prod", run_concurrency: 10, action_concurrency: 100 },
    });
    desk.write({ "queues/found.yaml": queue("found", "prod", ["*"]) });
    const store = await openPlace(scene);
    const other = { id: randomUUID(), ...identifyProcess() };
    await store.leases.acquire({ holder: other, ttlMs: 3_600_000, graceMs: 0, insteadOf: null });
    expect(await applyHere(scene)).toMatchObject({ code: 1, stderr: expect.stringContaining("Another run") });
    await store.leases.release(other.id);
    expect((await applyHere(scene)).code).toBe(0);
    expect((await store.readOwned()).map(({ address }) => address)).toContain("queue.found");
    expect(await store.leases.read()).toMatchObject({ fencing_number: 4, released: true });
  });
});
