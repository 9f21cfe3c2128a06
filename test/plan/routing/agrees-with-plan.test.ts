import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../../src/model/objects/live.ts";
import { factsOfDesired } from "../../../src/plan/routing/facts-of-desired.ts";
import { factsOfLive } from "../../../src/plan/routing/facts-of-live.ts";
import { optionsOfPlan } from "../../../src/plan/routing/options-of-plan.ts";
import { resolveRoutes } from "../../../src/plan/routing/resolve-routes.ts";
import type { Route } from "../../../src/plan/routing/route.ts";
import type { RoutingFacts } from "../../../src/plan/routing/routing-facts.ts";
import { readLive } from "../../../src/reconcile/live/read-live.ts";
import { arbitraryDesired } from "../arbitrary-desired.ts";
import { openWorld, planWorld } from "../open-model.ts";
import { carryOut } from "../walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 40),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** Where queues lead, by name; null: refused. */
function routesOf(facts: RoutingFacts): ReadonlyMap<string | null, readonly string[] | null> {
  return new Map(resolveRoutes(facts, [{ kind: "all-queues" }]).map((route) => [route.queue, endOf(route)]));
}

function endOf({ outcome, clusters }: Route): readonly string[] | null {
  return outcome === "refused" ? null : clusters.map(({ name }) => name);
}

describe.each(GENERATIONS)("on generation %s", (generation) => {
  test("routes before and after any plan are those that the plan tells, and that hold once it is applied", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryDesired(generation), arbitraryDesired(generation), async (past, next) => {
        const world = openWorld(generation);
        const first = await planWorld(world, past);
        fc.pre(first.applyable);
        await carryOut(world, first);
        const live = await readLive(world.reader);
        const owned = await world.ledger.readOwned();
        const plan = await planWorld(world, next);
        fc.pre(plan.applyable);
        const before = routesOf(factsOfLive(live, [], null));
        const after = routesOf(factsOfDesired(next, live, optionsOfPlan(plan, owned, live.capabilities)));
        for (const route of plan.routing) {
          expect(before.get(route.queue) ?? null, `before: ${route.queue}`).toEqual(route.before);
          expect(after.get(route.queue) ?? null, `after: ${route.queue}`).toEqual(route.after);
        }
        await carryOut(world, plan);
        expect(known(after)).toEqual(known(routesOf(factsOfLive(await readLive(world.reader), [], null))));
      }),
      SETTINGS,
    );
  });
});

/** Queues that take work, sorted: one that is drained and one that is gone refuse alike. */
function known(routes: ReadonlyMap<string | null, readonly string[] | null>) {
  return [...routes].filter(([, route]) => route !== null).sort();
}
