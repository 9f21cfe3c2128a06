import { randomUUID } from "node:crypto";
import type { Approval, DaemonRecords } from "../model/daemon-records.ts";
import type { KeptPlan } from "../model/pass.ts";
import { isRemainder } from "../policy/is-remainder.ts";
import type { Actor, Answer, DaemonService } from "../web/daemon-service.ts";
import type { Runner } from "./create-runner.ts";
import { draftAudit } from "./draft-audit.ts";
import { findPlan } from "./read-service.ts";
import { refuse, unknownTarget } from "./refuse.ts";
import type { ServiceTools } from "./service-tools.ts";

/** Approvals: each is on record before it is answered, and wakes its target. */
export function createApprovals(tools: ServiceTools): Pick<DaemonService, "approve" | "reject"> {
  const { records, wake } = tools;
  return {
    approve: async (digest, { overrides, target }, actor) => {
      const found = await findApprovable(tools, { digest, target }, actor);
      if (!found.ok) return found;
      const { runner, kept } = found.value;
      const approval = await draftApproval(records, runner, kept, actor);
      const opened: Approval = { ...approval, overrides, state: "open" };
      const audit = draftAudit(actor, {
        ...{ at: opened.at, target: kept.target },
        action: overrides.length > 0 ? "override" : "approve",
        details: { digest: kept.digest, revision: kept.revision, overrides, approval: opened.id },
      });
      if (!(await records.addApproval(opened, audit))) return refuse("conflict", `Plan ${digest} is approved already.`);
      await wake(kept.target, "approval");
      return { ok: true, value: opened };
    },
    reject: async (digest, { reason, target }, actor) => {
      const found = await findApprovable(tools, { digest, target }, actor);
      if (!found.ok) return found;
      const { runner, kept } = found.value;
      const drafted = await draftApproval(records, runner, kept, actor);
      const rejected: Approval = { ...drafted, overrides: [], state: "rejected" };
      const details = { digest: kept.digest, revision: kept.revision, reason };
      const audit = draftAudit(actor, { at: rejected.at, target: kept.target, action: "reject", details });
      await records.addRejection(rejected, audit);
      return { ok: true, value: rejected };
    },
  };
}

/** The plan of a digest, where it is the target's newest, or the newest is what is left of it, and the actor is one of those who may approve. */
async function findApprovable(
  { records, runners }: ServiceTools,
  { digest, target }: { readonly digest: string; readonly target: string | undefined },
  actor: Actor,
): Promise<Answer<{ readonly kept: KeptPlan; readonly runner: Runner }>> {
  const found = await findPlan({ records, runners }, digest, target);
  if (!found.ok) return found;
  const kept = found.value;
  const runner = runners().get(kept.target);
  if (runner === undefined) return unknownTarget(kept.target);
  const { approvers } = runner.config.policy.approval;
  if (approvers.length > 0 && !approvers.includes(actor.name)) {
    return refuse(
      "not_allowed",
      `${actor.name} is none of those who approve for ${kept.target}: ${approvers.join(", ")}.`,
    );
  }
  const current = (await records.readState(kept.target))?.last_pass?.digest ?? null;
  if (current !== kept.digest && !(await isRestOf(records, kept, current))) {
    const newer = current === null ? "there is none" : `now it is ${current}`;
    return refuse("stale", `${digest} is not the plan of ${kept.target} any more (${newer}). Look at that one.`);
  }
  return { ok: true, value: { kept, runner } };
}

/** Whether a plan is what is left of another one: what may run by itself has run since someone was asked. */
async function isRestOf(records: DaemonRecords, { target, revision, plan }: KeptPlan, digest: string | null) {
  const plans = digest === null ? [] : await records.findPlans(digest);
  const newest = plans.find((other) => other.target === target);
  return newest !== undefined && newest.plan.revision === revision && isRemainder(newest.plan, plan, () => true);
}

async function draftApproval(
  records: DaemonRecords,
  { config }: Runner,
  { target, digest, revision }: KeptPlan,
  { name, via }: Actor,
): Promise<Omit<Approval, "overrides" | "state">> {
  const at = await records.now();
  const expires_at = new Date(Date.parse(at) + config.policy.approval.expires_ms).toISOString();
  return { id: randomUUID(), target, digest, revision, by: name, via, at, expires_at };
}
