import { describe, expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";
import { MOVED, TWO_POOLS } from "./situations.ts";

const WORK = { runs: 3, actions: 5, depth: 2 };
const SOME_QUEUE = { run_concurrency: 1, action_concurrency: 1, depth: 1, priority: "medium", fairness: "round_robin" };
/** Another folder on the same control plane. */
const ELSEWHERE: Desired = { ...NOTHING_DESIRED, queues: [desiredQueue("elsewhere", "default", ["*"])] };

async function serveTwoPools(store: boolean): Promise<ServedWorld> {
  const world = await serveWorld("2026-07", { store });
  await world.converge(TWO_POOLS);
  return world;
}

const clustersOf = async ({ reader }: ServedWorld) =>
  (await reader.listClusters("live")).map(({ name }) => name).sort();

/** Queues that are waited for before the delete of a cluster. */
const waitedFor = ({ steps }: Plan) =>
  steps.filter(({ until }) => until === "idle").map(({ physical_name }) => physical_name);

describe("a queue that comes to send to the leaving cluster while apply waits", () => {
  test.each([
    ["names it", ["c1"]],
    ["is *", ["*"]],
  ])("and %s holds the delete: its work stays", async (_how, clusters) => {
    const world = await serveTwoPools(true);
    await world.post("/inflight", { queue: "any", cluster: "c1", ...WORK });
    world.onSleep = async () => {
      await makeSender(world, clusters);
      await world.post("/inflight", { queue: "any", cluster: "c1" });
    };
    const report = await world.apply(await world.plan(MOVED));
    expect(report.steps.find(({ status }) => status === "failed")).toMatchObject({ op: "delete", code: "new_sender" });
    expect(await clustersOf(world)).toContain("c1");
    expect((await world.reader.getQueue("adhoc"))?.spec.clusters).toEqual(clusters);
  });

  test("holds it while it is tried again, too", async () => {
    const world = await serveTwoPools(true);
    const plan = await world.plan(MOVED);
    await world.fault({ method: "DeleteCluster", code: "unavailable" });
    world.onSleep = () => makeSender(world, ["c1"]);
    const report = await world.apply(plan);
    expect(report.steps.find(({ status }) => status === "failed")).toMatchObject({ op: "delete", code: "new_sender" });
    expect(await clustersOf(world)).toContain("c1");
  });
});

/** Makes a queue with work on c1, once. */
async function makeSender(world: ServedWorld, clusters: readonly string[]): Promise<void> {
  if ((await world.reader.getQueue("adhoc")) !== undefined) return;
  const spec = { ...SOME_QUEUE, scheduling: "unspecified", max_resources: {}, max_accelerators: {} };
  await world.writer.createQueue("adhoc", { ...spec, cluster_pool: "pa", clusters } as never, "active");
  await world.post("/inflight", { queue: "adhoc", cluster: "c1", ...WORK });
}

describe.each([
  ["a store", true],
  ["a journal", false],
])("what an apply left unfinished, with %s", (_kept, store) => {
  test("is neither gone on with nor forgotten by an apply of another folder", async () => {
    const world = await serveTwoPools(store);
    for (const queue of ["pins", "any"]) await world.post("/inflight", { queue, cluster: "c1", ...WORK });
    expect(await world.apply(await world.plan(MOVED), { wait_ms: 0 })).toMatchObject({ status: "waiting" });
    const narrowed = (await world.reader.getQueue("any"))?.spec.clusters;
    const elsewhere = await world.plan(ELSEWHERE, { prune: "none" });
    expect(elsewhere.notices.map(({ code }) => code)).toContain("unfinished-elsewhere");
    expect((await world.apply(elsewhere)).status).toBe("applied");
    expect((await world.reader.getQueue("any"))?.spec.clusters).toEqual(narrowed);
    const again = await world.plan(MOVED);
    expect(waitedFor(again)).toEqual(expect.arrayContaining(["pins", "any"]));
    expect(again.steps.filter(({ op }) => op === "create")).toEqual([]);
    for (const queue of ["pins", "any"]) await world.post("/inflight", { queue, cluster: "c1" });
    await world.converge(MOVED);
    expect(await clustersOf(world)).not.toContain("c1");
    expect((await world.plan(MOVED)).steps).toEqual([]);
  });

  test("of a queue that released a cluster in an apply before is waited for until it is idle", async () => {
    const world = await serveTwoPools(store);
    await world.post("/inflight", { queue: "pins", cluster: "c1", ...WORK });
    const unpinned = { ...TWO_POOLS, queues: MOVED.queues };
    await world.converge(unpinned);
    expect(waitedFor(await world.plan(MOVED))).toContain("pins");
    await world.post("/inflight", { queue: "pins", cluster: "c1" });
    await world.converge(unpinned);
    expect(waitedFor(await world.plan(MOVED))).not.toContain("pins");
  });

  test("of a part that was applied first is waited for with the rest", async () => {
    const world = await serveTwoPools(store);
    await world.post("/inflight", { queue: "pins", cluster: "c1", ...WORK });
    await world.converge(MOVED, { target: ["queue.pins"] });
    expect(waitedFor(await world.plan(MOVED))).toContain("pins");
  });

  test("of a replacement that was asked for goes on when it is asked for again", async () => {
    const world = await serveTwoPools(store);
    const asked = { replace: ["cluster.c1" as const] };
    await world.post("/inflight", { queue: "any", cluster: "c1", ...WORK });
    expect((await world.apply(await world.plan(TWO_POOLS, asked), { wait_ms: 0 })).status).toBe("waiting");
    const between = await clustersOf(world);
    const again = await world.plan(TWO_POOLS, asked);
    expect(again.steps.filter(({ op }) => op === "create")).toEqual([]);
    await world.post("/inflight", { queue: "any", cluster: "c1" });
    expect((await world.apply(again)).status).toBe("applied");
    expect(await clustersOf(world)).toEqual(between.filter((name) => name !== "c1"));
  });
});

test.each(["2026-07", "2026-11"] as const)(
  "a pool that is updated while a cluster leaves it gets no member back, on %s",
  async (generation) => {
    const world = await serveWorld(generation);
    await world.converge(TWO_POOLS);
    const pools = TWO_POOLS.pools.map(({ name }) => desiredPool(name, "us-west-2"));
    await world.converge({ ...MOVED, pools });
    expect((await world.plan({ ...MOVED, pools })).steps).toEqual([]);
    const members = (await world.reader.listClusters("live")).filter(({ pool }) => pool === "pa");
    expect(members.map(({ name }) => name)).toEqual(["c2"]);
  },
);
