/** Clusters leave a pool whose `*` queue goes, and needs one that takes work to finish. */
import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { LiveCluster } from "../../src/model/objects/live.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { judgeInput, OPTIONS, openWorld, planWorld, readInput } from "./open-model.ts";
import { carryOut } from "./walk-plan.ts";

/** Queue q on all of pool pa, or none; each cluster in a pool. */
function folder(places: Readonly<Record<string, string>>, hasQueue: boolean): Desired {
  return {
    ...NOTHING_DESIRED,
    pools: [desiredPool("pa"), desiredPool("pb")],
    clusters: Object.entries(places).map(([name, pool]) => desiredCluster(name, pool)),
    queues: hasQueue ? [desiredQueue("q", "pa", ["*"])] : [],
  };
}

/** The plan by which some clusters leave pa, and q goes, where some are as given. */
async function planLeaving(
  places: Readonly<Record<string, string>>,
  notes: Readonly<Record<string, Partial<LiveCluster>>>,
) {
  const world = openWorld("2026-11");
  const before = Object.fromEntries(Object.keys(places).map((name) => [name, "pa"]));
  await carryOut(world, await planWorld(world, folder(before, true)));
  const input = await readInput(world, folder(places, false), { allow: OPTIONS.allow });
  const reported = { data_plane: DATA_PLANE, health: "healthy" } as const;
  const clusters = input.live.clusters.map((cluster) => ({ ...cluster, ...reported, ...notes[cluster.name] }));
  const plan = judgeInput({ ...input, live: { ...input.live, clusters } });
  const waiting = plan.steps.filter(({ op, after }) => op === "drain" && after.includes("queue.q/await/drained"));
  return { digest: plan.digest, waiting: waiting.map(({ physical_name }) => physical_name).toSorted() };
}

const DATA_PLANE = { object_store_ref: null, secret_store: null, image_registry: null };
const LEAVES = { c1: "pb", c9: "pa" };
const ALL_LEAVE = { c1: "pb", c2: "pb" };

test.each([
  ["takes work", {}, []],
  ["is unhealthy at the moment", { health: "unhealthy" }, []],
  ["is disabled", { enabled: false }, ["c1"]],
  ["has never reported", { data_plane: null, health: "unknown" }, ["c1"]],
] as const)(
  "a cluster leaves before the queue has finished only if one that can take work stays: one that %s",
  async (_, note, waiting) => {
    expect((await planLeaving(LEAVES, { c9: note })).waiting).toEqual(waiting);
  },
);

test("one that stays counts where no cluster's operator is known to have reported", async () => {
  const note = { data_plane: null, health: "unknown" } as const;
  expect((await planLeaving(LEAVES, { c1: note, c9: note })).waiting).toEqual([]);
});

test("where all leave, each that can take work waits for the queue, and the plan stays the same whatever their health is", async () => {
  const { digest, waiting } = await planLeaving(ALL_LEAVE, {});
  expect(waiting).toEqual(["c1", "c2"]);
  for (const name of ["c1", "c2"])
    expect((await planLeaving(ALL_LEAVE, { [name]: { health: "unhealthy" } })).digest).toBe(digest);
  expect((await planLeaving(ALL_LEAVE, { c1: { enabled: false } })).waiting).toEqual(["c2"]);
});
