import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NAME_MAX_LENGTH, NAME_PATTERN } from "../../src/model/address.ts";
import { NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import {
  GENERATIONS,
  type Generation,
  type LiveCluster,
  type LiveQueue,
  type LiveState,
} from "../../src/model/objects/live.ts";
import { isNoOp, type Plan } from "../../src/model/plan/plan.ts";
import type { Phase } from "../../src/model/plan/step.ts";
import { maskCredentials } from "../../src/model/secrets/mask-credentials.ts";
import { checkSafety, completePlan } from "../../src/plan/check-safety.ts";
import { digestEffect } from "../../src/plan/compare/digest-plan.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import type { PlanInput } from "../../src/plan/input/plan-input.ts";
import { arbitraryDesired } from "./arbitrary-desired.ts";
import { formatJson } from "./format-json.ts";
import { judgeInput, OPTIONS, openWorld, planWorld, readInput } from "./open-model.ts";
import { carryOut } from "./walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 15),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** What two folders and a store that forgot some objects (by position) make of an organization, and a third folder to plan. */
function situation(generation: Generation) {
  return fc.record({
    past: fc.array(arbitraryDesired(generation), { minLength: 1, maxLength: 2 }),
    next: arbitraryDesired(generation),
    forgotten: fc.array(fc.nat(12), { maxLength: 4 }),
    draws: fc.infiniteStream(fc.nat(1_000)),
  });
}

type Situation = ReturnType<typeof situation> extends fc.Arbitrary<infer T> ? T : never;

/** The input of a plan of the third folder. */
async function prepare(generation: Generation, { past, next, forgotten }: Situation): Promise<PlanInput> {
  const world = openWorld(generation);
  for (const folder of past) await carryOut(world, await planWorld(world, folder));
  const input = await readInput(world, next);
  return { ...input, owned: input.owned.filter((_, index) => !forgotten.includes(index)) };
}

function shuffle<T>(list: readonly T[], draws: Iterator<number>): readonly T[] {
  return list
    .map((item) => ({ item, place: Number(draws.next().value) }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item);
}

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const nested of Object.values(value)) freeze(nested);
  return Object.freeze(value);
}

/** The same state with everything different that a server counts or reports but nobody decides. */
function agitate(live: LiveState, { steps }: Pick<Plan, "steps">): LiveState {
  // What goes is told from what is brought back by this count.
  const ends = steps.filter(({ op }) => op === "drain" || op === "delete" || op === "move");
  const going = new Set(ends.map(({ kind, physical_name }) => `${kind}.${physical_name}`));
  const count = ({ kind, name, generation }: LiveCluster | LiveQueue) =>
    going.has(`${kind}.${name}`) ? generation : `${BigInt(generation) + 7n}`;
  return {
    ...live,
    clusters: live.clusters.map((cluster) => ({
      ...cluster,
      generation: count(cluster),
      health: "unhealthy",
      unhealthy_reasons: [maskCredentials("disk is full")],
      capacity: { cpu: 3, memory_mb: 5, gpu: 1 },
      assigned_config: "b",
      synced_config: "a",
    })),
    queues: live.queues.map((queue) => ({
      ...queue,
      generation: count(queue),
      available_clusters: ["nobody"],
    })),
  };
}

/** Runs a property on the prepared input of random situations. */
function hold(
  generation: Generation,
  property: (input: PlanInput, draws: Iterator<number>) => void,
): () => Promise<void> {
  return () =>
    fc.assert(
      fc.asyncProperty(situation(generation), async (drawn) =>
        property(await prepare(generation, drawn), drawn.draws[Symbol.iterator]()),
      ),
      SETTINGS,
    );
}

describe.each(GENERATIONS)("a plan on generation %s", (generation) => {
  test(
    "has the same bytes whatever the order of manifests, live records and memory",
    hold(generation, (input, draws) => {
      const { desired, live, owned } = input;
      const shuffled: PlanInput = {
        ...input,
        desired: {
          ...NOTHING_DESIRED,
          pools: shuffle(desired.pools, draws),
          clusters: shuffle(desired.clusters, draws),
          queues: shuffle(desired.queues, draws),
        },
        live: {
          ...live,
          pools: shuffle(live.pools, draws),
          clusters: shuffle(live.clusters, draws),
          queues: shuffle(live.queues, draws),
        },
        owned: shuffle(owned, draws),
      };
      expect(formatJson(judgeInput(shuffled))).toBe(formatJson(judgeInput(input)));
    }),
  );

  test(
    "names no address and no step twice",
    hold(generation, (input) => {
      const { changes, steps } = judgeInput(input);
      const addresses = changes.map((change) => change.address);
      const ids = steps.map((step) => step.id);
      expect(addresses).toEqual([...new Set(addresses)]);
      expect(ids).toEqual([...new Set(ids)]);
    }),
  );

  test(
    "puts every step after those that it waits for, and names none that another one implies",
    hold(generation, (input) => {
      const before = new Map<string, ReadonlySet<string>>();
      for (const { id, after } of judgeInput(input).steps) {
        const implied = new Set(after.flatMap((other) => [...(before.get(other) ?? [])]));
        for (const other of after) {
          expect(before.has(other), `${id} waits for ${other}`).toBe(true);
          expect(implied.has(other), `${id} need not name ${other}`).toBe(false);
        }
        before.set(id, new Set([...implied, ...after]));
      }
    }),
  );

  test(
    "gives every step a change of its address",
    hold(generation, (input) => {
      const { changes, steps } = judgeInput(input);
      const changed = new Set(changes.filter((change) => !isNoOp(change)).map(({ address }) => address));
      for (const step of steps) expect(changed, step.id).toContain(step.address);
    }),
  );

  test(
    "deletes nothing but what it replaces where nothing is pruned",
    hold(generation, (input) => {
      const { changes, steps } = judgeInput({ ...input, options: { ...OPTIONS, prune: "none" } });
      const replaced = new Set(changes.filter(({ action }) => action === "replace").map(({ address }) => address));
      expect(changes.filter(({ action }) => action === "delete")).toEqual([]);
      for (const step of steps.filter(({ op }) => op === "delete")) expect(replaced).toContain(step.address);
    }),
  );

  test(
    "touches nothing unmanaged, but for writing out a * queue for as long as a member leaves",
    hold(generation, (input) => {
      const { steps, unmanaged } = judgeInput(input);
      const touched = steps.filter((step) => unmanaged.includes(`${step.kind}.${step.physical_name}`));
      const lasting = touched.filter(({ op, phase }) => op !== "await" && phase !== "write-out" && phase !== "restore");
      const inPhase = (phase: Phase) =>
        touched.filter((step) => step.phase === phase).map((step) => step.physical_name);
      expect(lasting).toEqual([]);
      const narrowed = inPhase("write-out");
      const restored = inPhase("restore");
      expect(restored).toEqual(narrowed);
    }),
  );

  test(
    "is computed from input that it leaves as it was",
    hold(generation, (input) => {
      const first = JSON.stringify(judgeInput(input));
      expect(JSON.stringify(judgeInput(freeze(structuredClone(input))))).toBe(first);
    }),
  );

  test(
    "survives JSON with the same digest",
    hold(generation, (input) => {
      const plan = judgeInput(input);
      const read = JSON.parse(formatJson(plan)) as Plan;
      expect(read).toEqual(plan);
      expect(digestEffect(read, computePlan(input).findings)).toBe(plan.digest);
    }),
  );

  test(
    "has one digest whatever the health, the counters and the work in flight",
    hold(generation, (input) => {
      const plan = judgeInput(input);
      const computed = computePlan({ ...input, live: agitate(input.live, plan) });
      const busy = computed.affected.map(({ queue, addresses }) => ({
        queue,
        in_flight: { runs_in_flight: 1, actions_in_flight: 2, current_depth: 3 },
        addresses,
      }));
      const agitated = completePlan(computed.body, checkSafety(computed, busy), busy);
      expect(agitated.digest).toBe(plan.digest);
      expect(agitated.live_digest).toBe(plan.live_digest);
    }),
  );

  test(
    "keeps with a target all that it rests on, and leaves out with an exclusion all that rests on it",
    hold(generation, (input, draws) => {
      const whole = judgeInput(input);
      const chosen = shuffle(whole.changes, draws)
        .slice(0, 2)
        .map((change) => change.address);
      fc.pre(chosen.length > 0);
      const target = judgeInput({ ...input, options: { ...OPTIONS, target: chosen } });
      const exclude = judgeInput({ ...input, options: { ...OPTIONS, exclude: chosen } });
      for (const { steps } of [target, exclude]) {
        const ids = new Set(steps.map((step) => step.id));
        for (const step of steps) for (const other of step.after) expect(ids, step.id).toContain(other);
      }
      expect(target.changes.map(({ address }) => address)).toEqual(expect.arrayContaining(chosen));
      for (const { address } of exclude.changes) expect(chosen).not.toContain(address);
      for (const { address } of [...target.changes, ...exclude.changes]) {
        expect(whole.changes.map((change) => change.address)).toContain(address);
      }
    }),
  );

  test(
    "gives new registrations names that are valid, free, and each given once",
    hold(generation, (input) => {
      const { live } = input;
      const there = [...live.pools, ...live.clusters, ...live.queues].map(({ kind, name }) => `${kind}.${name}`);
      const made = judgeInput(input).steps.filter((step) => step.op === "create");
      const names = made.map((step) => `${step.kind}.${step.physical_name}`);
      expect(names).toEqual([...new Set(names)]);
      for (const { physical_name, kind } of made) {
        expect(physical_name).toMatch(NAME_PATTERN);
        expect(physical_name.length).toBeLessThanOrEqual(NAME_MAX_LENGTH);
        expect(there).not.toContain(`${kind}.${physical_name}`);
      }
    }),
  );
});
