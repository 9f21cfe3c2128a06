import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld, planWorld } from "./open-model.ts";
import { carryOut } from "./walk-plan.ts";

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
