import { hasErrors } from "../../manifests/load-desired.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { HeldChange } from "../../model/passes/pass.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { PlanParts, ReviewVerdict } from "../../model/reviews/review.ts";
import type { StandingNo } from "../../model/reviews/review-record.ts";
import { decideWhatRuns, listAbove, type Situation } from "../../plan/policy/decide-what-runs.ts";
import { recogniseDrift } from "../../plan/policy/judge-drift.ts";
import { ASKS } from "../../plan/policy/judge-holds.ts";
import { countObjects } from "../../reconcile/pass/count-objects.ts";
import { findHere } from "../../reconcile/pass/find-here.ts";
import { findRejections, findUndecided } from "../../reconcile/pass/find-rejections.ts";
import { gatherEffects } from "../../reconcile/pass/gather-effects.ts";
import { openPlanning } from "../../reconcile/pass/open-planning.ts";
import { judgeApart, type MakePlan, planShared } from "../../reconcile/pass/plan-beside.ts";
import { readSituation } from "../../reconcile/pass/plan-revision.ts";
import { loadFiles, loadRevision } from "../../reconcile/source/load-revision.ts";
import type { PullRequest } from "../forge/forge.ts";
import { hashChange } from "./find-change.ts";
import { showRejection } from "./make-review.ts";
import type { ReviewTools } from "./review-tools.ts";
import { splitPlan } from "./split-plan.ts";

/** What a merge would do, but for the other requests that touch the same. */
export interface PlannedRequest {
  readonly verdict: Exclude<ReviewVerdict, { readonly kind: "planned" }> | PlannedMerge;
  /** Whether something that the request changes needs an approval. */
  readonly needsApproval: boolean;
  /** The newest rejection that stands against it; left out: none does. */
  readonly rejection?: StandingNo;
  /** The author of a rejection that would stand against it, and can't be judged yet; left out: none. */
  readonly undecided_by?: string;
  /** It could not be planned, and no time changes that: a user has to act, which the next pass or webhook finds. */
  readonly stays?: true;
  /** An unexpected error: the request reports that it could not be planned, and then it is rethrown. */
  readonly defect?: unknown;
}

const DEFECT = {
  kind: "failed",
  code: "defect",
  message: "A bug in poolkeeper prevented the plan. The daemon's log has the details.",
} as const;

export interface PlannedMerge {
  readonly kind: "planned";
  readonly plan: Plan;
  readonly parts: PlanParts;
  readonly left: readonly HeldChange[];
  readonly blocked: readonly string[];
  /** Hash of what the merge changes in the manifests. */
  readonly change: string;
  /** The rules by which the plan is sealed, as `noteSealing` names them. */
  readonly sealed_by: string;
  /** Live objects. */
  readonly looked_at: number;
}

/** Plans what the merges of requests into one base would do, on one reading of what is live. */
export type PlanRequest = (request: {
  /** As `nameRequest` names it; left out: it is no request's. */
  readonly request?: string;
  readonly head: Pick<PullRequest["head"], "sha">;
}) => Promise<PlannedRequest>;

/** What is read is shared by all requests; nothing is read before one needs it. `heads`: numbers whose newest commit is there. */
export function openRequestPlanner(tools: ReviewTools, base: string): PlanRequest {
  const { pass, proposals, signal } = tools;
  const { source, cache, target, config, records } = pass;
  const openShared = async () => {
    await pass.renew();
    const planning = await openPlanning(pass, signal);
    const loaded = await loadRevision(source, base, { org: target.org, cache, signal });
    const state = findHere(await records.readState(config.name), config);
    // Manifests of the base that are wrong are no plan to compare with: then all counts as the request's.
    const isSound = !hasErrors(loaded.diagnostics);
    const { desired, diagnostics } = isSound ? pass.resolve(loaded) : loaded;
    const before = hasErrors(diagnostics) ? null : (await planning.plan({ desired, revision: base })).plan;
    // What its manifests call sensitive stays so, whether or not their references can be resolved now.
    return { planning, before, state, base: isSound ? loaded.desired : null };
  };
  let shared: ReturnType<typeof openShared> | undefined;
  const planMerge = async ({ request, head }: Parameters<PlanRequest>[0]): Promise<PlannedRequest> => {
    const merge = await proposals.merge(base, head.sha);
    if (merge.kind === "conflict") return withoutPlan({ kind: "conflict", files: merge.files });
    if (merge.count === 0) return withoutPlan({ kind: "unconcerned" });
    const read = await proposals.readTree(merge.tree);
    const change = hashChange(await source.read(base), read);
    if (change === null) return withoutPlan({ kind: "unconcerned" });
    const merged = await loadFiles(read, { org: target.org, cache, signal });
    const { desired, diagnostics } = hasErrors(merged.diagnostics) ? merged : pass.resolve(merged);
    if (hasErrors(diagnostics)) return withoutPlan({ kind: "invalid", diagnostics });
    shared ??= openShared();
    const { planning, before, state, base: ofBase } = await shared;
    const wanted = { desired, revision: head.sha, base: ofBase };
    const { plan: whole, live, sealed_by } = await planning.plan(wanted);
    const looked_at = countObjects(live).reduce((sum, { count }) => sum + count, 0);
    const { owned } = planning.memory;
    const make: MakePlan = async (changed) => (await planning.plan(wanted, changed)).plan;
    const { plan, lean } = await planShared(whole, make);
    const situation = await readSituation(
      pass,
      { state, revision: head.sha, pinned: null, branch: base },
      { plan, lean, owned },
    );
    const isDrift = recogniseDrift({ ...situation, revision: base });
    const parts = before === null ? allOf(plan) : splitPlan(before, plan, isDrift);
    const { apart } = await judgeApart({ ...liftTimes(situation), approvals: [] }, make);
    const { held, blocked: stopping } = decideWhatRuns({
      ...situation,
      approvals: [],
      ...(apart !== undefined && { apart }),
    });
    const blocked = stopping.map(({ name }) => name);
    const { held: asking, leave } = decideWhatRuns({ ...liftHolds(situation), approvals: [] });
    const present = new Set([...parts.drift, ...(parts.earlier ?? [])]);
    const besides = new Set(leave.filter(({ of }) => of === "drift").map(({ address }) => address));
    const asks = asking.filter(({ address, reason }) => ASKS.has(reason) && !besides.has(address));
    const needsApproval = asks.some(({ address }) => !present.has(address));
    const left = listLeft(held, needsApproval ? [] : asks);
    const above = listAbove(liftHolds(situation));
    const effects = await gatherEffects(plan, (address) => above.has(address));
    const query = { request: request ?? null, head: head.sha, digest: plan.digest, effects, branch: base };
    const [newest] = (await findRejections(pass, query)).standing;
    // What needs no approval is not stopped by a rejection of something else.
    const isOwn = newest !== undefined && request !== undefined && newest.decision.request === request;
    const rejected = newest !== undefined && (needsApproval || isOwn) ? { rejection: showRejection(newest) } : {};
    const by = await findUndecided(pass, query);
    const undecided = by === null ? {} : { undecided_by: by };
    return {
      ...{ verdict: { kind: "planned", plan, parts, left, blocked, change, sealed_by, looked_at }, needsApproval },
      ...rejected,
      ...undecided,
    };
  };
  return async (request) => {
    try {
      return await planMerge(request);
    } catch (error) {
      if (signal.aborted) throw error;
      if (!(error instanceof OperationalError)) return { ...withoutPlan(DEFECT), defect: error };
      return notPlannable(error);
    }
  };
}

/** The same at a time without other holds: what needs an approval then needs one now, beside any other hold. */
function liftHolds(situation: Situation): Situation {
  return { ...liftTimes(situation), pauses: [] };
}

/** The same at a time when the target may change: what a check then stops is to be known before. */
function liftTimes(situation: Situation): Situation {
  return { ...situation, policy: { ...situation.policy, freeze: null, windows: [] } };
}

/** What stays as it is after the merge. `asks`: what waits for an approval that the request does not need, beside any other hold. */
function listLeft(held: readonly HeldChange[], asks: readonly HeldChange[]): readonly HeldChange[] {
  const asking = new Set(asks.map(({ address }) => address));
  return [...held.filter(({ address, reason }) => !ASKS.has(reason) && !asking.has(address)), ...asks];
}

/** A request of which this is said in place of a plan. */
export function withoutPlan(verdict: PlannedRequest["verdict"]): PlannedRequest {
  return { verdict, needsApproval: false };
}

/** A request that could not be planned for a fault of the world. */
export function notPlannable({ code, message, next }: OperationalError): PlannedRequest {
  const stays = next === "retry" ? {} : ({ stays: true } as const);
  return { ...withoutPlan({ kind: "failed", code, message }), ...stays };
}

function allOf({ changes }: Plan): PlanParts {
  return { request: [...new Set(changes.map(({ address }) => address))], drift: [], both: [] };
}
