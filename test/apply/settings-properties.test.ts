import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { DEFAULT_QUEUE_KEY, type SettingValues } from "../../src/model/objects/settings.ts";
import { arbitraryDesired } from "../plan/arbitrary-desired.ts";
import { TEST_LIMIT_MS } from "../set-up/patience.ts";
import { desiredSettings } from "./desired-places.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 10),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** For as many runs as a soak may ask for. */
const LONGEST_MS = TEST_LIMIT_MS + SETTINGS.numRuns * 5_000;

const SCOPES = ["", "development", "development/team1"] as const;
const ALLOWED = ["max-disruption-share", "empty-set", "other-folder", "contract", "black-hole"];

/** What a scope of a folder says: the queue by its place among those in service, and how else it differs. */
const choice = fc.record({
  present: fc.boolean(),
  queue: fc.option(fc.nat(20)),
  authoritative: fc.boolean(),
  cores: fc.option(fc.integer({ min: 1, max: 2 })),
});
type Choice = typeof choice extends fc.Arbitrary<infer T> ? T : never;

/** Folders whose settings name queues, and co-named ones, that take work there. */
function folder(generation: Generation): fc.Arbitrary<Desired> {
  return fc.tuple(arbitraryDesired(generation), fc.tuple(choice, choice, choice)).map(([desired, choices]) => {
    const inService = [...desired.queues, ...desired.clusters].filter(({ state }) => state === "active");
    const settings = SCOPES.flatMap((scope, place) => {
      const chosen = choices[place];
      const queue = inService[(chosen?.queue ?? 0) % Math.max(1, inService.length)]?.name;
      return chosen?.present ? [desiredSettings(scope, valuesOf(chosen, queue), chosen.authoritative)] : [];
    });
    return { ...desired, settings };
  });
}

function valuesOf({ queue, cores }: Choice, name: string | undefined): SettingValues {
  return {
    ...(queue !== null && name !== undefined && { [DEFAULT_QUEUE_KEY]: name }),
    ...(cores !== null && { "task_resource.min.cpu": String(cores) }),
  };
}

/** Plans and applies; false where a check says that the folder can't be had. */
async function tryToConverge(world: ServedWorld, desired: Desired): Promise<boolean> {
  const plan = await world.plan(desired, { allow: ALLOWED });
  if (!plan.applyable) return false;
  const { steps, status } = await world.apply(plan);
  expect({ status, failed: steps.filter((step) => step.status !== "applied") }).toEqual({
    status: "applied",
    failed: [],
  });
  return true;
}

describe.each(GENERATIONS)("settings, queues and clusters that change together on generation %s", (generation) => {
  test(
    "are written in an order that the control plane takes, and are at rest afterwards",
    async () => {
      let carriedOut = 0;
      const folders = fc.array(folder(generation), { minLength: 2, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(folders, async (all) => {
          const world = await serveWorld(generation);
          for (const desired of all) {
            if (!(await tryToConverge(world, desired))) return;
            carriedOut += 1;
            expect((await world.plan(desired, { allow: ALLOWED })).steps).toEqual([]);
          }
        }),
        SETTINGS,
      );
      expect(carriedOut).toBeGreaterThan(SETTINGS.numRuns);
    },
    LONGEST_MS,
  );
});
