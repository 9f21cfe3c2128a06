import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLive } from "../../src/live/read-live.ts";
import { GENERATIONS } from "../../src/model/live.ts";
import { checkSafety } from "../../src/plan/check-safety.ts";
import { arbitraryDesired } from "./arbitrary-desired.ts";
import { OPTIONS, openWorld, planWithoutStore, planWorld } from "./open-model.ts";
import { announcedQueues, carryOut, drawOrder, essence, rememberAll, routesOf, takeStep } from "./walk-plan.ts";

const RUNS = Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 40);
const SEED = Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1);
const SETTINGS = { numRuns: RUNS, seed: SEED };
const REPLACE = { ...OPTIONS, on_pool_change: "replace" } as const;
const REPLACE_WITHOUT_STORE = { ...REPLACE, prune: "none" } as const;

describe.each(GENERATIONS)("where pool changes are made by replacement, on generation %s", (generation) => {
  const two = fc.tuple(arbitraryDesired(generation), arbitraryDesired(generation), fc.infiniteStream(fc.nat(1_000)));

  test("steps are accepted, queues keep a route, and the next plan is empty", async () => {
    await fc.assert(
      fc.asyncProperty(two, async ([past, next, draws]) => {
        const world = openWorld(generation);
        await carryOut((await planWorld(world, past)).body, world);
        const plan = await planWorld(world, next, { options: REPLACE });
        fc.pre(checkSafety(plan, []).every((check) => check.status !== "fail"));
        const before = routesOf(await readLive(world.reader));
        const during: ReadonlyMap<string, readonly string[]>[] = [];
        const iterator = draws[Symbol.iterator]();
        const order = drawOrder(plan.body.steps, (most) => Number(iterator.next().value) % (most + 1));
        for (const step of order) {
          await takeStep(step, plan.body, world);
          during.push(routesOf(await readLive(world.reader)));
        }
        const after = during.at(-1) ?? before;
        const announced = announcedQueues(plan.body);
        for (const [queue, clusters] of before) {
          if (clusters.length === 0 || (after.get(queue) ?? []).length === 0 || announced.has(queue)) continue;
          for (const routes of during) expect(routes.get(queue) ?? [], `route of ${queue}`).not.toHaveLength(0);
        }
        rememberAll(plan.body, world);
        expect((await planWorld(world, next, { options: REPLACE })).body.steps).toEqual([]);
      }),
      SETTINGS,
    );
  });

  test("without a store the next plan is empty too, and a stop anywhere comes to the same end", async () => {
    await fc.assert(
      fc.asyncProperty(two, fc.nat(1_000), async ([past, next, draws], stop) => {
        const straight = openWorld(generation);
        const stopped = openWorld(generation);
        for (const world of [straight, stopped]) {
          await carryOut((await planWithoutStore(world, past)).body, world);
          world.owned.clear();
        }
        const plan = await planWithoutStore(stopped, next, REPLACE_WITHOUT_STORE);
        fc.pre(checkSafety(plan, []).every((check) => check.status !== "fail"));
        await carryOut((await planWithoutStore(straight, next, REPLACE_WITHOUT_STORE)).body, straight);
        const iterator = draws[Symbol.iterator]();
        const order = drawOrder(plan.body.steps, (most) => Number(iterator.next().value) % (most + 1));
        for (const step of order.slice(0, stop % (order.length + 1))) await takeStep(step, plan.body, stopped);
        await carryOut((await planWithoutStore(stopped, next, REPLACE_WITHOUT_STORE)).body, stopped);
        stopped.owned.clear();
        expect((await planWithoutStore(stopped, next, REPLACE_WITHOUT_STORE)).body.steps).toEqual([]);
        expect(await essence(stopped)).toEqual(await essence(straight));
      }),
      SETTINGS,
    );
  });
});
