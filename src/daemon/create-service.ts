import { randomUUID } from "node:crypto";
import type { SecretReference } from "../config/daemon-config.ts";
import type { Approval, AuditEntry, DaemonRecords } from "../model/daemon-records.ts";
import type { KeptPlan, Trigger } from "../model/pass.ts";
import { isRemainder } from "../policy/is-remainder.ts";
import type { Actor, Answer, DaemonService, TargetDetail, TargetOverview } from "../web/daemon-service.ts";
import type { Runner } from "./create-runner.ts";
import { drawTarget } from "./draw-target.ts";
import { emptyState } from "./empty-state.ts";

/** What the service is made from. */
export interface ServiceTools {
  readonly version: string;
  readonly records: DaemonRecords;
  /** By name; another map after a reload. */
  readonly runners: () => ReadonlyMap<string, Runner>;
  /** Asks for a pass. */
  readonly wake: (target: string, trigger: Trigger) => Promise<void>;
  readonly readSecret: (reference: SecretReference) => string;
  readonly subscribe: DaemonService["subscribe"];
}

/** History that a target's page shows. */
const SHOWN = 20;

/** What the daemon does for those outside: reads from the store, and acts that are on record before they are answered. */
export function createService(tools: ServiceTools): DaemonService {
  const { records, runners, wake } = tools;
  const audit = (entry: Omit<AuditEntry, "id" | "at">) => writeAudit(records, entry);
  return {
    version: tools.version,
    overview: () => Promise.all([...runners().values()].map((runner) => describeTarget(records, runner))),
    target: async (name) => {
      const runner = runners().get(name);
      return runner === undefined ? null : describeDetail(records, runner);
    },
    plan: (digest, target) => findPlan(records, digest, target),
    passes: (target, limit) => records.readPasses(target, limit),
    pass: (id) => records.readPass(id),
    audit: (target, limit) => records.readAudit(target, limit),
    picture: async (name) => {
      const last = runners().get(name)?.lastPlanned() ?? null;
      return last === null ? null : drawTarget(last);
    },
    approve: async (digest, { overrides, target }, actor) => {
      const found = await findApprovable(tools, { digest, target }, actor);
      if (!found.ok) return found;
      const { runner, kept } = found.value;
      const approval = await draftApproval(records, runner, kept, actor);
      const opened: Approval = { ...approval, overrides, state: "open" };
      if (!(await records.addApproval(opened))) return refuse("conflict", `Plan ${digest} is approved already.`);
      const details = { digest: kept.digest, revision: kept.revision, overrides, approval: opened.id };
      await audit({
        ...by(actor),
        target: kept.target,
        action: overrides.length > 0 ? "override" : "approve",
        details,
      });
      await wake(kept.target, "approval");
      return { ok: true, value: opened };
    },
    reject: async (digest, { reason, target }, actor) => {
      const found = await findApprovable(tools, { digest, target }, actor);
      if (!found.ok) return found;
      const { runner, kept } = found.value;
      for (const approval of await records.readApprovals(kept.target)) {
        if (approval.digest === kept.digest) await records.moveApproval(approval.id, ["open", "running"], "rejected");
      }
      const rejected: Approval = {
        ...(await draftApproval(records, runner, kept, actor)),
        overrides: [],
        state: "rejected",
      };
      await records.addApproval(rejected);
      const details = { digest: kept.digest, revision: kept.revision, reason };
      await audit({ ...by(actor), target: kept.target, action: "reject", details });
      return { ok: true, value: rejected };
    },
    pause: async (target, { address, reason, until }, actor) => {
      if (!runners().has(target)) return unknownTarget(target);
      const at = await records.now();
      if (until !== null && until <= at) return refuse("invalid", `${until} is over already: it is ${at}.`);
      const pause = { id: randomUUID(), target, address, by: actor.name, reason, at, until };
      await records.addPause(pause);
      await audit({ ...by(actor), target, action: "pause", details: { address, reason, until } });
      await wake(target, "request");
      return { ok: true, value: pause };
    },
    resume: async (target, { address }, actor) => {
      if (!runners().has(target)) return unknownTarget(target);
      const ended = await records.endPauses(target, address);
      await audit({ ...by(actor), target, action: "resume", details: { address, ended } });
      await wake(target, "request");
      return { ok: true, value: ended };
    },
    reconcile: async (target, { revision }, actor) => {
      if (!runners().has(target)) return unknownTarget(target);
      const id = randomUUID();
      await records.addRequest({ id, target, by: actor.name, at: await records.now(), revision });
      await audit({ ...by(actor), target, action: "reconcile", details: { revision } });
      await wake(target, "request");
      return { ok: true, value: id };
    },
    pushed: async (target, delivery) => {
      if (!(await records.takeDelivery(`${target}:${delivery}`))) return false;
      await wake(target, "push");
      return true;
    },
    webhookOf: (name) => {
      const source = runners().get(name)?.config.source;
      if (source?.kind !== "repository" || source.webhook === null) return null;
      return { forge: source.webhook.forge, secret: tools.readSecret(source.webhook.secret) };
    },
    subscribe: tools.subscribe,
    readiness: async () => {
      const states = new Map((await records.readStates()).map((state) => [state.target, state]));
      const unseen = [...runners().keys()].filter((name) => !states.has(name));
      const problems = unseen.map((name) => `target ${name} was not looked at yet`);
      return { ready: problems.length === 0, problems };
    },
  };
}

async function describeTarget(records: DaemonRecords, runner: Runner): Promise<TargetOverview> {
  const { config, source, place } = runner;
  const [state, pauses, approvals] = await Promise.all([
    records.readState(config.name),
    records.readPauses(config.name),
    records.readApprovals(config.name),
  ]);
  return {
    ...(state ?? emptyState(config.name, await records.now())),
    source: source.place,
    control_plane: place.endpoint,
    org: place.org,
    pauses,
    approvals: approvals.filter(({ state: own }) => own === "open" || own === "running"),
    running: runner.running(),
  };
}

async function describeDetail(records: DaemonRecords, runner: Runner): Promise<TargetDetail> {
  const { name } = runner.config;
  const [overview, plan, passes, applied, audit] = await Promise.all([
    describeTarget(records, runner),
    records.readLatestPlan(name),
    records.readPasses(name, SHOWN),
    records.readApplied(name, SHOWN),
    records.readAudit(name, SHOWN),
  ]);
  const isCurrent = plan !== null && plan.digest === overview.last_pass?.digest;
  return { ...overview, plan: isCurrent ? plan : null, passes, applied, audit };
}

/** Two targets that are brought the same way have plans of one digest. */
async function findPlan(records: DaemonRecords, digest: string, target: string | undefined): Promise<Answer<KeptPlan>> {
  if (digest.length < 8) return refuse("invalid", "Give at least 8 characters of the digest.");
  const found = await records.findPlans(digest);
  const [first, ...others] = target === undefined ? found : found.filter((plan) => plan.target === target);
  if (first === undefined) {
    return refuse("not_found", `No plan ${digest} is kept${target === undefined ? "" : ` of target ${target}`}.`);
  }
  if (others.length === 0) return { ok: true, value: first };
  const plans = [first, ...others];
  const listed = plans.map((plan) => `${plan.digest} of ${plan.target}`).join(", ");
  const remedy = plans.every((plan) => plan.digest === first.digest) ? "Name the target." : "Give more of it.";
  return refuse("ambiguous", `${digest} stands for several plans: ${listed}. ${remedy}`);
}

/** The plan of a digest, where it is the target's newest, or the newest is what is left of it, and the actor is one of those who may approve. */
async function findApprovable(
  { records, runners }: ServiceTools,
  { digest, target }: { readonly digest: string; readonly target: string | undefined },
  actor: Actor,
): Promise<Answer<{ readonly kept: KeptPlan; readonly runner: Runner }>> {
  const found = await findPlan(records, digest, target);
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

async function writeAudit(records: DaemonRecords, entry: Omit<AuditEntry, "id" | "at">): Promise<void> {
  await records.addAudit({ ...entry, id: randomUUID(), at: await records.now() });
}

function by({ name, via }: Actor) {
  return { who: name, via };
}

function unknownTarget(target: string) {
  return refuse("not_found", `There is no target ${target}.`);
}

function refuse(code: string, message: string) {
  return { ok: false, code, message } as const;
}
