import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLive } from "../../src/live/read-live.ts";
import type { Desired } from "../../src/model/desired.ts";
import { GENERATIONS, type Generation } from "../../src/model/live.ts";
import { checkSafety } from "../../src/plan/check-safety.ts";
import type { ComputedPlan } from "../../src/plan/compute-plan.ts";
import { arbitraryDesired } from "./arbitrary-desired.ts";
import { OPTIONS, openWorld, planWithoutStore, planWorld, type World } from "./open-model.ts";
import { finishWork, putWork, workAtRisk } from "./put-work.ts";
import { announcedQueues, carryOut, drawOrder, essence, routesOf, takeStep } from "./walk-plan.ts";

const RUNS = Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 60);
const SEED = process.env.POOLKEEPER_PROPERTY_SEED === undefined ? 1 : Number(process.env.POOLKEEPER_PROPERTY_SEED);
const SETTINGS = { numRuns: RUNS, seed: SEED, endOnFailure: false };

/** A random history: folders applied one after the other, and a draw of orders and stops. */
function history(generation: Generation) {
  return fc.record({
    past: fc.array(arbitraryDesired(generation), { maxLength: 2 }),
    next: arbitraryDesired(generation),
    draws: fc.infiniteStream(fc.nat(1_000)),
  });
}

async function applyAll(world: World, folders: readonly Desired[]): Promise<void> {
  for (const folder of folders) {
    const plan = await planWorld(world, folder);
    if (isBlocked(plan)) continue;
    await carryOut(plan.body, world);
  }
}

function isBlocked(plan: ComputedPlan): boolean {
  return checkSafety(plan, []).some((check) => check.status === "fail");
}

function drawFrom(draws: fc.Stream<number>): (most: number) => number {
  const iterator = draws[Symbol.iterator]();
  return (most) => Number(iterator.next().value) % (most + 1);
}

describe.each(GENERATIONS)("on generation %s", (generation) => {
  test("no step is refused, and no queue routes nowhere in between unless the plan said so", async () => {
    await fc.assert(
      fc.asyncProperty(history(generation), async ({ past, next, draws }) => {
        const world = openWorld(generation);
        await applyAll(world, past);
        const plan = await planWorld(world, next);
        fc.pre(!isBlocked(plan));
        const before = routesOf(await readLive(world.reader));
        const during: ReadonlyMap<string, readonly string[]>[] = [];
        for (const step of drawOrder(plan.body.steps, drawFrom(draws))) {
          await takeStep(step, plan.body, world);
          during.push(routesOf(await readLive(world.reader)));
        }
        const after = routesOf(await readLive(world.reader));
        const announced = announcedQueues(plan.body);
        for (const [queue, clusters] of before) {
          const routesAfter = (after.get(queue) ?? []).length > 0;
          if (clusters.length === 0 || !routesAfter || announced.has(queue)) continue;
          for (const routes of during) expect(routes.get(queue) ?? [], `route of ${queue}`).not.toHaveLength(0);
        }
      }),
      SETTINGS,
    );
  });

  test("after a full apply the next plan is empty", async () => {
    await fc.assert(
      fc.asyncProperty(history(generation), async ({ past, next }) => {
        const world = openWorld(generation);
        await applyAll(world, past);
        const plan = await planWorld(world, next);
        fc.pre(!isBlocked(plan));
        await carryOut(plan.body, world);
        const again = await planWorld(world, next);
        expect(again.body.steps).toEqual([]);
        expect(again.body.summary).toEqual({ add: 0, change: 0, replace: 0, destroy: 0 });
      }),
      SETTINGS,
    );
  });

  test("stopped anywhere and planned again, it comes to the same end", async () => {
    await fc.assert(
      fc.asyncProperty(history(generation), fc.nat(1_000), async ({ past, next, draws }, stop) => {
        const straight = openWorld(generation);
        const stopped = openWorld(generation);
        for (const world of [straight, stopped]) await applyAll(world, past);
        const plan = await planWorld(stopped, next);
        fc.pre(!isBlocked(plan));
        await carryOut((await planWorld(straight, next)).body, straight);
        const order = drawOrder(plan.body.steps, drawFrom(draws));
        for (const step of order.slice(0, stop % (order.length + 1))) await takeStep(step, plan.body, stopped);
        const rest = await planWorld(stopped, next);
        await carryOut(rest.body, stopped);
        expect((await planWorld(stopped, next)).body.steps).toEqual([]);
        expect(await essence(stopped)).toEqual(await essence(straight));
      }),
      SETTINGS,
    );
  });

  test("stopped anywhere without a store and planned again, it comes to the same end", async () => {
    await fc.assert(
      fc.asyncProperty(history(generation), fc.nat(1_000), async ({ past, next, draws }, stop) => {
        const straight = openWorld(generation);
        const stopped = openWorld(generation);
        for (const world of [straight, stopped]) {
          for (const folder of past) {
            const plan = await planWithoutStore(world, folder);
            if (isBlocked(plan)) continue;
            await carryOut(plan.body, world);
            world.owned.clear();
          }
        }
        const plan = await planWithoutStore(stopped, next);
        fc.pre(!isBlocked(plan));
        await carryOut((await planWithoutStore(straight, next)).body, straight);
        const order = drawOrder(plan.body.steps, drawFrom(draws));
        for (const step of order.slice(0, stop % (order.length + 1))) await takeStep(step, plan.body, stopped);
        await carryOut((await planWithoutStore(stopped, next)).body, stopped);
        stopped.owned.clear();
        expect((await planWithoutStore(stopped, next)).body.steps).toEqual([]);
        expect(await essence(stopped)).toEqual(await essence(straight));
      }),
      SETTINGS,
    );
  });

  test("nothing with work in flight is deleted or moved", async () => {
    await fc.assert(
      fc.asyncProperty(history(generation), async ({ past, next, draws }) => {
        const world = openWorld(generation);
        await applyAll(world, past);
        const draw = drawFrom(draws);
        putWork(world, draw);
        const plan = await planWorld(world, next);
        fc.pre(!isBlocked(plan));
        for (const step of drawOrder(plan.body.steps, draw)) {
          if (step.op === "await") finishWork(step, world);
          expect(workAtRisk(step, world), `work at ${step.id}`).toEqual([]);
          await takeStep(step, plan.body, world);
        }
      }),
      SETTINGS,
    );
  });

  test("stopped anywhere and planned again, nothing with work in flight is deleted or moved", async () => {
    await fc.assert(
      fc.asyncProperty(history(generation), fc.nat(1_000), async ({ past, next, draws }, stop) => {
        const world = openWorld(generation);
        await applyAll(world, past);
        const draw = drawFrom(draws);
        putWork(world, draw);
        const plan = await planWorld(world, next);
        fc.pre(!isBlocked(plan));
        const order = drawOrder(plan.body.steps, draw);
        // As a wait that is outlasted: steps go on until the first one that has to wait.
        for (const step of order.slice(0, stop % (order.length + 1))) {
          if (step.op === "await") break;
          await takeStep(step, plan.body, world);
        }
        const rest = await planWorld(world, next);
        for (const step of drawOrder(rest.body.steps, draw)) {
          if (step.op === "await") finishWork(step, world);
          expect(workAtRisk(step, world), `work at ${step.id}`).toEqual([]);
          await takeStep(step, rest.body, world);
        }
      }),
      SETTINGS,
    );
  });

  test("a part of the plan, chosen by address, is as safe as the whole, and the rest follows", async () => {
    await fc.assert(
      fc.asyncProperty(
        history(generation),
        fc.nat(1_000),
        fc.boolean(),
        async ({ past, next, draws }, pick, exclude) => {
          const world = openWorld(generation);
          await applyAll(world, past);
          const whole = await planWorld(world, next);
          fc.pre(!isBlocked(whole) && whole.body.changes.length > 0);
          const chosen = whole.body.changes[pick % whole.body.changes.length]?.address;
          if (chosen === undefined) return;
          const options = { ...OPTIONS, [exclude ? "exclude" : "target"]: [chosen] };
          const part = await planWorld(world, next, { options });
          const before = routesOf(await readLive(world.reader));
          const during: ReadonlyMap<string, readonly string[]>[] = [];
          for (const step of drawOrder(part.body.steps, drawFrom(draws))) {
            await takeStep(step, part.body, world);
            during.push(routesOf(await readLive(world.reader)));
          }
          const after = during.at(-1) ?? before;
          const announced = announcedQueues(part.body);
          for (const [queue, clusters] of before) {
            if (clusters.length === 0 || (after.get(queue) ?? []).length === 0 || announced.has(queue)) continue;
            for (const routes of during) expect(routes.get(queue) ?? [], `route of ${queue}`).not.toHaveLength(0);
          }
          const rest = await planWorld(world, next);
          await carryOut(rest.body, world);
          expect((await planWorld(world, next)).body.steps).toEqual([]);
        },
      ),
      SETTINGS,
    );
  });
});
