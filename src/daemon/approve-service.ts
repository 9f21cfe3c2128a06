import { randomUUID } from "node:crypto";
import type { Actor, Answer, DaemonService, Reader, ReviewedPlan } from "../model/daemon/daemon-service.ts";
import type { Approval } from "../model/passes/approval.ts";
import { type ApprovalMark, type GivenDecision, nameGiver } from "../model/passes/decision.ts";
import type { KeptPlan } from "../model/passes/pass.ts";
import { type Foresight, IN_FLIGHT, type Offer, type Prospect } from "../model/plan/foresight.ts";
import { showDigest } from "../model/text/digest-digits.ts";
import { bindOverrides, isBoundTo } from "../plan/policy/bind-overrides.ts";
import { listAbove, type Situation } from "../plan/policy/decide-what-runs.ts";
import { findStanding, widens } from "../plan/policy/find-approval.ts";
import { findIdleOverrides, foreseeApproval } from "../plan/policy/foresee-approval.ts";
import { findNewestRejection, type Standing } from "../plan/policy/judge-decisions.ts";
import { isWorkShown } from "../plan/policy/list-allowances.ts";
import type { StatusReason } from "../plan/policy/status-reasons.ts";
import { findHere } from "../reconcile/pass/find-here.ts";
import { gatherEffects } from "../reconcile/pass/gather-effects.ts";
import { explainUseless, writeApproveCommand } from "../report/plan/describe-foresight.ts";
import { formatMoment } from "../report/text/format-moment.ts";
import { cleanLine } from "../report/text/markdown.ts";
import type { Runner } from "./create-runner.ts";
import { draftAudit } from "./draft-audit.ts";
import {
  describeStanding,
  explainApproved,
  explainIdle,
  explainInterruption,
  explainUselessRejection,
} from "./explain-useless-decision.ts";
import { type Approvable, beingReplaced, judgeDecider } from "./judge-decider.ts";
import { listNextSteps } from "./list-next-steps.ts";
import { findPlan } from "./read-service.ts";
import { refuse, unknownTarget } from "./refusals.ts";
import type { ServiceTools } from "./service-tools.ts";

/** Approvals: each is on record before it is answered, and wakes its target: from then on it is answered as taken. One under which nothing would run is refused. */
export function createApprovals(tools: ServiceTools): Pick<DaemonService, "approve" | "reject" | "foresee" | "next"> {
  const { records } = tools;
  return {
    foresee: async (digest, target, reader) => {
      const found = await findRunner(tools, digest, target);
      return found.ok ? { ok: true, value: await foreseeFor(tools, found.value, reader) } : found;
    },
    next: async (reader) => {
      const steps = [...tools.runners().values()].map(async (runner) => {
        const { name } = runner.config;
        const [state, pauses] = await Promise.all([records.readState(name), records.readPauses(name)]);
        if (state === null) return [];
        // Nothing is offered where the target is in sync, ignored drift included. An unknown caller gets no offer either, and no plan is read for
        // it: it may be large.
        const isOffered = reader !== null && state.status.state !== "Synced";
        const kept = isOffered ? await readNewest(tools, runner.config) : null;
        const prospect = kept === null ? null : await foreseeFor(tools, { kept, runner }, reader);
        return listNextSteps({ state, pauses, prospect, reader });
      });
      return (await Promise.all(steps)).flat();
    },
    approve: (digest, options, actor) =>
      decide(tools, { digest, target: options.target, reviewed: options.reviewed }, (found) =>
        approve(tools, found, options, actor),
      ),
    reject: (digest, { reason, target }, actor) =>
      decide(tools, { digest, target }, (found) => reject(tools, found, cleanLine(reason), actor)),
  };
}

/**
 * Takes a decision under the current configuration, which no other one replaces while it runs. Throws an OperationalError
 * `configuration_replaced` where a new one was accepted and the target does not use it yet: the decision is to be sent again.
 */
async function decide(
  tools: ServiceTools,
  named: Parameters<typeof findDecided>[1],
  take: (found: Approvable) => Promise<Answer<Approval>>,
): Promise<Answer<Approval>> {
  const found = await findDecided(tools, named);
  if (!found.ok) return found;
  const { kept } = found.value;
  const { target } = kept;
  return (await tools.targets.use(target, (runner) => take({ kept, runner }))) ?? unknownTarget(target);
}

async function approve(
  tools: ServiceTools,
  found: Approvable,
  { overrides, reviewed, since, decided, mark }: Parameters<DaemonService["approve"]>[1],
  actor: Actor,
): Promise<Answer<Approval>> {
  const { records, wake } = tools;
  const { kept } = found;
  // Read first: what is rejected from now on refuses it.
  const newest = findNewestRejection(await records.readDecisions(kept.target));
  const { approve: forbidden } = await judgeDecider(tools, found, actor);
  if (forbidden !== null) return refuse(forbidden.code, forbidden.message);
  const foreseen = await foresee(tools, found, { actor, overrides, since });
  const { approval: drafted, foresight, now } = foreseen;
  const unknown = mark === undefined ? explainUnknown(kept, foreseen, { decided, newest }) : null;
  if (unknown !== null) return unknown;
  // The same effect may be planned again later where the same check fails elsewhere, too.
  const { policy } = found.runner.config;
  const approval = { ...drafted, allowances: bindOverrides({ approval: drafted, plan: kept.plan }, policy) };
  const standing = await findCounting(tools, kept, foreseen);
  const useless =
    explainInterruption(kept, overrides, standing) ??
    explainUseless(kept, foresight) ??
    explainIdle(kept, foreseen, standing);
  if (useless !== null) return refuse(useless.code, useless.message);
  const former = (await findStandingOf(tools, kept, now))?.id ?? null;
  if (standing !== null && !widens(approval, standing)) {
    // Sent again, as by a client that lost the answer. A comment is another decision, and is answered as one.
    const isRepeated =
      mark === undefined && standing.by === actor.name && new Set(overrides).isSubsetOf(new Set(standing.overrides));
    return isRepeated ? { ok: true, value: standing } : refuse("conflict", describeStanding(kept, standing));
  }
  const given = since === undefined ? {} : { given_at: since };
  const details = {
    digest: kept.digest,
    revision: kept.revision,
    overrides,
    approval: approval.id,
    former,
    ...given,
  };
  const action = overrides.length > 0 ? "override" : "approve";
  const audit = draftAudit(actor, { at: now, target: kept.target, action, details });
  // Passes compare with the plan that was approved.
  if (reviewed !== undefined) await records.keepPlan(kept);
  const options = { former, mark: mark ?? { ...takeBack(foreseen), known: newest } };
  found.runner.ended.throwIfAborted();
  if (!(await records.addApproval(approval, audit, options))) return explainRace(tools, kept, options.mark.known);
  await wake(kept.target, "approval");
  return { ok: true, value: approval };
}

async function reject(tools: ServiceTools, found: Approvable, reason: string, actor: Actor): Promise<Answer<Approval>> {
  const { records, wake } = tools;
  const { kept, runner } = found;
  const { reject: forbidden } = await judgeDecider(tools, found, actor);
  if (forbidden !== null) return refuse(forbidden.code, forbidden.message);
  const { approval, foresight, now } = await foresee(tools, found, { actor, overrides: [] });
  const standing = await findStandingOf(tools, kept, now);
  const newest = await readNewest(tools, runner.config);
  // An earlier plan of the target is rejected whether or not what came of it is the same, while there is something to be stopped.
  const isEarlier = foresight.kind === "stale" && newest !== null;
  const current = isEarlier ? { ...found, kept: newest } : found;
  const judged = isEarlier ? await foresee(tools, current, { actor, overrides: [] }) : { foresight };
  const useless = explainUselessRejection(current.kept, judged.foresight, standing);
  if (useless !== null) return refuse(useless.code, useless.message);
  const rejected: Approval = { ...approval, state: "rejected" };
  const details = { digest: kept.digest, revision: kept.revision, reason };
  const audit = draftAudit(actor, { at: rejected.at, target: kept.target, action: "reject", details });
  const draft = await draftRejection(approval, found);
  runner.ended.throwIfAborted();
  await records.addRejection({ ...draft, reason }, audit);
  await wake(kept.target, "approval");
  return { ok: true, value: rejected };
}

/** Why who approves can't know of every rejection; null: they can, or there is none that they would take back. */
function explainUnknown(
  { target, digest }: KeptPlan,
  { rejections }: Foreseen,
  { decided, newest }: { readonly decided: number | undefined; readonly newest: number },
): Extract<Answer<Approval>, { readonly ok: false }> | null {
  // A larger number is of another store.
  if (decided === undefined ? rejections.length === 0 : decided === newest) return null;
  const [last] = rejections;
  const who =
    last === undefined
      ? `A plan of ${target} was rejected after this was shown.`
      : `${nameGiver(last.decision)} rejected the changes of plan ${showDigest(digest)} of ${target} at ${formatMoment(last.decision.at)}.`;
  const how = `review the plan again, on the page or with \`poolkeeper approve ${showDigest(digest)}\`, which show the rejection; over the API, send the \`decided\` that \`GET /api/v1/plans/DIGEST/approval\` returns.`;
  return refuse("stale", `${who} To approve it anyway, ${how}`);
}

/** What an approval that is given now takes back: all that was rejected of the plan that stands. */
function takeBack({ rejections }: Foreseen): Omit<ApprovalMark, "known"> {
  const effects = new Set(rejections.flatMap((standing) => standing.effects));
  return { effects: [...effects], lifts: rejections.map(({ decision }) => decision.seq) };
}

/** A rejection of a plan of what the branch has, or had: of all that needs an approval there, and of nothing that came since. */
async function draftRejection(
  { id, target, digest, revision, by, via, at }: Approval,
  { kept, runner }: Approvable,
): Promise<GivenDecision> {
  const above = listAbove(await runner.situate(kept.plan));
  const effects = await gatherEffects(kept.plan, (address) => above.has(address));
  const given = { id, target, digest, by, via, at, effects, lifts: [] };
  return { ...given, kind: "reject", request: null, head: null, revision: kept.revision ?? revision ?? "" };
}

/**
 * What one reader may decide about a plan now. An approved plan is judged with the overrides of that approval: it is offered again only
 * where more could be allowed.
 */
async function foreseeFor(tools: ServiceTools, found: Approvable, reader: Reader | null): Promise<Prospect> {
  const { kept } = found;
  const actor: Actor = { name: "", role: "approve", via: "", ...reader };
  // Read first: what is rejected from now on is not in what follows.
  const decided = findNewestRejection(await tools.records.readDecisions(kept.target));
  const standing = await findCounting(tools, kept, await foresee(tools, found, { actor, overrides: [] }));
  // Work of other objects than those shown then, and a freeze or windows that came since, need new overrides.
  const isShown = standing === null || isWorkShown({ approval: standing, plan: kept.plan });
  const { policy } = found.runner.config;
  const isStill = (name: string) =>
    name === IN_FLIGHT ? isShown : isBoundTo(standing?.allowances ?? [], name, policy);
  const given = (standing?.overrides ?? []).filter(isStill);
  const { rejection, ...foreseen } = await foresee(tools, found, { actor, overrides: given });
  const isWaiting = await waitsForWork(tools, found);
  const foresight = isWaiting ? needInterruption(foreseen.foresight) : foreseen.foresight;
  const { target } = kept;
  const who = tools.targets.isReplaced(target) ? beingReplaced(target) : await judgeDecider(tools, found, reader);
  const isNeeded = foresight.offers.some(({ needed }) => needed);
  const useless = isNeeded ? null : explainUseless(kept, foresight);
  const refused = {
    approve: who.approve ?? explainApproved(kept, foresight, standing) ?? useless,
    reject: who.reject ?? explainUselessRejection(kept, foresight, standing),
  };
  return {
    ...foresight,
    refused,
    approved: standing === null ? null : { by: standing.by, overrides: standing.overrides },
    rejected: rejection === null ? null : { by: rejection.by, at: rejection.at, reason: rejection.reason ?? null },
    decided,
    command: refused.approve === null ? writeApproveCommand(kept, foresight, given) : null,
  };
}

/** Whether nothing but work in flight keeps what the target's newest plan may do from being done. */
async function waitsForWork({ records }: ServiceTools, { kept, runner: { config } }: Approvable): Promise<boolean> {
  const state = findHere(await records.readState(config.name), config);
  return state?.status.reason === ("WorkInFlight" satisfies StatusReason) && state.last_pass?.digest === kept.digest;
}

/** Of a rollout that waits for work only this override changes something. */
function needInterruption(foresight: Foresight): Foresight {
  const need = (offer: Offer) => (offer.name === IN_FLIGHT ? { ...offer, needed: true } : offer);
  return { ...foresight, offers: foresight.offers.map(need) };
}

async function findStandingOf({ records }: ServiceTools, { target, digest }: KeptPlan, now: string) {
  return findStanding(await records.readApprovals(target), digest, now);
}

/** The approval of the plan that counts: none that was given before a rejection that stands. Null: there is none. */
async function findCounting(
  tools: ServiceTools,
  kept: KeptPlan,
  { rejections, now }: Pick<Foreseen, "rejections" | "now">,
): Promise<Approval | null> {
  const standing = await findStandingOf(tools, kept, now);
  const newest = rejections[0]?.decision.seq ?? 0;
  if (standing === null || newest === 0) return standing;
  const given = (await tools.records.readDecisions(kept.target)).find(({ id }) => id === standing.id);
  return (given?.seq ?? 0) > newest ? standing : null;
}

/** Why an approval was not recorded though nothing spoke against it a moment before. */
async function explainRace(
  { records }: ServiceTools,
  { target, digest }: KeptPlan,
  known: number,
): Promise<Answer<Approval>> {
  const isRejected = findNewestRejection(await records.readDecisions(target)) > known;
  if (isRejected) return refuse("stale", `A plan of ${target} was rejected a moment ago. Review it again.`);
  return refuse("conflict", `Another user decided on plan ${showDigest(digest)} a moment ago. Review it again.`);
}

async function findRunner(
  { records, runners }: ServiceTools,
  digest: string,
  target: string | undefined,
): Promise<Answer<Approvable>> {
  const found = await findPlan({ records, runners }, digest, target);
  if (!found.ok) return found;
  const runner = runners().get(found.value.target);
  return runner === undefined ? unknownTarget(found.value.target) : { ok: true, value: { kept: found.value, runner } };
}

/** A plan that was reviewed before its merge, as one of the revision with the same manifests. */
async function takeReviewed(
  { records, runners }: ServiceTools,
  { plan: reviewed, revision, ...sealing }: ReviewedPlan,
  target: string,
): Promise<Answer<Approvable>> {
  const runner = runners().get(target);
  if (runner === undefined) return unknownTarget(target);
  const newest = await readNewest({ records }, runner.config);
  if (newest === null) return refuse("stale", `${target} has no current plan.`);
  if (newest.revision !== revision) return refuse("stale", `${target} has a newer revision.`);
  const { made_at } = newest;
  const plan = { ...reviewed, revision };
  return {
    ok: true,
    value: { runner, kept: { target, digest: reviewed.digest, revision, made_at, plan, ...sealing } },
  };
}

/** The plan to decide on. */
async function findDecided(
  tools: ServiceTools,
  {
    digest,
    target,
    reviewed,
  }: { readonly digest: string; readonly target: string | undefined; readonly reviewed?: ReviewedPlan | undefined },
): Promise<Answer<Approvable>> {
  return reviewed === undefined ? findRunner(tools, digest, target) : takeReviewed(tools, reviewed, target ?? "");
}

/** An approval as it is given. */
interface GivenApproval {
  readonly actor: Actor;
  readonly overrides: readonly string[];
  /** From when on it holds; left out: from now on. */
  readonly since?: string | undefined;
}

/** What would come of an approval, and when that was looked at, by the store's clock. */
interface Foreseen {
  readonly approval: Approval;
  readonly foresight: Foresight;
  /** The overrides that change nothing. */
  readonly idle: readonly string[];
  readonly rejection: Situation["rejection"];
  readonly rejections: readonly Standing[];
  readonly now: string;
}

/**
 * What would come of an approval by the actor, judged on the target's newest plan: it is the one that is approved, or what is left of it.
 */
async function foresee(
  { records }: ServiceTools,
  { kept, runner }: Approvable,
  { actor, overrides, since }: GivenApproval,
): Promise<Foreseen> {
  const { target, digest, revision, plan } = kept;
  const now = await records.now();
  const at = since ?? now;
  const expires_at = new Date(Date.parse(at) + runner.config.policy.approval.expires_ms).toISOString();
  const by = { by: actor.name, via: actor.via, at, expires_at };
  const approval: Approval = { id: randomUUID(), target, digest, revision, ...by, overrides, state: "open" };
  const newest = await readNewest({ records }, runner.config);
  if (newest === null) return { approval, foresight: STALE, idle: [], rejection: null, rejections: [], now };
  const situation = await runner.situate(newest.plan);
  const foresight = foreseeApproval(situation, { approval, plan });
  const isStale = foresight.kind === "stale";
  return {
    approval,
    idle: isStale ? [] : findIdleOverrides(situation, { approval, plan }),
    rejection: isStale ? null : situation.rejection,
    rejections: isStale ? [] : (situation.rejections ?? []),
    foresight: isStale ? { ...STALE, message: `The current plan is ${showDigest(newest.digest)}.` } : foresight,
    now,
  };
}

const STALE: Foresight = { kind: "stale", at: null, message: "There is no current plan.", offers: [] };

/** The plan of the target's last pass; null: it found nothing to do or left nothing to do, made none, or was of another place than the one that is configured now. */
async function readNewest(
  { records }: Pick<ServiceTools, "records">,
  config: Runner["config"],
): Promise<KeptPlan | null> {
  const pass = findHere(await records.readState(config.name), config)?.last_pass ?? null;
  const isDone =
    pass?.outcome.kind === "synced" || (pass?.outcome.kind === "applied" && pass.outcome.held.length === 0);
  const digest = isDone ? null : (pass?.digest ?? null);
  const plans = digest === null ? [] : await records.findPlans(digest);
  return plans.find((plan) => plan.target === config.name) ?? null;
}
