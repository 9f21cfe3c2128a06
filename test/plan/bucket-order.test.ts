import fc from "fast-check";
import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import type { Step } from "../../src/model/plan/step.ts";
import { desiredPool } from "./arbitrary-desired.ts";
import { openWorld, planWorld, type World } from "./open-model.ts";
import { carryOut } from "./walk-plan.ts";

const SETTINGS = {
  numRuns: 2 * Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 20),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

const POOLS = ["pa", "pb", "pc", "pd"] as const;
const BUCKETS = ["one", "two", "three", "four", "five"] as const;

/** Buckets by pool. */
type Places = ReadonlyMap<string, string>;

function folderOf(places: Places): Desired {
  const pools = [...places].map(([name, bucket]) => {
    const pool = desiredPool(name);
    return { ...pool, config: { ...pool.config, object_store_ref: { uri: `s3://${bucket}`, endpoint: "" } } };
  });
  return { ...NOTHING_DESIRED, pools };
}

async function converge(world: World, places: Places): Promise<void> {
  const plan = await planWorld(world, folderOf(places));
  expect((await carryOut(world, plan))?.status).toBe("applied");
}

/** The buckets that each pool is on after each of its writes. */
function listWrites({ steps }: Plan, deleted: Places, next: Places): ReadonlyMap<string, readonly string[]> {
  const writes = Map.groupBy(steps, ({ physical_name }) => physical_name);
  const bucketAfter = ({ op, physical_name: pool }: Step) => (op === "undelete" ? deleted : next).get(pool) ?? "";
  return new Map([...writes].map(([pool, own]) => [pool, own.map(bucketAfter)]));
}

/** Whether the writes have any order at all in which no two pools are on one bucket. */
function hasOrder(live: Places, writes: ReadonlyMap<string, readonly string[]>): boolean {
  const open = [...writes].filter(([, buckets]) => buckets.length > 0);
  if (open.length === 0) return true;
  return open.some(([pool, [bucket = "", ...later]]) => {
    if ([...live].some(([other, taken]) => other !== pool && taken === bucket)) return false;
    return hasOrder(new Map(live).set(pool, bucket), new Map(writes).set(pool, later));
  });
}

/** Pools that are live, that are deleted, and as they are wanted: no two of those that are live at a time are on one bucket. */
const history = fc
  .record({
    live: fc.uniqueArray(fc.constantFrom(...BUCKETS), { minLength: 1, maxLength: POOLS.length }),
    deleted: fc.array(fc.constantFrom(...BUCKETS), { minLength: POOLS.length, maxLength: POOLS.length }),
    next: fc.shuffledSubarray([...BUCKETS], { minLength: POOLS.length, maxLength: POOLS.length }),
    names: fc.shuffledSubarray([...POOLS], { minLength: POOLS.length, maxLength: POOLS.length }),
    known: fc.nat(POOLS.length),
    draws: fc.infiniteStream(fc.nat(1_000)),
  })
  .map(({ live, deleted, next, names, known, draws }) => {
    const placed = (list: readonly string[], buckets: readonly string[]): Places =>
      new Map(list.map((name, index) => [name, buckets[index] ?? ""]));
    const gone = names.slice(live.length).slice(0, known);
    return {
      live: placed(names.slice(0, live.length), live),
      deleted: placed(gone, deleted),
      next: placed(names, next),
      draws,
    };
  });

test.each(GENERATIONS)(
  "pools that pass buckets on are written so that none is refused, and blocked only where every order is (%s)",
  async (generation) => {
    await fc.assert(
      fc.asyncProperty(history, async ({ live, deleted, next, draws }) => {
        const world = openWorld(generation);
        const records = generation === "2026-11" ? deleted : new Map<string, string>();
        for (const record of records) {
          await converge(world, new Map([record]));
          await converge(world, new Map());
        }
        await converge(world, live);
        const plan = await planWorld(world, folderOf(next));
        expect(plan.applyable, JSON.stringify(plan.checks)).toBe(hasOrder(live, listWrites(plan, records, next)));
        if (!plan.applyable) return;
        const drawn = draws[Symbol.iterator]();
        const report = await carryOut(world, plan, { draw: (most) => Number(drawn.next().value) % (most + 1) });
        expect(report?.status).toBe("applied");
        expect((await planWorld(world, folderOf(next))).steps).toEqual([]);
      }),
      SETTINGS,
    );
  },
);
