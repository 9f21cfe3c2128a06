import { expect, test } from "vitest";
import type { Desired } from "../../src/model/desired.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld, planWorld } from "./open-model.ts";
import { carryOut, takeStep } from "./walk-plan.ts";

const pools = [desiredPool("pa")];
const both: Desired = {
  pools,
  clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa")],
  queues: [desiredQueue("pins", "pa", ["c1", "c2"]), desiredQueue("any", "pa", ["*"])],
};
const one: Desired = {
  pools,
  clusters: [desiredCluster("c1", "pa")],
  queues: [desiredQueue("pins", "pa", ["c1"]), desiredQueue("any", "pa", ["*"])],
};

/** A run on 2026-07 that unpinned and wrote out what it had to, and then had to wait. */
async function interrupt() {
  const world = openWorld("2026-07");
  await carryOut((await planWorld(world, both)).body, world);
  const plan = await planWorld(world, one);
  for (const step of plan.body.steps.filter(({ op, id }) => op === "update" && !id.endsWith("/restore"))) {
    await takeStep(step, plan.body, world);
  }
  return { world, rest: (await planWorld(world, one)).body };
}

test("a queue that let go of a cluster in an interrupted run is still waited for before the cluster is deleted", async () => {
  const { rest } = await interrupt();
  const wait = rest.steps.find((step) => step.physical_name === "pins" && step.until === "idle");
  const removal = rest.steps.find((step) => step.op === "delete");
  expect(removal?.after).toContain(wait?.id);
});

test("a queue that an interrupted run wrote out comes back to * only after the cluster is gone", async () => {
  const { rest } = await interrupt();
  const removal = rest.steps.find((step) => step.op === "delete");
  const restore = rest.steps.find((step) => step.physical_name === "any" && step.op === "update");
  expect(restore?.set?.clusters).toEqual(["*"]);
  expect(restore?.after).toContain(removal?.id);
});

test("a `*` queue that came to name others in an interrupted run is still waited for", async () => {
  const world = openWorld("2026-07");
  await carryOut((await planWorld(world, both)).body, world);
  const next: Desired = { ...one, queues: [desiredQueue("pins", "pa", ["c1"]), desiredQueue("any", "pa", ["c1"])] };
  const plan = await planWorld(world, next);
  for (const step of plan.body.steps.filter(({ op }) => op === "update")) await takeStep(step, plan.body, world);
  const { steps } = (await planWorld(world, next)).body;
  const wait = steps.find((step) => step.physical_name === "any" && step.until === "idle");
  expect(wait).toBeDefined();
  expect(steps.find((step) => step.op === "delete")?.after).toContain(wait?.id);
});
