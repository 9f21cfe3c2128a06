/** What is drained and activated again by one plan is out of service no longer than it has to be. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Step } from "../../src/model/plan/step.ts";
import { arbitraryDesired, desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld, planWorld } from "./open-model.ts";
import { carryOut } from "./walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 60),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 6),
};

/** All that a step waits for, directly or not, by its id. */
function findBefore(steps: readonly Step[]): ReadonlyMap<string, ReadonlySet<string>> {
  const before = new Map<string, ReadonlySet<string>>();
  for (const { id, after } of steps) {
    before.set(id, new Set(after.flatMap((other) => [other, ...(before.get(other) ?? [])])));
  }
  return before;
}

/** The drains of what is activated again, with that step. */
function listDrains(steps: readonly Step[]) {
  return steps.flatMap((drain) => {
    const isEnd = ({ op, kind, physical_name }: Step) =>
      op === "activate" && kind === drain.kind && physical_name === drain.physical_name;
    const end = drain.op === "drain" ? steps.findLast(isEnd) : undefined;
    return end === undefined ? [] : [{ drain, end }];
  });
}

/**
 * `DRAIN comes before STEP`, for each step that has to be done before what is drained is activated, and could have been done before the drain. What another
 * drain has to be done for that comes back only after this one could not: they are side by side, also where that goes round over several drains.
 */
function listEarly(steps: readonly Step[]): readonly string[] {
  const before = findBefore(steps);
  const waits = (id: string, other: string) => before.get(id)?.has(other) === true;
  const drains = listDrains(steps);
  const reached = new Map(
    drains.map((one) => {
      const found = new Set([one]);
      for (const each of found) for (const other of drains) if (waits(each.end.id, other.drain.id)) found.add(other);
      return [one, found];
    }),
  );
  return drains.flatMap((one) => {
    const { drain, end } = one;
    const beside = drains.filter((other) => reached.get(one)?.has(other) && reached.get(other)?.has(one));
    const isBeside = (id: string) => beside.some((other) => id === other.drain.id || waits(id, other.drain.id));
    const early = steps.filter(
      ({ id }) => id !== drain.id && waits(end.id, id) && !waits(id, drain.id) && !isBeside(id),
    );
    return early.filter(({ id }) => !waits(drain.id, id)).map(({ id }) => `${drain.id} comes before ${id}`);
  });
}

test("a drain comes after all that the activation waits for and that does not wait for the drain", async () => {
  let drained = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryDesired("2026-11"), arbitraryDesired("2026-11"), async (past, next) => {
      const world = openWorld("2026-11");
      await carryOut(world, await planWorld(world, past));
      const { steps } = await planWorld(world, next);
      drained += steps.filter(({ op }) => op === "activate").length;
      expect(listEarly(steps)).toEqual([]);
    }),
    SETTINGS,
  );
  expect(drained).toBeGreaterThan(0);
});

/** Pools pa, pb and pn; clusters c1 to c3 in these pools, and queue qa of c1 with its cluster. */
function folder(c1: string, c2: string, c3: string): Desired {
  const pools = ["pa", "pb", "pn"].map((name) => desiredPool(name));
  const clusters = Object.entries({ c1, c2, c3 }).map(([name, pool]) => desiredCluster(name, pool));
  const queues = [desiredQueue("qa", c1, ["c1"]), desiredQueue("star", "pa", ["*"]), desiredQueue("qb", "pb", ["*"])];
  return { ...NOTHING_DESIRED, pools, clusters, queues };
}

test("a queue that goes with its cluster, which leaves last, serves until then", async () => {
  const world = openWorld("2026-11");
  await carryOut(world, await planWorld(world, folder("pa", "pa", "pb")));
  const { steps } = await planWorld(world, folder("pn", "pb", "pa"));
  const order = steps.map(({ id }) => id);
  const [drain, serves] = ["queue.qa/drain/release", "cluster.c3/activate"];
  expect(order).toEqual(expect.arrayContaining([drain, serves]));
  expect(order.indexOf(drain)).toBeGreaterThan(order.indexOf(serves));
  expect((await carryOut(world, await planWorld(world, folder("pn", "pb", "pa"))))?.status).toBe("applied");
});

test("a `*` queue whose pool keeps a cluster serves until the first one serves in its next pool", async () => {
  const world = openWorld("2026-11");
  const next = folder("pa", "pn", "pb");
  await carryOut(world, await planWorld(world, folder("pa", "pa", "pb")));
  const queues = next.queues.map((queue) => (queue.name === "star" ? desiredQueue("star", "pn", ["*"]) : queue));
  const { steps } = await planWorld(world, { ...next, queues });
  const order = steps.map(({ id }) => id).filter((id) => !id.includes("await"));
  expect(order.slice(order.indexOf("cluster.c2/activate"))).toEqual([
    "cluster.c2/activate",
    "queue.star/drain/release",
    "queue.star/update",
    "queue.star/activate",
  ]);
});

test.each([["c1"], ["*"]])(
  "queues that go along with one cluster, which they name by %s, are drained side by side",
  async (selector) => {
    const build = (pool: string): Desired => ({
      ...NOTHING_DESIRED,
      pools: ["pa", "pb"].map((name) => desiredPool(name)),
      clusters: [desiredCluster("c1", pool)],
      queues: ["q1", "q2", "q3"].map((name) => desiredQueue(name, pool, [selector])),
    });
    const world = openWorld("2026-11");
    await carryOut(world, await planWorld(world, build("pa")));
    const { steps } = await planWorld(world, build("pb"));
    const drains = steps.filter(({ kind, op }) => kind === "queue" && op === "drain");
    expect(drains.map(({ after }) => after)).toEqual([[], [], []]);
  },
);

test("queues that go along with one cluster, and wait for others too, are drained once all of these have come", async () => {
  const build = (pools: readonly string[], pool: string, named: readonly (readonly string[])[]): Desired => ({
    ...NOTHING_DESIRED,
    pools: ["pa", "pb", "pc", "pd"].map((name) => desiredPool(name)),
    clusters: pools.map((at, index) => desiredCluster(`c${index}`, at)),
    queues: named.map((clusters, index) => desiredQueue(`q${index}`, pool, [...clusters])),
  });
  const world = openWorld("2026-11");
  await carryOut(world, await planWorld(world, build(["pa", "pc", "pd"], "pa", [["c0"], ["c0"], ["c0"]])));
  const next = [["c0", "c1"], ["c0", "c2"], ["c0"]];
  const plan = await planWorld(world, build(["pb", "pb", "pb"], "pb", next));
  const drains = plan.steps.filter(({ kind, op }) => kind === "queue" && op === "drain");
  const [first, ...others] = drains;
  expect(first?.after).toEqual(["cluster.c1/activate", "cluster.c2/activate"]);
  expect(others.map(({ after }) => after)).toEqual([[first?.id], [first?.id]]);
  expect((await carryOut(world, plan))?.status).toBe("applied");
});
