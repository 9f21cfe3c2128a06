/** A list leaves out what is there, or a place of delivery isn't mounted: what is on record as owned is not released for that. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { groupRows, NOTHING_DESIRED } from "../../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../../src/model/objects/live.ts";
import { QUEUE_DEFAULTS } from "../../../src/model/objects/spec.ts";
import { listPlacesOf } from "../../../src/reconcile/live/list-places.ts";
import { readTarget, type TargetReaders } from "../../../src/reconcile/live/read-target.ts";
import { desiredFlyteClusters, desiredLabel, desiredPlaces } from "../../apply/desired-places.ts";
import { type ServedWorld, serveWorld } from "../../apply/serve-world.ts";
import { makeOwnedQueue } from "../../store/make-owned-queue.ts";
import { POOL_CONFIG } from "../../systems/control-plane/fixtures/queue-spec.ts";

const NOWHERE = { scopes: [], every_project: false, deliveries: [] } as const;
const KNOWN = [
  { kind: "cluster_pool", name: "pa" },
  { kind: "cluster", name: "c1" },
  { kind: "queue", name: "any" },
] as const;

/** What owns nothing but what is on record. */
async function listKnown(world: ServedWorld) {
  const memory = await world.openMemory();
  onTestFinished(() => memory.close());
  return listPlacesOf(NOTHING_DESIRED, memory, []);
}

async function fill({ writer }: ServedWorld): Promise<void> {
  await writer.createPool("pa", POOL_CONFIG);
  await writer.registerCluster("c1", "pa");
  const limits = { ...QUEUE_DEFAULTS, run_concurrency: 1, action_concurrency: 1 };
  await writer.createQueue("any", { ...limits, cluster_pool: "pa", clusters: ["*"] }, "active");
}

/** The control plane with lists that lack a name, and the names that are asked for one by one. */
function leaveOut(
  { reader }: ServedWorld,
  lost: string,
): { readonly union: TargetReaders["union"]; readonly asked: string[] } {
  const asked: string[] = [];
  const without = <T extends { readonly name: string }>(records: readonly T[]) =>
    records.filter(({ name }) => name !== lost);
  const noted =
    <T>(get: (name: string) => Promise<T>) =>
    (name: string) => {
      asked.push(name);
      return get(name);
    };
  const union = {
    ...reader,
    listPools: async (scope: "live" | "deleted") => without(await reader.listPools(scope)),
    listClusters: async (scope: "live" | "deleted") => without(await reader.listClusters(scope)),
    listQueues: async (scope: "live" | "deleted") => without(await reader.listQueues(scope)),
    getPool: noted(reader.getPool),
    getCluster: noted(reader.getCluster),
    getQueue: noted(reader.getQueue),
  };
  return { union, asked };
}

describe.each(GENERATIONS)("a list of %s", (generation) => {
  test.each(KNOWN)(
    "that lacks $kind $name, which is known and there, is no list to plan from",
    async ({ kind, name }) => {
      const world = await serveWorld(generation);
      await fill(world);
      const { union, asked } = leaveOut(world, name);
      await expect(
        readTarget({ union, flyteadmin: null, delivery: null }, { ...NOWHERE, known: KNOWN }),
      ).rejects.toMatchObject({
        code: "list_incomplete",
        next: "retry",
        message: expect.stringContaining(`omits ${kind}.${name},`),
      });
      expect(asked).toEqual([name]);
    },
  );

  test("that lacks what is gone is believed, and nothing is asked for that it holds", async () => {
    const world = await serveWorld(generation);
    await fill(world);
    const { union, asked } = leaveOut(world, "none");
    const known = [...KNOWN, { kind: "queue", name: "gone" }, { kind: "cluster", name: "gone-too" }] as const;
    const live = await readTarget({ union, flyteadmin: null, delivery: null }, { ...NOWHERE, known });
    expect(live.clusters.map(({ name }) => name)).toEqual(["c1"]);
    expect(asked.toSorted()).toEqual(["gone", "gone-too"]);
  });
});

test("what is known is what is on record, and what unsettled writes were sent to", () => {
  const owned = [{ ...makeOwnedQueue("any"), physical_name: "any-pb", previous_names: ["any"] }];
  const unfinished = [{ address: "queue.b", files: [], wrote: ["b-pb"] }] as const;
  expect(listPlacesOf(NOTHING_DESIRED, { owned, unfinished }, []).known).toEqual([
    { kind: "queue", name: "any-pb" },
    { kind: "queue", name: "any" },
    { kind: "queue", name: "b-pb" },
  ]);
});

test("a list of rows that lacks an owned one, which is there, is no list to plan from; one that is gone is", async () => {
  const world = await serveWorld("2026-11", { places: true });
  const label = desiredLabel("project1/development", "gpu");
  await world.converge(desiredPlaces({ rows: groupRows([label]) }));
  const flyteadmin = world.flyteadmin?.reader;
  if (flyteadmin === undefined) throw new Error("the world has flyteadmin");
  const known = await listKnown(world);
  const lists = { ...flyteadmin, listRows: async () => [] };
  await expect(readTarget({ union: null, flyteadmin: lists, delivery: null }, known)).rejects.toMatchObject({
    code: "list_incomplete",
    message: expect.stringContaining(`omits ${label.address},`),
  });
  const none = { ...lists, readRow: async () => undefined };
  expect((await readTarget({ union: null, flyteadmin: none, delivery: null }, known)).flyteadmin.rows).toEqual([]);
});

test.each(["missing", "empty"])(
  "a folder that is %s though files were delivered to it is no folder to plan from",
  async (how) => {
    const world = await serveWorld("2026-11", { places: true });
    const wanted = desiredPlaces({ flyte_clusters: [desiredFlyteClusters("gpu")] });
    await world.converge(wanted);
    const output = join(world.folder, "output");
    renameSync(output, join(world.folder, "away"));
    if (how === "empty") mkdirSync(output);
    const failure = { code: "delivery_missing", message: expect.stringContaining("flyte_clusters.flyte") };
    await expect(world.plan(wanted)).rejects.toMatchObject(failure);
    await expect(world.plan(desiredPlaces({}))).rejects.toMatchObject(failure);
    // Where anything is, it is the folder, and what it lacks is gone.
    if (how === "missing") mkdirSync(output);
    writeFileSync(join(output, "README.md"), "Ours.\n");
    expect((await world.plan(desiredPlaces({}))).ownership.release).toEqual(["flyte_clusters.flyte"]);
  },
);
