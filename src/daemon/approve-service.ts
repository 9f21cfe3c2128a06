import { randomUUID } from "node:crypto";
import type { Approval } from "../model/daemon-records.ts";
import type { Foresight } from "../model/foresight.ts";
import type { KeptPlan } from "../model/pass.ts";
import { showDigest } from "../model/show-digest.ts";
import { findStanding, widens } from "../policy/find-approval.ts";
import { foreseeApproval } from "../policy/foresee-approval.ts";
import { listAllowances } from "../policy/list-allowances.ts";
import { explainUseless } from "../report/describe-foresight.ts";
import { isSameLogin } from "../review/spell-login.ts";
import type { Actor, Answer, DaemonService, ReviewedPlan } from "../web/daemon-service.ts";
import type { Runner } from "./create-runner.ts";
import { draftAudit } from "./draft-audit.ts";
import { findPlan } from "./read-service.ts";
import { refuse, unknownTarget } from "./refuse.ts";
import type { ServiceTools } from "./service-tools.ts";

/** Approvals: each is on record before it is answered, and wakes its target. One under which nothing would run is refused. */
export function createApprovals(tools: ServiceTools): Pick<DaemonService, "approve" | "reject" | "foresee"> {
  const { records, wake } = tools;
  return {
    foresee: async (digest, { overrides, target }) => {
      const found = await findRunner(tools, digest, target);
      if (!found.ok) return found;
      const actor: Actor = { name: "", role: "approve", via: "" };
      const { foresight } = await foresee(tools, found.value, { actor, overrides });
      return { ok: true, value: foresight };
    },
    approve: async (digest, { overrides, target, reviewed, since }, actor) => {
      const found = await findApprovable(tools, { digest, target, reviewed }, actor);
      if (!found.ok) return found;
      const { kept } = found.value;
      const own = await findOwnRequest(tools, found.value, actor);
      if (own !== null) return refuse("not_allowed", describeOwn(kept, own, actor));
      const { approval: drafted, foresight } = await foresee(tools, found.value, { actor, overrides, since });
      // The same effect may be planned again later where the same check fails elsewhere, too.
      const approval = { ...drafted, allowances: listAllowances({ approval: drafted, plan: kept.plan }) };
      const useless = explainUseless(kept, foresight);
      if (useless !== null) return refuse(useless.code, useless.message);
      const standing = await findStandingOf(tools, kept, approval.at);
      if (standing !== null && !widens(approval, standing)) return refuse("conflict", describeStanding(kept, standing));
      const former = standing?.id ?? null;
      const details = { digest: kept.digest, revision: kept.revision, overrides, approval: approval.id, former };
      const action = overrides.length > 0 ? "override" : "approve";
      const audit = draftAudit(actor, { at: approval.at, target: kept.target, action, details });
      // Passes compare with the plan that was approved.
      if (reviewed !== undefined) await records.keepPlan(kept);
      if (!(await records.addApproval(approval, audit, former))) {
        return refuse(
          "conflict",
          `Somebody else has just decided on plan ${showDigest(kept.digest)}. Look at it again.`,
        );
      }
      await wake(kept.target, "approval");
      return { ok: true, value: approval };
    },
    reject: async (digest, { reason, target }, actor) => {
      const found = await findApprovable(tools, { digest, target }, actor);
      if (!found.ok) return found;
      const { kept } = found.value;
      const { approval, foresight } = await foresee(tools, found.value, { actor, overrides: [] });
      // A rollout is stopped by the plan that was approved, too, whatever is known of what is left of it.
      const isApproved = (await findStandingOf(tools, kept, approval.at)) !== null;
      const stale = foresight.kind === "stale" && !isApproved ? explainUseless(kept, foresight) : null;
      if (stale !== null) return refuse(stale.code, stale.message);
      // To say "rejected" of what runs by itself would be untrue.
      if (foresight.kind === "idle" && !isApproved) return refuse("nothing_to_reject", describeUnstoppable(kept));
      const rejected: Approval = { ...approval, state: "rejected" };
      const details = { digest: kept.digest, revision: kept.revision, reason };
      const audit = draftAudit(actor, { at: rejected.at, target: kept.target, action: "reject", details });
      await records.addRejection(rejected, audit);
      return { ok: true, value: rejected };
    },
  };
}

async function findStandingOf({ records }: ServiceTools, { target, digest }: KeptPlan, now: string) {
  return findStanding(await records.readApprovals(target), digest, now);
}

function describeUnstoppable({ digest, target }: KeptPlan): string {
  const why = `Nothing of plan ${showDigest(digest)} waits for an approval, so that a rejection would not stop it`;
  return `${why}. To stop it, pause the target (\`poolkeeper pause ${target}\`) or change the manifests.`;
}

function describeStanding({ digest, target }: KeptPlan, { overrides }: Approval): string {
  const approved = `Plan ${showDigest(digest)} of ${target} is approved already`;
  if (overrides.length === 0) return `${approved}. To let more through, approve it with an override.`;
  return `${approved}, with the overrides ${overrides.join(", ")}. To let more through, name those and the others.`;
}

/** A plan that is kept, and what makes the passes of its target. */
interface Approvable {
  readonly kept: KeptPlan;
  readonly runner: Runner;
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

/** A plan that was reviewed before its merge, as one of the revision with the same manifests; never the target's latest. */
async function takeReviewed(
  { records, runners }: ServiceTools,
  { plan: reviewed, revision }: ReviewedPlan,
  target: string,
): Promise<Answer<Approvable>> {
  const runner = runners().get(target);
  if (runner === undefined) return unknownTarget(target);
  const newest = await readNewest({ records }, target);
  if (newest === null) return refuse("stale", `${target} has no plan now.`);
  if (newest.revision !== revision) return refuse("stale", `${target} has a newer revision.`);
  const made_at = new Date(Date.parse(newest.made_at) - 1).toISOString();
  const plan = { ...reviewed, revision };
  return { ok: true, value: { runner, kept: { target, digest: reviewed.digest, revision, made_at, plan } } };
}

/** The same where the actor is one of those who may approve. */
async function findApprovable(
  tools: ServiceTools,
  {
    digest,
    target,
    reviewed,
  }: { readonly digest: string; readonly target: string | undefined; readonly reviewed?: ReviewedPlan | undefined },
  actor: Actor,
): Promise<Answer<Approvable>> {
  const found =
    reviewed === undefined
      ? await findRunner(tools, digest, target)
      : await takeReviewed(tools, reviewed, target ?? "");
  if (!found.ok) return found;
  const { kept, runner } = found.value;
  const { approvers } = runner.config.policy.approval;
  if (approvers.length > 0 && !approvers.includes(actor.name)) {
    return refuse(
      "not_allowed",
      `${actor.name} is none of those who approve for ${kept.target}: ${approvers.join(", ")}.`,
    );
  }
  return found;
}

/**
 * The number of a request that the actor opened themselves, and that is merged and not carried out yet, where nobody is to approve their
 * own; null: there is none. Wherever they approve: a token of the page or CLI counts as the login with the same name.
 */
async function findOwnRequest(
  { records }: ServiceTools,
  { kept: { target }, runner }: Approvable,
  { name }: Actor,
): Promise<number | null> {
  const { source } = runner.config;
  if (source.kind !== "repository" || source.pull_requests?.self_approval !== false) return null;
  const merged = (await records.readReviews(target)).filter((record) => record.merged !== null);
  return merged.find(({ author }) => isSameLogin(author, name))?.number ?? null;
}

function describeOwn({ digest, target }: KeptPlan, number: number, { name }: Actor): string {
  return `Plan ${showDigest(digest)} of ${target} carries out request ${number}, which ${name} opened: nobody approves their own here (\`self_approval: false\`). Ask somebody else.`;
}

/** An approval as somebody gives it. */
interface GivenApproval {
  readonly actor: Actor;
  readonly overrides: readonly string[];
  /** From when on it holds; left out: from now on. */
  readonly since?: string | undefined;
}

/**
 * What would come of an approval by the actor, judged on the target's newest plan: it is the one that is approved, or what is left of it.
 */
async function foresee(
  { records }: ServiceTools,
  { kept, runner }: Approvable,
  { actor, overrides, since }: GivenApproval,
): Promise<{ readonly approval: Approval; readonly foresight: Foresight }> {
  const { target, digest, revision, plan } = kept;
  const at = await records.now();
  const expires_at = new Date(Date.parse(since ?? at) + runner.config.policy.approval.expires_ms).toISOString();
  const by = { by: actor.name, via: actor.via, at, expires_at };
  const approval: Approval = { id: randomUUID(), target, digest, revision, ...by, overrides, state: "open" };
  const newest = await readNewest({ records }, target);
  if (newest === null) return { approval, foresight: STALE };
  const situation = await runner.situate(newest.plan);
  const foresight = foreseeApproval(situation, { approval, plan });
  const isStale = foresight.kind === "stale";
  return {
    approval,
    foresight: isStale ? { ...STALE, message: `Now it is ${showDigest(newest.digest)}.` } : foresight,
  };
}

const STALE: Foresight = { kind: "stale", at: null, message: "There is none now.", offers: [] };

/** The plan of the target's last pass; null: it found nothing to do, or made none. */
async function readNewest({ records }: Pick<ServiceTools, "records">, target: string): Promise<KeptPlan | null> {
  const digest = (await records.readState(target))?.last_pass?.digest ?? null;
  const plans = digest === null ? [] : await records.findPlans(digest);
  return plans.find((plan) => plan.target === target) ?? null;
}
