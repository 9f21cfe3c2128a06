import type { TargetState } from "../../model/daemon/daemon-records.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import { SERVER_REFUSED } from "../../model/ledger/refusal.ts";
import type { Declared } from "../../model/objects/desired.ts";
import type { Approval } from "../../model/passes/approval.ts";
import { findCounterpart } from "../../model/passes/decision.ts";
import type { OtherWrite } from "../../model/passes/other-write.ts";
import type { PassOutcome } from "../../model/passes/pass.ts";
import { listFailing } from "../../model/plan/is-allowed.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { listUnclear } from "../../plan/origins/list-unclear.ts";
import { blockRest } from "../../plan/policy/block-rest.ts";
import { type Decision, decideWhatRuns, listAbove, type Situation } from "../../plan/policy/decide-what-runs.ts";
import type { ApprovedPlan } from "../../plan/policy/find-approval.ts";
import { findOtherWrites } from "../../plan/policy/find-other-writes.ts";
import { findBegun } from "../../plan/policy/follow-begun.ts";
import { holdRerouting } from "../../plan/policy/hold-rerouting.ts";
import { isApprover } from "../../plan/policy/is-approver.ts";
import type { Standing } from "../../plan/policy/judge-decisions.ts";
import { isAsideFor, listCounting } from "../../plan/policy/list-aside.ts";
import { takePutBacks } from "../../plan/unfinished/put-backs.ts";
import { listOutOnTheWay } from "../../plan/unfinished/settle-drains.ts";
import { listTakenAway } from "../../plan/unfinished/taken-away.ts";
import type { LeaseRecord } from "../../store/leases/lease.ts";
import type { PlannedTarget } from "../gather-facts.ts";
import { keepPauses } from "../keep-pauses.ts";
import type { Target } from "../target.ts";
import { findSightings } from "./find-here.ts";
import { findRejections } from "./find-rejections.ts";
import { placeEffects } from "./gather-effects.ts";
import { openPlanning } from "./open-planning.ts";
import type { PassCall, PassTools } from "./pass-tools.ts";
import { judgeApart, type MakePlan, planLess, planShared } from "./plan-beside.ts";
import { readBegun } from "./read-begun.ts";
import type { Basis } from "./refuse-outdated.ts";
import { sealKept } from "./seal-kept.ts";

/** What a pass plans for. */
export interface PassSubject {
  /** With its references resolved. */
  readonly desired: Declared;
  readonly revision: string;
  /** As `findHere` gives it. */
  readonly state: TargetState | null;
  /** Where another pass was made since, nothing is applied. */
  readonly basis: Basis;
  /** The pinned revision; null: the branch is followed. */
  readonly pinned: string | null;
  readonly call: PassCall;
}

/** What there is to do, and what of it may be done now. */
export interface PlannedRevision {
  /** All of it, including what may not run. */
  readonly whole: Plan;
  /** What may run now; null: nothing. The whole plan where all of it may. */
  readonly part: Plan | null;
  /** As `Situation.lean`; null: none is needed. */
  readonly lean: Plan | null;
  readonly decision: Decision;
  /** The rules by which the whole plan is sealed, as `noteSealing` names them. */
  readonly sealed_by: string;
  /** Traces of another writer that manages the target. */
  readonly other_writes: readonly Omit<OtherWrite, "at">[];
  /** What the rollout had begun when this was read. */
  readonly begun: ReadonlySet<string>;
  /** What takes no work by the drains of an unfinished rollout, as `KIND.NAME`. */
  readonly drained: ReadonlySet<string>;
  /** Whether all that was written before this pass is over, as far as it decides where work goes. */
  readonly isFresh: boolean;
  /** Revisions that have taken something in and, as far as is known, are not applied in full. */
  readonly taking: readonly string[];
  readonly unreviewed: Situation["unreviewed"];
  /** The target's last lease when this was read. */
  readonly lease: LeaseRecord | null;
  /** The inputs of the whole plan. */
  readonly world: Omit<PlannedTarget, "body">;
}

/** The same while it may be applied: nothing sensitive is kept for longer. */
export interface OpenRevision {
  readonly planned: PlannedRevision;
  /** The systems, which open what is sealed in the plans. */
  readonly target: Target;
}

/** Reads what is live, plans all of the revision, and decides what of it may run now. */
export async function planRevision(tools: PassTools, subject: PassSubject): Promise<OpenRevision> {
  const { call } = subject;
  // The lease is read first: when the next one is ours, nothing of what is read after it was written since.
  const lease = await tools.store.leases.read();
  await sealKept(tools, [subject.desired], call.signal);
  const planning = await openPlanning(tools, call.signal);
  const { owned: all, taken, turned = [], routing_writes = [] } = planning.memory;
  await keepPauses(tools.records, [tools.config.name], async () => all);
  const { desired, live, target, plan, sealed_by } = await planning.plan(subject);
  const make: MakePlan = async (changed) => (await planning.plan(subject, changed)).plan;
  const { plan: whole, lean } = await planShared(plan, make);
  const drained = listOutOnTheWay({ live, written: planning.memory.written });
  const read = await readSituation(tools, subject, { plan: whole, lean, owned: all });
  const situation = await judgeApart({ ...read, drained }, make);
  const away = new Set<string>(listTakenAway({ live, taken }).map(({ address }) => address));
  const { part, decision } = await choosePart(decideWhatRuns(situation), { ...situation, away, make });
  // Kept until the next pass: what is owned is as large as what is live, and only names that differ are asked for.
  const owned = all.filter(({ physical_name, name }) => physical_name !== name);
  const { begun, sightings: before, unreviewed } = situation;
  const other_writes = findOtherWrites({ plan: whole, owned: all, taken, live, before, now: decision.sightings });
  const taking = [...new Set(all.flatMap(({ revision }) => revision ?? []))];
  return {
    planned: {
      whole,
      part,
      lean,
      decision,
      sealed_by,
      other_writes,
      begun,
      drained,
      isFresh: taken.length + turned.length + routing_writes.length === 0,
      taking,
      unreviewed,
      lease,
      world: { desired, live, owned },
    },
    target,
  };
}

interface BranchOption {
  readonly branch?: string;
}

/**
 * Everything that decides what of a plan may run. `owned`: what was applied to this very control plane before. `branch`: what the branch has,
 * where the revision is none of its commits.
 */
export async function readSituation(
  tools: Pick<PassTools, "config" | "records" | "source" | "store" | "findUnreviewed">,
  { state, revision, pinned, branch = revision }: Pick<PassSubject, "state" | "revision" | "pinned"> & BranchOption,
  { plan, lean, owned }: { readonly plan: Plan; readonly lean: Plan | null; readonly owned: readonly OwnedObject[] },
): Promise<Situation> {
  const { config, records } = tools;
  const approvals = await records.readApprovals(config.name);
  // Nothing was applied where nothing is owned, as on a control plane that was set up again.
  const appliedRevision = owned.length > 0 ? (state?.applied_revision ?? null) : null;
  const situation: Situation = {
    plan,
    ...(lean !== null && { lean }),
    policy: config.policy,
    drift: config.drift,
    approvals: await readApproved(tools, approvals),
    rejection: null,
    pauses: await records.readPauses(config.name),
    sightings: await findSightings(records, config),
    contests: state?.contests ?? [],
    appliedRevision,
    unclear: listUnclear(plan, owned),
    unreviewed: await tools.findUnreviewed(state, branch, pinned === branch),
    now: await records.now(),
    begun: dropRefused(plan, findBegun(plan, await readBegun(tools, state, { revision, plan }))),
    ...findFailedRest(plan, state),
  };
  return judgeRejections(tools, situation, branch);
}

/** What the last pass found of this very plan. */
function findFailedRest({ digest }: Plan, state: TargetState | null): Pick<Situation, "rest"> {
  const { last_pass: last = null } = state ?? {};
  const rest = last?.digest === digest ? readFailedRest(last.outcome) : undefined;
  return rest === undefined ? {} : { rest };
}

function readFailedRest(outcome: PassOutcome): Situation["rest"] {
  if (outcome.kind === "held") return outcome.rest;
  if (outcome.kind !== "blocked" || outcome.without === undefined) return undefined;
  return { checks: outcome.checks, without: outcome.without };
}

/**
 * What the last pass of this very plan found to fail without what it held, as `Situation.apart`, where no plan is made again; a pass itself always
 * makes one.
 */
export function recallApart(plan: Plan, state: TargetState | null): Pick<Situation, "apart"> {
  const { last_pass: last = null } = state ?? {};
  if (last?.digest !== plan.digest) return {};
  const { outcome } = last;
  const rest = readFailedRest(outcome);
  if (rest !== undefined) return { apart: rest };
  if (outcome.kind !== "held") return {};
  const without = outcome.held.filter(({ reason }) => isAsideFor(reason)).map(({ address }) => address);
  if (without.length === 0) return {};
  // As `judgeApart` has it.
  const checks = without.length === outcome.held.length ? [] : listCounting(plan);
  return { apart: { without, checks } };
}

/** What was drained for a refused change was put back into service: nothing of it waits half-way. */
function dropRefused({ checks }: Plan, begun: ReadonlySet<string>): ReadonlySet<string> {
  const refused = new Set(checks.filter(({ name }) => name === SERVER_REFUSED).flatMap(listFailing));
  return new Set([...begun].filter((name) => !refused.has(name)));
}

/** The same with who rejected something of the plan, and without the approvals that were given before that. */
async function judgeRejections(
  tools: Pick<PassTools, "config" | "records" | "source">,
  situation: Situation,
  branch: string,
): Promise<Situation> {
  const above = listAbove(situation);
  const located = await placeEffects(situation.plan, (address) => above.has(address));
  const { digest, revision } = situation.plan;
  const query = { digest, revision, effects: [...located.keys()], branch };
  const { standing, decisions } = await findRejections(tools, query);
  const [newest] = standing;
  if (newest === undefined) return situation;
  const seqOf = new Map(decisions.map(({ id, seq }) => [id, seq]));
  const isLater = ({ approval }: ApprovedPlan) => (seqOf.get(approval.id) ?? 0) > newest.decision.seq;
  const rejection = describeRejection(standing, newest, located);
  return { ...situation, approvals: situation.approvals.filter(isLater), rejection, rejections: standing };
}

/** The newest one, as it ends what was approved before it; about all of the plan where one is about the whole. */
function describeRejection(
  standing: readonly Standing[],
  newest: Standing,
  located: Awaited<ReturnType<typeof placeEffects>>,
): Situation["rejection"] {
  const { by, at, reason } = newest.decision;
  if (standing.some(({ effects }) => effects.length === 0)) return { by, at, reason };
  const shared = standing.flatMap(({ effects }) => effects);
  return { by, at, reason, addresses: new Set(shared.flatMap((effect) => located.get(findCounterpart(effect)) ?? [])) };
}

/** Approvals that have not ended, each with its plan. One that has not begun counts as long as its giver may approve. */
async function readApproved(
  tools: Pick<PassTools, "config" | "records">,
  approvals: readonly Approval[],
): Promise<readonly ApprovedPlan[]> {
  const { approval: rule } = tools.config.policy;
  const open = approvals.filter(({ state, by }) => state === "running" || (state === "open" && isApprover(rule, by)));
  const found = await Promise.all(
    open.map(async (approval) => {
      const plan = await readDecided(tools, approval.digest);
      return plan === null ? [] : [{ approval, plan }];
    }),
  );
  return found.flat();
}

async function readDecided(
  { config, records }: Pick<PassTools, "config" | "records">,
  digest: string,
): Promise<Plan | null> {
  return (await records.findPlans(digest)).find(({ target }) => target === config.name)?.plan ?? null;
}

/**
 * The part of a plan that runs. Without what is held, a queue may send work elsewhere than was shown: it waits too. And something may fail that
 * did not with it: then none of the rest runs. Where nothing else runs, for any reason, rows that are put back do, as a plan of their own.
 */
async function choosePart(decision: Decision, parts: Parts): Promise<Pick<PlannedRevision, "part" | "decision">> {
  const { plan: whole, make } = parts;
  const { run, put_back } = decision;
  const part = run === "none" ? null : await makePart(whole, decision, make);
  if (part?.applyable === true) {
    const less = holdRerouting(decision, { ...parts, whole, part });
    return less === null ? { part, decision } : choosePart(less, parts);
  }
  const back = put_back.length === 0 ? null : takePutBacks(whole, put_back);
  return { part: back, decision: part === null ? decision : blockRest(decision, { ...parts, part }) };
}

/** What a part is made of, and the situation of the whole plan. */
interface Parts extends Situation {
  /** The addresses of clusters that unfinished rollouts have taken out of their pools. */
  readonly away: ReadonlySet<string>;
  readonly make: MakePlan;
}

async function makePart(whole: Plan, { exclude, leave, allow }: Decision, make: MakePlan): Promise<Plan> {
  if (exclude.length + allow.length + leave.length === 0) return whole;
  return planLess(whole, { exclude, allow, ...(leave.length > 0 && { leave }) }, make);
}
