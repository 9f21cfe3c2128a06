/** What somebody makes between a plan and the write that was to make it, under the same name, stays theirs: a new plan decides. */
import { describe, expect, test } from "vitest";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import type { Desired } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { QUEUE_DEFAULTS, type QueueSpec } from "../../src/model/objects/spec.ts";
import type { ApplyReport } from "../../src/model/plan/apply-report.ts";
import type { Step } from "../../src/model/plan/step.ts";
import { type ServedWorld, serveWorld } from "../apply/serve-world.ts";
import { MOVED, TWO_POOLS } from "../apply/situations.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";

const SOME: QueueSpec = {
  ...QUEUE_DEFAULTS,
  cluster_pool: "pa",
  clusters: ["c2"],
  run_concurrency: 3,
  action_concurrency: 3,
};

async function serveTwoPools(generation: (typeof GENERATIONS)[number]): Promise<ServedWorld> {
  const world = await serveWorld(generation);
  await world.converge(TWO_POOLS);
  return world;
}

const failedOf = ({ steps }: ApplyReport) => steps.filter(({ status }) => status === "failed");

async function listOwned(world: ServedWorld): Promise<readonly string[]> {
  const { owned, close } = await world.openMemory();
  await close();
  return owned.map(({ kind, physical_name }) => `${kind}.${physical_name}`);
}

/** Carries out a write of a plan as somebody else would. */
async function doTheSame({ writer }: ServedWorld, step: Step): Promise<void> {
  const name = step.physical_name;
  if (step.op === "undelete") return writer.undeleteQueue(name);
  if (step.op !== "create") throw new Error(`${step.id} registers nothing`);
  if (step.kind === "cluster_pool") return writer.createPool(name, step.set.config);
  if (step.kind === "cluster") return writer.registerCluster(name, step.set.pool);
  if (step.kind !== "queue") throw new Error(`${step.id} registers nothing`);
  const { state: _state, ...spec } = step.set;
  return writer.createQueue(name, { ...QUEUE_DEFAULTS, ...spec }, "active");
}

/** What a plan makes, of each kind. */
const MAKES: readonly (readonly [string, Desired])[] = [
  ["pool", { ...TWO_POOLS, pools: [...TWO_POOLS.pools, desiredPool("pc")] }],
  ["cluster", { ...TWO_POOLS, clusters: [...TWO_POOLS.clusters, desiredCluster("c9", "pa")] }],
  ["queue", { ...TWO_POOLS, queues: [...TWO_POOLS.queues, desiredQueue("new", "pa", ["c2"])] }],
];

describe.each(GENERATIONS)("on %s", (generation) => {
  test.each(MAKES)(
    "a %s that somebody makes as it was planned is not taken for what the plan has made",
    async (_kind, next) => {
      const world = await serveTwoPools(generation);
      const plan = await world.plan(next);
      const made = plan.steps.find(({ op }) => op === "create") as Step;
      await doTheSame(world, made);
      const report = await world.apply(plan);
      expect(failedOf(report)).toMatchObject([
        { id: made.id, code: "name_taken", message: expect.stringMatching(/another writer .* Plan again\.$/) },
      ]);
      expect(await listOwned(world)).not.toContain(`${made.kind}.${made.physical_name}`);
      // It has the manifest's own name, and is taken in by a plan that shows it.
      await world.converge(next);
      expect(await listOwned(world)).toContain(`${made.kind}.${made.physical_name}`);
    },
  );
});

test("a cluster that somebody registers under the name that was made up for ours stays theirs, and ours keeps its work", async () => {
  const world = await serveTwoPools("2026-07");
  const plan = await world.plan(MOVED);
  await world.writer.registerCluster("c1-pb", "pb");
  expect(failedOf(await world.apply(plan))).toMatchObject([{ physical_name: "c1-pb", code: "name_taken" }]);
  expect((await world.reader.listClusters("live")).map(({ name }) => name)).toContain("c1");
  const again = await world.plan(MOVED);
  expect(again.notices.find(({ code }) => code === "other-name")?.message).toContain("not changed: c1-pb.");
  expect((await world.apply(again)).status).toBe("applied");
  expect(await listOwned(world)).toContain("cluster.c1-pb-2");
  expect(await listOwned(world)).not.toContain("cluster.c1-pb");
  const gone = await world.plan({ ...MOVED, clusters: MOVED.clusters.slice(1) });
  expect(gone.steps.filter(({ op }) => op === "delete").map((step) => step.physical_name)).toEqual(["c1-pb-2"]);
});

test("a deleted queue that somebody restores is not taken for what the plan has restored", async () => {
  const world = await serveTwoPools("2026-11");
  await world.converge({ ...TWO_POOLS, queues: TWO_POOLS.queues.slice(1) });
  const plan = await world.plan(TWO_POOLS);
  const restored = plan.steps.find(({ op }) => op === "undelete") as Step;
  await doTheSame(world, restored);
  expect(failedOf(await world.apply(plan))).toMatchObject([{ id: restored.id, code: "name_taken" }]);
  await world.converge(TWO_POOLS);
});

test("nor is what somebody makes after a try that certainly did nothing", async () => {
  const world = await serveTwoPools("2026-07");
  const plan = await world.plan(MOVED);
  await world.fault({ method: "CreateCluster", code: "resource_exhausted" });
  let slept = 0;
  world.onSleep = async () => {
    slept += 1;
    if (slept === 1) await world.writer.registerCluster("c1-pb", "pb");
  };
  expect(failedOf(await world.apply(plan))).toMatchObject([{ physical_name: "c1-pb", code: "name_taken" }]);
});

test("what an earlier run has sent, and what arrives after the look of the next plan, is ours", async () => {
  const world = await serveTwoPools("2026-07");
  const lost = new OperationalError("unavailable", "cut", { next: "stop", outcomeUnknown: true });
  const registerCluster = () => Promise.reject(lost);
  await world.apply(await world.plan(MOVED), { writer: { ...world.writer, registerCluster } });
  const plan = await world.plan(MOVED);
  await world.writer.registerCluster("c1-pb", "pb");
  expect((await world.apply(plan)).status).toBe("applied");
  expect(await listOwned(world)).toContain("cluster.c1-pb");
});

describe("a queue that somebody makes under the name of a cluster that is about to be registered", () => {
  const next = { ...TWO_POOLS, clusters: [...TWO_POOLS.clusters, desiredCluster("c9", "pa")] };

  test.each(["before the write", "while it is tried again"])("%s, stays as it is, on 2026-07", async (when) => {
    const world = await serveTwoPools("2026-07");
    const plan = await world.plan(next);
    const make = () => world.writer.createQueue("c9", SOME, "active");
    if (when === "before the write") await make();
    else {
      await world.fault({ method: "CreateCluster", code: "resource_exhausted" });
      world.onSleep = make;
    }
    expect(failedOf(await world.apply(plan))).toMatchObject([
      { physical_name: "c9", code: "queue_taken", message: expect.stringMatching(/sends to c2.* Plan again\.$/) },
    ]);
    expect((await world.reader.listClusters("live")).map(({ name }) => name)).not.toContain("c9");
    expect((await world.reader.getQueue("c9"))?.spec).toMatchObject({ clusters: ["c2"], run_concurrency: 3 });
    const checks = (await world.plan(next)).checks.filter(({ status }) => status === "fail");
    expect(checks.map(({ name }) => name)).toEqual(["ownership"]);
  });

  test("is no hindrance where it sends nowhere else", async () => {
    const world = await serveTwoPools("2026-07");
    const plan = await world.plan(next);
    await world.writer.createQueue("c9", { ...SOME, clusters: [] }, "active").catch(() => {});
    expect((await world.apply(plan)).status).toBe("applied");
  });
});
