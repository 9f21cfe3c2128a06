import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  GENERATIONS,
  type Generation,
  type LivePlaces,
  type LiveState,
  UNION_ONLY,
} from "../../../src/model/objects/live.ts";
import { readLive } from "../../../src/reconcile/live/read-live.ts";
import { arbitraryDesired } from "../../plan/arbitrary-desired.ts";
import { openWorld, planWorld } from "../../plan/open-model.ts";
import { carryOut } from "../../plan/walk-plan.ts";
import { arbitraryPlaces } from "./arbitrary-places.ts";
import { planImported } from "./read-drafted.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 20),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** An organization that some folders were applied to one after the other, and random settings and rows beside it. */
async function openLive(
  generation: Generation,
  { past, places }: { past: Drawn["past"]; places: LivePlaces },
): Promise<LiveState> {
  const world = openWorld(generation);
  for (const folder of past) await carryOut(world, await planWorld(world, folder));
  return { ...(await readLive(world.reader)), ...places };
}

function drawn(generation: Generation) {
  return fc.record({
    past: fc.array(arbitraryDesired(generation), { minLength: 1, maxLength: 3 }),
    places: arbitraryPlaces,
  });
}

type Drawn = ReturnType<typeof drawn> extends fc.Arbitrary<infer T> ? T : never;

describe.each(GENERATIONS)("what is imported from generation %s", (generation) => {
  test("is valid in either layout, and its plan is empty and not blocked", () =>
    fc.assert(
      fc.asyncProperty(drawn(generation), async (draw) => {
        const live = await openLive(generation, draw);
        for (const { plan, invalid } of await planImported(live)) {
          expect(invalid).toEqual([]);
          expect(plan.steps).toEqual([]);
          expect(plan.summary).toEqual({ add: 0, change: 0, replace: 0, destroy: 0 });
          expect(plan.checks.filter(({ status }) => status === "fail")).toEqual([]);
        }
      }),
      SETTINGS,
    ));

  test("leaves out nothing but what is gone, what a cluster left behind, and queues that route nowhere", () =>
    fc.assert(
      fc.asyncProperty(drawn(generation), async ({ past }) => {
        const live = await openLive(generation, { past, places: UNION_ONLY });
        for (const { left } of await planImported(live)) {
          const reasons = left.map(({ reason }) => reason);
          expect(
            reasons.filter((reason) => !/^it is deleted$|^its selector is empty|would route nowhere/.test(reason)),
          ).toEqual([]);
        }
      }),
      SETTINGS,
    ));

  test("says of every live object that it is there, or why it is left out", () =>
    fc.assert(
      fc.asyncProperty(drawn(generation), async (draw) => {
        const live = await openLive(generation, draw);
        const told = await planImported(live);
        for (const { desired, left } of told) {
          const names = new Set([
            ...[...desired.pools, ...desired.clusters, ...desired.queues].map(({ address }) => `${address}`),
            ...left.map(({ what }) => what),
          ]);
          const silent = [...live.pools, ...live.clusters, ...live.queues]
            .map(({ kind, name }) => `${kind}.${name}`)
            .filter((address) => !names.has(address));
          const ofClusters = live.clusters.map(({ name }) => `queue.${name}`);
          const known = [...ofClusters, "cluster_pool.default", "queue.default"];
          expect(silent.filter((address) => !known.includes(address))).toEqual([]);
        }
        expect(told[0]?.desired.clusters).toEqual(
          told[1]?.desired.clusters.map((one, index) => ({
            ...one,
            source: told[0]?.desired.clusters[index]?.source,
          })),
        );
      }),
      SETTINGS,
    ));
});
