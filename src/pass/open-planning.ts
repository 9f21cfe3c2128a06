import { type Recalled, recallStore } from "../apply/recall.ts";
import { endedEarly } from "../http/until-aborted.ts";
import { listPlacesOf } from "../live/list-places.ts";
import { readTarget } from "../live/read-target.ts";
import type { Desired } from "../model/desired.ts";
import type { LiveState } from "../model/live.ts";
import type { Check, Plan, PlanOptions } from "../model/plan.ts";
import type { SettingsScope } from "../model/settings.ts";
import { completePlan } from "../plan/check-safety.ts";
import { evaluateRules } from "../policy/evaluate-rules.ts";
import { planWorld } from "../target/make-plan.ts";

import type { PassTools } from "./pass-tools.ts";

/** What is planned: manifests, and the revision that they are of. */
export interface Wanted {
  readonly desired: Desired;
  readonly revision: string;
}

/** Plans for a target as it is remembered and live at one moment, whatever the manifests. */
export interface Planning {
  readonly memory: Recalled;
  /** What is live, as far as manifests and memory concern it; read once for all manifests that concern the same. */
  read(desired: Desired): Promise<LiveState>;
  /** The plan, judged by the rules of one's own as well. `changed`: its options, where they are not the configuration's. */
  plan(wanted: Wanted, changed?: Partial<PlanOptions>): Promise<Plan>;
}

type PlanningTools = Pick<PassTools, "config" | "target" | "store">;

/** Reads what is remembered; the rest is read when it is asked for, until the signal. Throws what reading throws, `ended_early` after the signal. */
export async function openPlanning(tools: PlanningTools, signal: AbortSignal): Promise<Planning> {
  const { config, target, store } = tools;
  const memory = await recallStore(store);
  const readers = target.readersUntil(signal);
  const scopes = config.control_plane.scopes.map(readScope);
  const read = new Map<string, Promise<LiveState>>();
  const readLive = (desired: Desired): Promise<LiveState> => {
    const places = listPlacesOf(desired, memory.owned, scopes);
    const key = JSON.stringify(places);
    const live = read.get(key) ?? readTarget(readers, places);
    read.set(key, live);
    return live;
  };
  return {
    memory,
    read: readLive,
    plan: async ({ desired, revision }, changed = {}) => {
      const { max_destroy_share } = config.policy;
      const options = { ...optionsOf(tools), ...changed };
      const sources = { desired, readers, scopes, memory, options, revision, max_destroy_share };
      const plan = await planWorld(await readLive(desired), sources);
      // Work in flight that could not be read is taken for unknown: what was ended early must not be.
      if (signal.aborted) throw endedEarly();
      return judge(plan, tools, options.allow);
    },
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

/** Adds the checks of one's own; a failure that is allowed for this plan becomes a warning, as with the others. */
function judge(plan: Plan, { config }: PlanningTools, allow: readonly string[]): Plan {
  const { rules } = config.policy;
  if (rules.length === 0) return plan;
  const { checks, impact, applyable: _applyable, ...body } = plan;
  const allowed = new Set(allow);
  const own = evaluateRules(rules, plan, config.name).map((check) =>
    allowed.has(check.name) ? letThrough(check) : check,
  );
  return completePlan(body, [...checks, ...own], impact);
}

function letThrough(check: Check): Check {
  if (check.status !== "fail") return check;
  return { ...check, status: "warn", allowed: true, message: `Allowed for this plan: ${check.message}` };
}
