/** What other writers do while apply waits, and what is read again right before a cluster leaves its pool. */
import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { QUEUE_DEFAULTS } from "../../src/model/objects/spec.ts";
import type { ApplyReport } from "../../src/model/plan/apply-report.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

const GENERATIONS = ["2026-07", "2026-11"] as const;
const WORK = { runs: 1, actions: 1, depth: 0 };
const pools = ["pa", "pb", "pc"].map((name) => desiredPool(name));

/** c1 in a pool. */
const at = (pool: string): Desired => ({ ...NOTHING_DESIRED, pools, clusters: [desiredCluster("c1", pool)] });

const failedOf = ({ steps }: ApplyReport) => steps.filter(({ status }) => status === "failed");
const membersOf = async ({ reader }: ServedWorld, pool: string) =>
  (await reader.listClusters("live")).filter((cluster) => cluster.pool === pool).map(({ name }) => name);

/** What others do, once, during the first wait of an apply: no wait goes on before that is done. */
function duringFirstWait(world: ServedWorld, act: () => Promise<void>): void {
  let done: Promise<void> | undefined;
  world.onSleep = () => {
    done ??= act();
    return done;
  };
}

/** Pool pa with c1, which has work, and with c9 and a `*` queue of others; the plan moves c1 to pb. */
async function openBesideOthers(generation: (typeof GENERATIONS)[number]) {
  const world = await serveWorld(generation);
  await world.converge(at("pa"));
  await world.writer.registerCluster("c9", "pa");
  const spec = { ...QUEUE_DEFAULTS, run_concurrency: 1, action_concurrency: 1, cluster_pool: "pa", clusters: ["*"] };
  await world.writer.createQueue("theirs", spec, "active");
  await world.post("/inflight", { queue: "c1", cluster: "c1", ...WORK });
  const leave = async () => {
    const { generation: expected = "0" } = (await world.reader.getCluster("c9")) ?? {};
    if (generation === "2026-11") {
      await world.writer.setClusterState("c9", "draining", expected);
      world.model.settle();
      await world.writer.moveCluster("c9", "pb");
    } else await world.writer.deleteCluster("c9", expected);
  };
  const endWork = () => world.post("/inflight", { queue: "c1", cluster: "c1" });
  return { world, leave, endWork };
}

test.each(GENERATIONS)(
  "a cluster stays in its pool where the one that was to stay beside it has left while apply waited, on %s",
  async (generation) => {
    const { world, leave, endWork } = await openBesideOthers(generation);
    const plan = await world.plan(at("pb"));
    duringFirstWait(world, async () => {
      await leave();
      await endWork();
    });
    const report = await world.apply(plan, { wait_ms: 60_000 });
    expect(failedOf(report)).toMatchObject([{ address: "cluster.c1", code: "members_changed" }]);
    expect(failedOf(report)[0]?.message).toMatch(/pool pa .*c9.*Plan again/);
    expect(await membersOf(world, "pa")).toEqual(["c1"]);
    const again = await world.plan(at("pb"));
    expect(again.checks.filter(({ status }) => status === "fail").map(({ name }) => name)).toEqual(["black-hole"]);
  },
);

test.each(GENERATIONS)(
  "a cluster leaves its pool while another one stays there, and as the last one where the plan shows that, on %s",
  async (generation) => {
    const { world, leave, endWork } = await openBesideOthers(generation);
    const plan = await world.plan(at("pb"));
    duringFirstWait(world, endWork);
    expect((await world.apply(plan, { wait_ms: 60_000 })).status).toBe("applied");
    await world.converge(at("pa"));
    await leave();
    await world.converge(at("pb"), { allow: ["max-disruption-share", "black-hole"] });
    expect(await membersOf(world, "pa")).toEqual([]);
  },
);

const idleBefore = ({ steps }: Plan, id: string) =>
  steps.find((step) => step.id === id)?.after.filter((before) => before.endsWith("/await-idle"));

test("a queue that is waited for because of another cluster, and comes to send to this one, holds the delete: its work stays", async () => {
  const world = await serveWorld("2026-07");
  const all = ["c1", "c2", "c3"].map((name) => desiredCluster(name, "pa"));
  const folder = (clusters: Desired["clusters"], pinned: string): Desired => ({
    ...{ ...NOTHING_DESIRED, pools, clusters },
    queues: [desiredQueue("q", "pa", [pinned])],
  });
  await world.converge(folder(all, "c1"));
  const plan = await world.plan(folder(all.slice(2), "c3"));
  expect(idleBefore(plan, "cluster.c2/delete")).not.toContain("queue.q/await-idle");
  await world.post("/inflight", { queue: "q", cluster: "c1", ...WORK });
  await world.post("/inflight", { queue: "c2", cluster: "c2", ...WORK });
  duringFirstWait(world, async () => {
    await world.writer.updateQueue("q", { clusters: ["c2"] });
    await world.post("/inflight", { queue: "q", cluster: "c1" });
    await world.post("/inflight", { queue: "q", cluster: "c2", ...WORK });
    await world.post("/inflight", { queue: "c2", cluster: "c2" });
  });
  const report = await world.apply(plan, { wait_ms: 20_000 });
  expect(failedOf(report)).toMatchObject([{ address: "cluster.c2", op: "delete", code: "new_sender" }]);
  expect(await membersOf(world, "pa")).toContain("c2");
});

test("a queue that its users move elsewhere while its own move waits stays where they have put it", async () => {
  const world = await serveWorld("2026-11");
  const clusters = ["pa", "pb", "pc"].map((name) => desiredCluster(`c-${name}`, name));
  const folder = (pool: string): Desired => ({
    ...{ ...NOTHING_DESIRED, pools, clusters },
    queues: [desiredQueue("q", pool, ["*"])],
  });
  await world.converge(folder("pa"));
  await world.post("/inflight", { queue: "q", cluster: "c-pa", ...WORK });
  const plan = await world.plan(folder("pb"));
  duringFirstWait(world, async () => {
    await world.post("/inflight", { queue: "q", cluster: "c-pa" });
    world.model.settle();
    await world.writer.updateQueue("q", { cluster_pool: "pc" });
  });
  const report = await world.apply(plan, { wait_ms: 60_000 });
  expect(failedOf(report)).toMatchObject([{ address: "queue.q", op: "update", code: "taken_elsewhere" }]);
  expect((await world.reader.getQueue("q"))?.spec.cluster_pool).toBe("pc");
});
