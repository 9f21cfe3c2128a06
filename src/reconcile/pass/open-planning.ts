import { type Recalled, recallStore } from "../../apply/recall.ts";
import type { Declared, Desired } from "../../model/objects/desired.ts";
import type { LiveState } from "../../model/objects/live.ts";
import type { SettingsScope } from "../../model/objects/settings.ts";
import type { Plan, PlanOptions } from "../../model/plan/plan.ts";
import { completePlan } from "../../plan/check-safety.ts";
import { evaluateRules } from "../../plan/policy/evaluate-rules.ts";
import { collectNames } from "../../sealing/collect-names.ts";
import { describeSealing } from "../../sealing/describe-sealing.ts";
import { listAppliedTexts } from "../../sealing/find-sealed-paths.ts";
import { type Border, openBorder } from "../../sealing/open-border.ts";
import { sealDesiredAt } from "../../sealing/seal-desired.ts";
import type { LedgerTarget } from "../../store/database/store-schema.ts";
import { endedEarly } from "../../systems/http/until-aborted.ts";
import { listPlacesOf } from "../live/list-places.ts";
import { readTarget, type TargetReaders } from "../live/read-target.ts";
import { planWorld, readEverywhere } from "../make-plan.ts";
import type { Target } from "../target.ts";
import type { PassTools } from "./pass-tools.ts";
import { readFormerLedgers } from "./seal-kept.ts";

/** What is planned: manifests, and the revision that they are of. */
export interface Wanted {
  /** With its references resolved. */
  readonly desired: Declared;
  readonly revision: string;
  /** The manifests that these would be merged into: what is sensitive by them stays so. Null, or left out: none. */
  readonly base?: Declared | null;
}

/** A plan, and its inputs: sensitive values are sealed in all of it, and opened where the plan is applied. */
export interface MadePlan {
  readonly plan: Plan;
  readonly desired: Desired;
  readonly live: LiveState;
  /** The target's systems, which know what is sealed in the plan. */
  readonly target: Target;
  /** The rules by which the plan is sealed, as `noteSealing` names them. */
  readonly sealed_by: string;
}

/** Plans for a target on its records and live state at one moment, for any manifests. */
export interface Planning {
  readonly memory: Recalled;
  /**
   * The plan, judged by custom rules as well, on the live state as far as manifests and records concern it: that is read once for all
   * manifests that concern the same objects. `changed`: its options, where they are not the configuration's.
   */
  plan(wanted: Wanted, changed?: Partial<PlanOptions>): Promise<MadePlan>;
}

type PlanningTools = Pick<PassTools, "config" | "configured" | "target" | "store" | "records" | "runTask">;

/** Reads what is remembered; the rest is read when it is asked for, until the signal. Throws what reading throws, `ended_early` after the signal. */
export async function openPlanning(tools: PlanningTools, signal: AbortSignal): Promise<Planning> {
  const { config, store, records, runTask } = tools;
  const former = await readFormerLedgers(records, config);
  const isLeft = (one: LedgerTarget) =>
    tools.configured.every(({ org, endpoint }) => org !== one.org || endpoint !== one.endpoint);
  const memory = await recallStore(store, { former, left: former.filter(isLeft) });
  const kept = [...memory.owned, ...memory.released];
  const key = await store.vaultKey();
  const scopes = config.control_plane.scopes.map(readScope);
  const worlds = new Map<string, World>();
  /** Parses the applied files up to their size: once, for all plans. */
  const recallSealed = rememberFirst(() => runTask("recall", { files: listAppliedTexts(kept) }, signal));
  /** What is sensitive decides what is sealed of what is live: manifests that differ in it are each planned on a reading of their own. */
  const openWorld = async ({ desired, base = null }: Wanted): Promise<World> => {
    const sealed = await recallSealed();
    const declared = [desired, ...(base === null ? [] : [base])];
    const sources = { patterns: config.sensitive, desired: declared, owned: kept, remembered: memory.sensitive };
    const places = listPlacesOf(desired, memory, scopes);
    const names = collectNames(sources, sealed);
    const name = JSON.stringify([places, [...names.own]]);
    const known = worlds.get(name);
    if (known !== undefined) return known;
    const border = openBorder({ ...sources, names, key }, (input) => runTask("seal", input, signal));
    const target = tools.target.through(border);
    const readers = target.readersUntil(signal);
    const read = rememberFirst(() => readTarget(readers, places));
    const readMore = rememberFirst(async () => readEverywhere(await read(), readers));
    const world = { border, target, readers, read, readMore };
    worlds.set(name, world);
    return world;
  };
  return {
    memory,
    plan: async (wanted, changed = {}) => {
      const { max_destroy_share } = config.policy;
      const { revision } = wanted;
      const options = { ...optionsOf(tools), ...changed };
      const { border, target, readers, read, readMore } = await openWorld(wanted);
      const declared = [wanted.desired, ...(wanted.base == null ? [] : [wanted.base])];
      const sealed_by = await tools.records.noteSealing(
        describeSealing({ patterns: config.sensitive, desired: declared, remembered: memory.sensitive }),
      );
      // Before anything is read: a server's response may repeat what is sealed here.
      const desired = await sealDesiredAt(border, wanted.desired);
      const world = { live: await read(), readEverywhere: readMore };
      const sources = { desired, readers, scopes, memory, options, revision, max_destroy_share };
      const { plan, live } = await planWorld(world, sources, (input) => runTask("compute", input, signal));
      // Work in flight that could not be read is taken for unknown: what was ended early must not be.
      if (signal.aborted) throw endedEarly();
      return { plan: judge(plan, tools), desired, live, target, sealed_by };
    },
  };
}

/** One reading of what is live, and the vault of what is sensitive in it. */
interface World {
  readonly border: Border;
  readonly target: Target;
  readonly readers: TargetReaders;
  /** Reads once, for all callers. */
  readonly read: () => Promise<LiveState>;
  /** The same with the settings of every scope, for plans that take queues away. */
  readonly readMore: () => Promise<LiveState>;
}

function rememberFirst<Value>(open: () => Value): () => Value {
  let first: { readonly value: Value } | undefined;
  return () => {
    first ??= { value: open() };
    return first.value;
  };
}

/** The configuration was checked: `DOMAIN` or `DOMAIN/PROJECT`. */
function readScope(text: string): SettingsScope {
  const [domain = null, project = null] = text.split("/");
  return { domain, project };
}

function optionsOf({ config }: PlanningTools): PlanOptions {
  const { prune, on_pool_change } = config.policy;
  return { prune, on_pool_change, target: [], exclude: [], replace: [], allow: [], store: null };
}

/** Adds the custom checks. */
function judge(plan: Plan, { config }: PlanningTools): Plan {
  const { rules } = config.policy;
  if (rules.length === 0) return plan;
  const { checks, impact, applyable: _applyable, ...body } = plan;
  return completePlan(body, [...checks, ...evaluateRules(rules, plan, config.name)], impact);
}
