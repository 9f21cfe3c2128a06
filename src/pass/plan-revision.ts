import { recallStore } from "../apply/recall.ts";
import { endedEarly } from "../http/until-aborted.ts";
import type { ApprovalState, TargetState } from "../model/daemon-records.ts";
import type { Desired } from "../model/desired.ts";
import type { Check, Plan, PlanOptions } from "../model/plan.ts";
import type { SettingsScope } from "../model/settings.ts";
import { sealPlan } from "../plan/check-safety.ts";
import { type Decision, decideWhatRuns, type Situation } from "../policy/decide-what-runs.ts";
import { evaluateRules } from "../policy/evaluate-rules.ts";
import type { ApprovedPlan } from "../policy/find-approval.ts";
import type { LeaseRecord } from "../store/lease.ts";
import type { PlannedTarget } from "../target/gather-facts.ts";
import { type PlanSources, planWorld, readWorld } from "../target/make-plan.ts";
import type { PassCall, PassTools } from "./pass-tools.ts";

/** What a pass plans for. */
export interface PassSubject {
  readonly desired: Desired;
  readonly revision: string;
  readonly state: TargetState | null;
  readonly call: PassCall;
}

/** What there is to do, and what of it may be done now. */
export interface PlannedRevision {
  /** All of it, whatever may run. */
  readonly whole: Plan;
  /** What may run now; null: nothing. The whole plan where all of it may. */
  readonly part: Plan | null;
  readonly decision: Decision;
  /** The target's last lease when this was read. */
  readonly lease: LeaseRecord | null;
  /** What the whole plan rests on. */
  readonly world: Omit<PlannedTarget, "body">;
}

/** Reads what is live, plans all of the revision, and decides what of it may run now. */
export async function planRevision(tools: PassTools, subject: PassSubject): Promise<PlannedRevision> {
  const { config, target, store } = tools;
  const { signal } = subject.call;
  // The lease is read first: when the next one is ours, nothing of what is read after it was written since.
  const lease = await store.leases.read();
  const memory = await recallStore(store);
  const options = optionsOf(tools);
  const sources: PlanSources = {
    desired: subject.desired,
    readers: target.readersUntil(signal),
    scopes: config.control_plane.scopes.map(readScope),
    memory,
    options,
    revision: subject.revision,
    max_destroy_share: config.policy.max_destroy_share,
  };
  const live = await readWorld(sources);
  const make = async (changed: Partial<PlanOptions>) =>
    judge(await planWorld(live, { ...sources, options: { ...options, ...changed } }), tools, changed.allow ?? []);
  const whole = await make({});
  // Work in flight that could not be read is taken for unknown: what was ended early must not be.
  if (signal.aborted) throw endedEarly();
  const isKnown = memory.owned.length > 0;
  const decision = decideWhatRuns(await readSituation(tools, subject, { plan: whole, isKnown }));
  // Kept until the next pass: what is owned is as large as what is live, and only names that differ are asked for.
  const owned = memory.owned.filter(({ physical_name, name }) => physical_name !== name);
  const world = { desired: subject.desired, live, owned };
  const part = await makePart(whole, decision, make);
  if (signal.aborted) throw endedEarly();
  return { whole, part, decision, lease, world };
}

/** `isKnown`: something was applied to this very control plane before. */
async function readSituation(
  tools: PassTools,
  { state, revision }: PassSubject,
  { plan, isKnown }: { readonly plan: Plan; readonly isKnown: boolean },
): Promise<Situation> {
  const { config, records } = tools;
  return {
    plan,
    policy: config.policy,
    drift: config.drift,
    approvals: await readApproved(tools),
    pauses: await records.readPauses(config.name),
    sightings: await records.readSightings(config.name),
    contests: state?.contests ?? [],
    // A target may have been given another control plane: nothing was carried out there.
    appliedRevision: isKnown ? (state?.applied_revision ?? null) : null,
    now: await records.now(),
    // A newer revision begins nothing while the windows are closed, whatever an older one has begun.
    windowOpenedRollout: state?.last_pass?.outcome.kind === "waiting" && state.last_pass.revision === revision,
  };
}

/** Approvals that have not ended, each with its plan. */
async function readApproved({ config, records }: PassTools): Promise<readonly ApprovedPlan[]> {
  const approvals = (await records.readApprovals(config.name)).filter(({ state }) => OPEN.has(state));
  const found = await Promise.all(
    approvals.map(async (approval) => {
      const plans = await records.findPlans(approval.digest);
      const kept = plans.find(({ target }) => target === config.name);
      return kept === undefined ? [] : [{ approval, plan: kept.plan }];
    }),
  );
  return found.flat();
}

const OPEN: ReadonlySet<ApprovalState> = new Set(["open", "running"]);

async function makePart(
  whole: Plan,
  { run, exclude, allow }: Decision,
  make: (changed: Partial<PlanOptions>) => Promise<Plan>,
): Promise<Plan | null> {
  if (run === "none") return null;
  return exclude.length + allow.length === 0 ? whole : make({ exclude, allow });
}

/** The configuration was checked: `DOMAIN` or `DOMAIN/PROJECT`. */
function readScope(text: string): SettingsScope {
  const [domain = null, project = null] = text.split("/");
  return { domain, project };
}

function optionsOf({ config }: PassTools): PlanOptions {
  const { prune, on_pool_change } = config.policy;
  return { prune, on_pool_change, target: [], exclude: [], replace: [], allow: [], store: null };
}

/** Adds the checks of one's own; a failure that is allowed for this plan becomes a warning, as with the others. */
function judge(plan: Plan, { config }: PassTools, allow: readonly string[]): Plan {
  const { rules } = config.policy;
  if (rules.length === 0) return plan;
  const { checks, impact, applyable: _applyable, seal: _seal, ...body } = plan;
  const allowed = new Set(allow);
  const own = evaluateRules(rules, plan, config.name).map((check) =>
    allowed.has(check.name) ? letThrough(check) : check,
  );
  return sealPlan(body, [...checks, ...own], impact);
}

function letThrough(check: Check): Check {
  if (check.status !== "fail") return check;
  return { ...check, status: "warn", allowed: true, message: `Allowed for this plan: ${check.message}` };
}
