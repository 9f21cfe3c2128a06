import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Generation } from "../../../src/model/objects/live.ts";
import { computePlan } from "../../../src/plan/compute-plan.ts";
import type { PlanInput } from "../../../src/plan/input/plan-input.ts";
import { arbitraryDesired } from "../arbitrary-desired.ts";
import { openWorld, planWorld, readInput } from "../open-model.ts";
import { carryOut } from "../walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 40),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};
const [KEPT, ONLY] = ["shuffle_interleave", "round_robin"];

/** What one folder made of an organization, whose queues then have another fairness, and a second folder to plan. */
function hold(generation: Generation, property: (input: PlanInput) => void): () => Promise<void> {
  const folders = fc.tuple(arbitraryDesired(generation), arbitraryDesired(generation));
  const check = fc.asyncProperty(folders, async ([past, next]) => {
    const world = openWorld(generation);
    await carryOut(world, await planWorld(world, past));
    const input = await readInput(world, next);
    const queues = input.live.queues.map((queue) => ({ ...queue, spec: { ...queue.spec, fairness: KEPT } }));
    property({ ...input, live: { ...input.live, queues } });
  });
  return () => fc.assert(check, SETTINGS);
}

describe("a queue with a fairness from before, on a control plane that takes one only", () => {
  test(
    "is updated together with it, and the plan says so of each, and of no other",
    hold("2026-11", (input) => {
      const { steps, changes, notices } = computePlan(input).body;
      const live = new Set(input.live.queues.map(({ name }) => name));
      const updates = steps.filter((step) => step.kind === "queue" && step.op === "update");
      const reset = updates.filter(({ physical_name }) => live.has(physical_name));
      expect(updates.filter(({ set }) => set?.fairness === ONLY)).toEqual(reset);
      const named = notices.filter(({ code }) => code === "fairness-reset").map(({ message }) => message.split(" ")[1]);
      expect(named.toSorted()).toEqual([...new Set(reset.map(({ physical_name }) => physical_name))].sort());
      const shown = changes
        .filter(({ address }) => address.startsWith("queue."))
        .filter(({ before, after }) => before?.fairness === KEPT && after?.fairness === ONLY);
      const owns = ({ address, physical_name }: (typeof changes)[number]) =>
        reset.some((step) => step.address === address && step.physical_name === physical_name);
      const owned = changes.filter((change) => change.address.startsWith("queue.") && owns(change));
      expect(shown).toEqual(owned.filter(({ before, after }) => before !== null && after !== null));
    }),
  );

  test(
    "is left as it is where others are taken, unless a manifest says so",
    hold("2026-07", (input) => {
      const { notices } = computePlan(input).body;
      expect(notices.filter(({ code }) => code === "fairness-reset")).toEqual([]);
    }),
  );
});
