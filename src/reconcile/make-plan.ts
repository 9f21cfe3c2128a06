import type { LiveState } from "../model/objects/live.ts";
import type { SettingsScope } from "../model/objects/settings.ts";
import type { Impact, Plan } from "../model/plan/plan.ts";
import { checkSafety, completePlan, leaveUnshownWork } from "../plan/check-safety.ts";
import type { PlannedFrom } from "../plan/compare/compare-plans.ts";
import { hashFacts } from "../plan/compare/digest-plan.ts";
import type { ComputedPlan } from "../plan/compute-plan.ts";
import { readEveryScope } from "../systems/control-plane/read-every-scope.ts";
import { type ComputeInput, computeRouted, computeUnrouted } from "./compute-routed.ts";
import { listPlacesOf } from "./live/list-places.ts";
import { readImpact } from "./live/read-impact.ts";
import { readTarget, type TargetReaders } from "./live/read-target.ts";
import { warnOfPinned } from "./warn-of-pinned.ts";

/** What a plan is made from, once manifests are read and the control plane is open. */
export interface PlanSources extends Omit<ComputeInput, "live"> {
  readonly readers: TargetReaders;
  /** Scopes of settings to look at beside those that are known. */
  readonly scopes: readonly SettingsScope[];
}

/** Reads the live state, computes the plan, reads the work that it touches, and judges it. */
export async function makePlan(sources: PlanSources): Promise<Plan> {
  return (await planWorld(await openWorld(sources), sources)).plan;
}

/** The same, with a hash of each live fact that the plan depends on: it shows later which of them changed. */
export async function planLive(sources: PlanSources): Promise<PlannedFrom> {
  const { plan, live } = await planWorld(await openWorld(sources), sources);
  return { plan, read: hashFacts(live, plan.reads) };
}

/** Reads what is live, as far as manifests, memory and the scopes that are asked for concern it. */
export function readWorld({
  desired,
  readers,
  scopes,
  memory,
}: Pick<PlanSources, "desired" | "readers" | "scopes" | "memory">): Promise<LiveState> {
  return readTarget(readers, listPlacesOf(desired, memory, scopes));
}

async function openWorld(sources: PlanSources): Promise<ReadWorld> {
  const live = await readWorld(sources);
  return { live, readEverywhere: () => readEverywhere(live, sources.readers) };
}

/** A live state, and how to look at the settings of every scope too. */
export interface ReadWorld {
  readonly live: LiveState;
  readonly readEverywhere: () => Promise<LiveState>;
}

/** The same with the settings of every scope that the control plane lists, whether a manifest names it or not. */
export async function readEverywhere(live: LiveState, { union }: Pick<TargetReaders, "union">): Promise<LiveState> {
  return union === null ? live : readEveryScope(live, union);
}

/**
 * The rest of {@link makePlan}, on a live state that was read with the same manifests and memory. A plan that takes a queue away is made once
 * more with the settings of every scope: any may name the queue. `compute`: where it is computed; default: here.
 */
export async function planWorld(
  { live: read, readEverywhere: readMore }: ReadWorld,
  sources: PlanSources,
  compute: (input: ComputeInput) => ComputedPlan | Promise<ComputedPlan> = computeRouted,
): Promise<{ readonly plan: Plan; readonly live: LiveState }> {
  const { readers, scopes: _scopes, ...inputs } = sources;
  const { desired } = inputs;
  const first = await compute({ live: read, ...inputs });
  const live = first.concerns_settings ? await readMore() : read;
  const routed = live === read ? first : await compute({ live, ...inputs });
  const computed = await warnOfPinned(routed, { desired, live, reader: readers.flyteadmin });
  const impact = await readPlanImpact(computed, readers.union);
  const allow = leaveUnshownWork(inputs.options.allow, impact);
  if (allow !== inputs.options.allow) {
    const options = { ...inputs.options, allow };
    return planWorld({ live, readEverywhere: readMore }, { ...sources, options }, compute);
  }
  return { plan: completePlan(computed.body, checkSafety(computed, impact), impact), live };
}

/** A plan before any judgement, and the live state that it was computed from. */
export interface ComputedFor {
  readonly live: LiveState;
  readonly plan: ComputedPlan;
}

/** Reads the live state and computes the plan, without applying it. */
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
