import type { Address } from "../model/address.ts";
import type { TargetConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords, TargetState } from "../model/daemon/daemon-records.ts";
import type {
  Answer,
  DaemonService,
  RequestDetail,
  RequestOverview,
  TargetDetail,
  TargetOverview,
} from "../model/daemon/daemon-service.ts";
import { OperationalError, STORE_DAMAGED } from "../model/errors/operational-error.ts";
import type { Look } from "../model/ledger/blame.ts";
import type { KeptPlan } from "../model/passes/pass.ts";
import { nameChanged } from "../model/plan/name-changed.ts";
import type { ReviewRecord } from "../model/reviews/review-record.ts";
import { explainBadDigest } from "../model/text/digest-digits.ts";
import { isStanding } from "../plan/policy/find-approval.ts";
import { judgeOtherWrites } from "../plan/policy/follow-other-writes.ts";
import type { Applying } from "../plan/policy/show-applying.ts";
import { showNow, type Trouble } from "../plan/policy/show-trouble.ts";
import { STATUS_REASONS, type StatusReason } from "../plan/policy/status-reasons.ts";
import { buildGraph } from "../plan/routing/build-graph.ts";
import { gatherFacts } from "../reconcile/gather-facts.ts";
import { showState } from "../reconcile/pass/find-here.ts";
import type { PassResult } from "../reconcile/pass/run-pass.ts";
import { renderGraphSvg } from "../report/routing/render-graph-svg.ts";
import type { Runner } from "./create-runner.ts";
import { describeExcess } from "./describe-excess.ts";
import type { Beside } from "./known-targets.ts";
import { mergeWrites } from "./merge-writes.ts";
import { refuse } from "./refusals.ts";
import type { ServiceTools } from "./service-tools.ts";
import { throughEach } from "./through-each.ts";
import { isStoreError } from "./watch-store.ts";

/** History that a target's page shows. */
const SHOWN = 20;

type Reads = Pick<
  DaemonService,
  | "overview"
  | "target"
  | "plan"
  | "passes"
  | "pass"
  | "audit"
  | "runs"
  | "changes"
  | "blame"
  | "requests"
  | "request"
  | "picture"
  | "readiness"
>;

/**
 * What the API shows of targets; from the store alone, except for what runs right now and whether the store is writable. Where it can't be
 * read, or answers nothing, the overview shows the last known state, marked as out of date, and so it does for a target with a damaged entry; all
 * else throws.
 */
export function createReads({ records, runners, store, refused, known }: ServiceTools): Reads {
  const isKnown = (target: string) => runners().has(target);
  const describeRecorded = async (runner: Runner) => {
    const { state, shown, beside } = await describeTarget(records, runner);
    const applying = state === null ? null : await runner.readApplying(state);
    known.noteBeside(shown.target, beside);
    if (state !== null) known.note(state, applying);
    return withTrouble(showKnown(shown, runner, beside), store.trouble(shown.target), refused(), applying);
  };
  /** A target as this process knows it. `now`: of one of which nothing is. */
  const recall = (runner: Runner, now: string, trouble: Trouble | null): TargetOverview => {
    const { name } = runner.config;
    const { state, applying } = known.recall(name) ?? { state: emptyState(name, now), applying: null };
    return withTrouble(showKnown(state, runner, known.recallBeside(name)), trouble, refused(), applying);
  };
  const describeAnyway = async (runner: Runner) => {
    try {
      return await store.read(() => describeRecorded(runner));
    } catch (error) {
      const { name } = runner.config;
      if (isStoreError(error)) {
        const trouble = store.noteUnread(error);
        return recall(runner, trouble.since, trouble);
      }
      if (!(error instanceof OperationalError && error.code === STORE_DAMAGED)) throw error;
      // Passes over it read the same, or soon do.
      store.notePass(name, error, known.recall(name)?.state.last_pass?.id ?? null);
      const trouble = store.trouble(name);
      // Not the store's time: that may not be answered either, and what can be read of the others is shown with this.
      return recall(runner, trouble?.since ?? new Date().toISOString(), trouble);
    }
  };
  const overview = () => Promise.all([...runners().values()].map(describeAnyway));
  const readiness = async () => {
    try {
      const trouble = await store.prove();
      if (trouble !== null) return { ready: false, problems: [`${trouble.message} Since ${trouble.since}.`] };
      const seen = new Set((await store.read(records.readStates)).map(({ target }) => target));
      const unseen = [...runners().keys()].filter((name) => !seen.has(name));
      // One target that never answers takes nothing from those who look after the others.
      return { ready: true, problems: unseen.map((name) => `target ${name} has not been reconciled yet`) };
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      if (isStoreError(error)) store.noteUnread(error);
      // A damaged entry is of one target, and who repairs it needs the page.
      return { ready: error.code === STORE_DAMAGED, problems: [error.message] };
    }
  };
  const reads: Omit<Reads, "overview" | "readiness"> = {
    target: async (name) => {
      const runner = runners().get(name);
      return runner === undefined ? null : describeDetail(records, runner.config.name, await describeRecorded(runner));
    },
    plan: async (digest, target) => {
      const found = await findPlan({ records, runners }, digest, target);
      return found.ok ? { ok: true, value: showKept(found.value) } : found;
    },
    passes: async (target, limit) => (isKnown(target) ? records.readPasses(target, limit) : []),
    pass: async (id) => {
      const pass = await records.readPass(id);
      return pass !== null && isKnown(pass.target) ? pass : null;
    },
    audit: async (target, limit) => {
      const asked = [...runners().values()].filter(({ config }) => target === null || config.name === target);
      const runs = await Promise.all(asked.map((runner) => runner.readRuns(limit)));
      return mergeWrites(await records.readAudit(target, limit), runs).slice(0, limit);
    },
    runs: async (target, limit) => (await runners().get(target)?.readRuns(limit)) ?? null,
    changes: async (target, { address, place, since, limit }) => {
      const one = { ...(address !== null && { address }), ...(place !== null && { place }) };
      const range = { ...one, ...(since !== null && { after: since }) };
      const order = since === null ? "newest" : "oldest";
      return (
        (await runners()
          .get(target)
          ?.readChanges({ ...range, target, limit, order })) ?? null
      );
    },
    blame: async (name, address) => {
      const runner = runners().get(name);
      if (runner === undefined) return refuse("not_found", "The target was not found.");
      const blame = await runner.readBlame(address, await findLook(records, runner.config, address));
      return blame === null ? refuse("not_found", `${address} is unknown.`) : { ok: true, value: blame };
    },
    requests: async (target) => (isKnown(target) ? (await records.readReviews(target)).map(describeRequest) : []),
    request: async (target, number) => (isKnown(target) ? readRequest(records, target, number) : null),
    picture: async (name) => {
      const last = runners().get(name)?.lastPlanned() ?? null;
      return last === null ? null : drawTarget(last);
    },
  };
  return { ...throughEach(reads, store.read), overview, readiness };
}

/** A target as the store has it: its state there, null where it has none, what is shown of that, and beside it. */
async function describeTarget(
  records: DaemonRecords,
  runner: Runner,
): Promise<{ readonly state: TargetState | null; readonly shown: TargetState; readonly beside: Beside }> {
  const { config } = runner;
  const [state, pauses, approvals, trouble, now] = await Promise.all([
    records.readState(config.name),
    records.readPauses(config.name),
    records.readApprovals(config.name),
    runner.review === null ? null : records.readRequestsTrouble(config.name),
    records.now(),
  ]);
  const recorded = state === null ? null : showState(state, config);
  const shown = recorded ?? emptyState(config.name, now);
  // What this process asked is newer than what a pass wrote down.
  const excess = runner.readExcess() ?? shown.excess ?? [];
  const others = judgeOtherWrites(shown.other_writes ?? []);
  const beside: Beside = {
    warnings: [
      ...(excess.length === 0 ? [] : [describeExcess(excess)]),
      ...(others === null ? [] : [others.message]),
      ...[runner.readUnwatched()].filter((message) => message !== null),
    ],
    requests_trouble: trouble,
    pauses,
    approvals: approvals.filter((approval) => isStanding(approval, now)),
  };
  return { state: recorded, shown, beside };
}

function showKnown(shown: TargetState, runner: Runner, beside: Beside): TargetOverview {
  const { excess: _excess, place: _place, former: _former, ...state } = shown;
  return { left_behind: [], other_writes: [], ...state, ...beside, ...describeRunner(runner) };
}

function describeRunner({ source, place, running }: Runner) {
  return { source: source.place, control_plane: place.endpoint, org: place.org, running: running() };
}

/** With the problems of this process, in any state of the target, and the pass that applies now. */
function withTrouble(
  overview: TargetOverview,
  trouble: Trouble | null,
  refused: string | null,
  applying: Applying | null,
): TargetOverview {
  const warnings = refused === null ? overview.warnings : [refused, ...overview.warnings];
  return { ...overview, status: showNow(overview, trouble, applying), warnings };
}

async function describeDetail(records: DaemonRecords, name: string, overview: TargetOverview): Promise<TargetDetail> {
  const [passes, applied, audit] = await Promise.all([
    records.readPasses(name, SHOWN),
    records.readApplied(name, SHOWN),
    records.readAudit(name, SHOWN),
  ]);
  const digest = overview.last_pass?.digest ?? null;
  const plan = digest === null ? null : await records.readPlan(name, digest);
  return { ...overview, plan: plan === null ? null : showKept(plan), passes, applied, audit };
}

/** What the last pass saw of an object, as its plan has it; null: it made none, or that is not kept. */
async function findLook(records: DaemonRecords, config: TargetConfig, address: Address): Promise<Look | null> {
  const state = await records.readState(config.name);
  const last = state === null ? null : showState(state, config).last_pass;
  if (last === null || last.digest === null) return null;
  const kept = await records.readPlan(config.name, last.digest);
  if (kept === null) return null;
  const change = kept.plan.changes.find((one) => nameChanged(one).includes(address));
  return { at: last.started_at, run_id: last.id, ...(change !== undefined && { live: change.before }) };
}

/** Without the rules by which it is sealed, which are not part of the API. */
function showKept({ sealed_by: _sealed, ...kept }: KeptPlan): KeptPlan {
  return kept;
}

async function readRequest(records: DaemonRecords, target: string, number: number): Promise<RequestDetail | null> {
  const kept = await records.findReview(target, number);
  // A command may be on record before the first review is.
  return kept === null || kept.review === null ? null : { record: describeRequest(kept.record), review: kept.review };
}

/** What the API shows of a request; how its comments are tracked is internal. */
function describeRequest(record: ReviewRecord): RequestOverview {
  const { target, number, url, author, head, verdict, digest, needs_approval, outcome, statuses, updated_at } = record;
  const approved_by =
    record.approvals.find((approval) => approval.digest === digest && approval.head === head)?.by ?? null;
  return {
    ...{ target, number, url, author, head, verdict, digest, needs_approval, approved_by },
    ...{ outcome, statuses, updated_at },
  };
}

/** Of a target that is configured. Two that are brought the same way have plans of one digest. */
export async function findPlan(
  { records, runners }: Pick<ServiceTools, "records" | "runners">,
  digest: string,
  target: string | undefined,
): Promise<Answer<KeptPlan>> {
  const fault = explainBadDigest(digest);
  if (fault !== null) return refuse("invalid", fault);
  const found = (await records.findPlans(digest)).filter((plan) => runners().has(plan.target));
  const [first, ...others] = target === undefined ? found : found.filter((plan) => plan.target === target);
  if (first === undefined) {
    return refuse("not_found", `Plan ${digest}${target === undefined ? "" : ` of target ${target}`} not found.`);
  }
  if (others.length === 0) return { ok: true, value: first };
  const plans = [first, ...others];
  const listed = plans.map((plan) => `${plan.digest} of ${plan.target}`).join(", ");
  const remedy = plans.every((plan) => plan.digest === first.digest) ? "Specify the target." : "Use more digits.";
  return refuse("ambiguous", `${digest} is ambiguous: ${listed}. ${remedy}`);
}

/** Draws the routing after the last plan, with its changes marked; null where there was no plan. */
function drawTarget({ findings: { planned } }: PassResult): string | null {
  if (planned === null) return null;
  const { world, whole } = planned;
  const { live, desired } = gatherFacts({ ...world, body: whole });
  return renderGraphSvg(buildGraph(desired, whole.changes, { before: live }));
}

/** The state of a target before its first pass. */
export function emptyState(target: string, now: string): TargetState {
  const reason: StatusReason = "NotLookedAt";
  const message = "Not reconciled yet.";
  return {
    target,
    status: { state: STATUS_REASONS[reason], reason, message, since: now },
    last_pass: null,
    applied_revision: null,
    first_revision: null,
    good_revision: null,
    pinned_revision: null,
    last_success_at: null,
    failures: 0,
    drift_since: null,
    looked_at: null,
    drifted: [],
    contests: [],
    objects: [],
    unreachable: [],
    updated_at: now,
  };
}
