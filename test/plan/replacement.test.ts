import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { arbitraryDesired } from "./arbitrary-desired.ts";
import { openWorld, planWorld } from "./open-model.ts";
import { carryOut, essence, expectRoutesKept } from "./walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 15),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};
const REPLACE = { on_pool_change: "replace" } as const;

describe.each(GENERATIONS)("where pool changes are made by replacement, on generation %s", (generation) => {
  const drawn = fc.record({
    past: arbitraryDesired(generation),
    next: arbitraryDesired(generation),
    stop: fc.record({ at: fc.nat(20), how: fc.constantFrom("interrupt", "kill before", "kill after") }),
    draws: fc.infiniteStream(fc.nat(1_000)),
  });
  const drawFrom = (draws: fc.Stream<number>) => {
    const iterator = draws[Symbol.iterator]();
    return (most: number) => Number(iterator.next().value) % (most + 1);
  };

  test("steps are accepted, queues keep a route, and the next plan is empty", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ past, next, draws }) => {
        const world = openWorld(generation);
        await carryOut(world, await planWorld(world, past));
        const plan = await planWorld(world, next, REPLACE);
        fc.pre(plan.applyable);
        await expectRoutesKept(world, plan, { draw: drawFrom(draws) });
        expect((await planWorld(world, next, REPLACE)).steps).toEqual([]);
      }),
      SETTINGS,
    );
  });

  test.each(["store", "journal"] as const)(
    "a replacement that was asked for is carried out, and the next plan with a %s is empty",
    async (memory) => {
      await fc.assert(
        fc.asyncProperty(drawn, async ({ past, next, draws }) => {
          const draw = drawFrom(draws);
          const world = openWorld(generation, memory);
          await carryOut(world, await planWorld(world, past));
          const settled = await planWorld(world, next);
          fc.pre(settled.applyable);
          await carryOut(world, settled);
          const clusters = next.clusters.map(({ address }) => address);
          const queues = generation === "2026-11" ? next.queues.map(({ address }) => address) : [];
          const asked = [...clusters, ...queues].filter(() => draw(2) === 0);
          const plan = await planWorld(world, next, { replace: asked });
          fc.pre(plan.applyable && asked.length > 0);
          await expectRoutesKept(world, plan, { draw });
          expect((await planWorld(world, next)).steps).toEqual([]);
        }),
        SETTINGS,
      );
    },
  );

  test("without a store the next plan is empty too, and a stop anywhere comes to the same end", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ past, next, stop, draws }) => {
        const straight = openWorld(generation, "journal");
        const stopped = openWorld(generation, "journal");
        for (const world of [straight, stopped]) await carryOut(world, await planWorld(world, past));
        const plan = await planWorld(stopped, next, REPLACE);
        fc.pre(plan.applyable);
        await carryOut(straight, await planWorld(straight, next, REPLACE));
        await carryOut(stopped, plan, { draw: drawFrom(draws), stop });
        await carryOut(stopped, await planWorld(stopped, next, REPLACE));
        expect((await planWorld(stopped, next, REPLACE)).steps).toEqual([]);
        expect(await essence(stopped)).toEqual(await essence(straight));
      }),
      SETTINGS,
    );
  });
});
