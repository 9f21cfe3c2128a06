import type { Desired } from "../src/model/objects/desired.ts";
import type { Generation, LiveState } from "../src/model/objects/live.ts";
import type { PlanOptions } from "../src/model/plan/plan.ts";
import { computePlan } from "../src/plan/compute-plan.ts";
import type { PlanInput } from "../src/plan/input/plan-input.ts";
import { buildLive } from "./build-live.ts";
import { buildDesired } from "./build-manifests.ts";
import { buildWorld, type Edit } from "./build-world.ts";
import { type Figure, measure } from "./figure.ts";

const OPTIONS: PlanOptions = {
  prune: "none",
  on_pool_change: "auto",
  target: [],
  exclude: [],
  replace: [],
  allow: [],
  store: null,
};

/** A plan to compute: what is live, what is different from it, and how the plan must come out. */
interface PlanCase {
  readonly name: string;
  readonly generation: Generation;
  readonly empty: boolean;
  readonly edit: Edit;
  readonly isRight: (steps: number, size: number) => boolean;
}

/** The plans that are measured, by the names under which they are asked for. */
export const PLAN_CASES: Readonly<Record<string, PlanCase>> = {
  "no-change": {
    name: "compute plan, no change",
    generation: "2026-11",
    empty: false,
    edit: "nothing",
    isRight: (steps) => steps === 0,
  },
  "one-change": {
    name: "compute plan, 1 change",
    generation: "2026-11",
    empty: false,
    edit: "one queue",
    isRight: (steps) => steps === 1,
  },
  "from-empty": {
    name: "compute plan, from empty",
    generation: "2026-11",
    empty: true,
    edit: "nothing",
    isRight: (steps, size) => steps >= size,
  },
  moves: {
    name: "compute plan, 1 cluster in 10 moves (2026-11)",
    generation: "2026-11",
    empty: false,
    edit: "a tenth of the clusters",
    isRight: (steps, size) => steps > size * 0.018,
  },
  replacements: {
    name: "compute plan, 1 cluster in 10 is replaced (2026-07)",
    generation: "2026-07",
    empty: false,
    edit: "a tenth of the clusters",
    isRight: (steps, size) => steps > size * 0.018,
  },
};

/** Computes one plan once, as a command does: in a process that has not planned before. */
export async function measurePlan(which: string, size: number): Promise<Figure> {
  const plan = PLAN_CASES[which];
  if (plan === undefined) throw new Error(`no such plan: ${which}`);
  const live = buildLive(plan.empty ? null : buildWorld(size), plan.generation);
  const input = planInputOf(buildDesired(buildWorld(size, plan.edit)), live);
  let steps = 0;
  const figure = await measure(plan.name, size, size, () => {
    steps = computePlan(input).body.steps.length;
  });
  if (!plan.isRight(steps, size)) throw new Error(`${plan.name}, ${size} objects: ${steps} steps are not right`);
  return figure;
}

/** What a plan is computed from where nothing is remembered of earlier runs. */
export function planInputOf(desired: Desired, live: LiveState): PlanInput {
  return {
    desired,
    live,
    owned: [],
    pending: [],
    narrowed: [],
    displaced: [],
    settle: [],
    foreign: [],
    released: new Map(),
    ownership: "manifest",
    options: OPTIONS,
    revision: null,
  };
}
