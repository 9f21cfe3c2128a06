import { listPlacesOf } from "../live/list-places.ts";
import { readImpact } from "../live/read-impact.ts";
import { readTarget, type TargetReaders } from "../live/read-target.ts";
import type { LiveState } from "../model/live.ts";
import type { Impact, Plan } from "../model/plan.ts";
import type { SettingsScope } from "../model/settings.ts";
import { checkSafety, completePlan } from "../plan/check-safety.ts";
import type { PlannedFrom } from "../plan/compare-plans.ts";
import type { ComputedPlan } from "../plan/compute-plan.ts";
import { hashFacts } from "../plan/digest-plan.ts";
import { type ComputeInput, computeRouted, computeUnrouted } from "./compute-routed.ts";
import { warnOfPinned } from "./warn-of-pinned.ts";

/** What a plan is made from, once manifests are read and the control plane is open. */
export interface PlanSources extends Omit<ComputeInput, "live"> {
  readonly readers: TargetReaders;
  /** Scopes of settings to look at beside those that are known. */
  readonly scopes: readonly SettingsScope[];
}

/** Reads the live state, computes the plan, reads the work that it touches, and judges it. */
export async function makePlan(sources: PlanSources): Promise<Plan> {
  return planWorld(await readWorld(sources), sources);
}

/** The same, with a hash of each live fact that the plan depends on: what tells later in which of them the world has changed. */
export async function planLive(sources: PlanSources): Promise<PlannedFrom> {
  const live = await readWorld(sources);
  const plan = await planWorld(live, sources);
  return { plan, read: hashFacts(live, plan.reads) };
}

/** Reads what is live, as far as manifests, memory and the scopes that are asked for concern it. */
export function readWorld({ desired, readers, scopes, memory }: PlanSources): Promise<LiveState> {
  return readTarget(readers, listPlacesOf(desired, memory.owned, scopes));
}

/** The rest of {@link makePlan}, on a live state that was read with the same manifests and memory. `compute`: where it is computed; default: here. */
export async function planWorld(
  live: LiveState,
  sources: PlanSources,
  compute: (input: ComputeInput) => ComputedPlan | Promise<ComputedPlan> = computeRouted,
): Promise<Plan> {
  const { readers, scopes: _scopes, ...inputs } = sources;
  const { desired } = inputs;
  const routed = await compute({ live, ...inputs });
  const computed = await warnOfPinned(routed, { desired, live, reader: readers.flyteadmin });
  const impact = await readPlanImpact(computed, readers.union);
  return completePlan(computed.body, checkSafety(computed, impact), impact);
}

/** A plan that nobody has judged yet, and the live state that it was computed from. */
export interface ComputedFor {
  readonly live: LiveState;
  readonly plan: ComputedPlan;
}

/** Reads the live state and computes the plan: for those who want to know where it leads, and not to carry it out. */
export async function computeFor(sources: PlanSources): Promise<ComputedFor> {
  const live = await readWorld(sources);
  return { live, plan: computeUnrouted({ ...sources, live }) };
}

async function readPlanImpact({ affected }: ComputedPlan, reader: TargetReaders["union"]): Promise<readonly Impact[]> {
  if (affected.length === 0 || reader === null) return [];
  const read = await readImpact(
    reader,
    affected.map(({ queue, pool }) => ({ name: queue, pool })),
  );
  return affected.map(({ queue, addresses }) => ({ queue, in_flight: read.inFlight.get(queue) ?? null, addresses }));
}
