import fc from "fast-check";
import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { judgeInput, openWorld, planWorld } from "./open-model.ts";
import { moveFrom, type Places } from "./place-rows.ts";
import { carryOut } from "./walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 15),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 3),
};

const before: Desired = {
  ...NOTHING_DESIRED,
  pools: [desiredPool("pa"), desiredPool("pb")],
  clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa"), desiredCluster("c3", "pb")],
  queues: [desiredQueue("pins", "pa", ["c2"]), desiredQueue("last", "pb", ["*"])],
};

/** Clusters leave both pools, one of them the last of its pool, while a new `*` queue comes to each. */
const after: Desired = {
  ...before,
  clusters: [desiredCluster("c2", "pa")],
  queues: [...before.queues, desiredQueue("wide", "pa", ["*"]), desiredQueue("wider", "pb", ["*"])],
};

async function planPart(options: Partial<PlanOptions>): Promise<Plan> {
  const world = openWorld("2026-07");
  await carryOut(world, await planWorld(world, before));
  return planWorld(world, after, options);
}

/** The queues that steps of a plan wait for or write. */
const queuesOf = ({ steps }: Plan) =>
  new Set(steps.filter(({ kind }) => kind === "queue").map(({ physical_name }) => physical_name));

test("the whole plan waits for new * queues that a leaving cluster may get work from", async () => {
  expect(queuesOf(await planPart({}))).toEqual(new Set(["c1", "c3", "last", "wide", "wider"]));
});

test.each([{ exclude: ["queue.wide", "queue.wider"] }, { target: ["cluster.c1", "cluster.c3"] }] as const)(
  "a part without the new queues waits for none of them, and leaves no cluster out because of them: %j",
  async (options) => {
    const part = await planPart(options);
    expect(queuesOf(part)).toEqual(new Set(["c1", "c3", "last"]));
    expect(part.changes.map(({ address }) => address)).toEqual(["cluster.c1", "cluster.c3"]);
  },
);

/** Some of the names, each in one of the pools. */
function placed(names: readonly string[]): fc.Arbitrary<Readonly<Record<string, string>>> {
  const entry = (name: string) => fc.constantFrom("", "pa", "pb", "pd").map((pool) => [name, pool] as const);
  return fc.tuple(...names.map(entry)).map((entries) => Object.fromEntries(entries.filter(([, pool]) => pool !== "")));
}

const places: fc.Arbitrary<Places> = fc.record({
  clusters: placed(["c1", "c2", "c3"]),
  rows: placed(["p1", "p1/development", "p1/development/wf", "p2/development"]),
});

test.each(GENERATIONS)(
  "there is a plan of every part of one or two changes of rows of all levels and of clusters, or without these, on %s",
  (generation) =>
    fc.assert(
      fc.asyncProperty(places, places, async (was, next) => {
        const input = await moveFrom(generation, was, next);
        const all = judgeInput(input).changes.map(({ address }) => address);
        const some = all.flatMap((one, index) => [[one], ...all.slice(index + 1).map((other) => [one, other])]);
        for (const chosen of some) {
          const [target, exclude] = [{ target: chosen }, { exclude: chosen }].map((part) =>
            judgeInput({ ...input, options: { ...input.options, ...part } }),
          ) as [Plan, Plan];
          expect(target.changes.map(({ address }) => address)).toEqual(expect.arrayContaining(chosen));
          for (const { address } of exclude.changes) expect(chosen).not.toContain(address);
          for (const { steps } of [target, exclude]) {
            const ids = steps.map(({ id }) => id);
            for (const { after } of steps) expect(ids).toEqual(expect.arrayContaining([...after]));
          }
        }
      }),
      SETTINGS,
    ),
);
