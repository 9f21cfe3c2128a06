import type { TargetDetail } from "../../../src/model/daemon/daemon-service.ts";
import type { AuditEntry } from "../../../src/model/passes/audit-entry.ts";
import type { HeldChange, KeptPlan, PassRecord } from "../../../src/model/passes/pass.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { readPlan } from "../../report/read-plan.ts";
import { EARLIER, keep, keepSituation, makePass, makeTarget, minutesAgo, report } from "./build-targets.ts";
import { makeApproval } from "./fake-service.ts";

const MOVE = "2026-11-cluster-changes-pool-while-work-runs";

/** One target in each state, with plans that the planner made. */
export function buildWorld(): readonly TargetDetail[] {
  return [awaiting(), waiting(), running(), invalid(), failed(), paused(), unreached(), synced()];
}

/** A move that waits for an approval, beside a drift. */
function awaiting(): TargetDetail {
  const plan = keep("production", withDrift(readPlan(MOVE)));
  const held = plan.plan.changes.slice(0, 1).map(
    ({ address }): HeldChange => ({
      address,
      reason: "approval",
      message: "It moves a cluster, which is above the grade `update`: it waits for an approval of this plan.",
    }),
  );
  const passes = [
    makePass("production", { kind: "held", held }, { plan }),
    makePass("production", { kind: "synced" }, { trigger: "poll", minutes: 36 }),
    makePass(
      "production",
      { kind: "applied", report: report(plan.plan, () => "applied"), held: [] },
      { minutes: 130, plan },
    ),
    ...Array.from({ length: 12 }, (_, index) =>
      makePass("production", { kind: "synced" }, { trigger: "poll", minutes: 180 + index * 60 }),
    ),
  ];
  return makeTarget(
    "production",
    {
      state: "AwaitingApproval",
      reason: "AboveGrade",
      message: "1 change moves a cluster and waits for an approval. Review the plan, then approve or reject it.",
    },
    { plan, passes, drift_since: minutesAgo(36), audit: audit("production") },
  );
}

/** An approved move whose work drains. */
function waiting(): TargetDetail {
  const plan = keepSituation("eu-west", "2026-11-cluster-moves-by-commit-with-a-store");
  const [drain, wait] = plan.plan.steps;
  const statusOf = (id: string) => (id === drain?.id ? "applied" : id === wait?.id ? "waiting" : "skipped");
  const approval = { ...makeApproval(plan, { by: "approver", via: "page" }), state: "running" } as const;
  const passes = [
    makePass(
      "eu-west",
      { kind: "waiting", report: report(plan.plan, statusOf), held: [] },
      { trigger: "waiting", minutes: 1, plan },
    ),
  ];
  return makeTarget(
    "eu-west",
    {
      state: "Waiting",
      reason: "Draining",
      message: "Cluster edge drains: 2 runs and 9 actions are in flight.",
      minutes: 12,
    },
    { plan, passes, approvals: [approval], audit: audit("eu-west") },
  );
}

/** A replacement that is being carried out now. */
function running(): TargetDetail {
  const plan = keepSituation("research", "2026-07-cluster-changes-pool-and-is-replaced");
  return makeTarget(
    "research",
    { state: "OutOfSync", reason: "Applying", message: "3 changes are being applied.", minutes: 1 },
    {
      plan,
      passes: [makePass("research", { kind: "synced" }, { trigger: "poll", minutes: 30 })],
      running: {
        id: "run-research-now",
        started_at: minutesAgo(1),
        step: "apply",
        progress: [
          "register cluster edge-gpu in pool gpu ... done",
          "update queue batch ... done",
          "wait until cluster edge-gpu is registered ... done",
          "wait until queue batch is idle: 3 runs, 12 actions in flight, 7 waiting",
        ],
      },
    },
  );
}

function invalid(): TargetDetail {
  const diagnostic = {
    severity: "error",
    code: "unknown-reference",
    summary: 'No pool "prd" in the folder; did you mean "prod"?',
    detail: 'Write "prod", or add a ClusterPool manifest.',
    file: "queues/batch.yaml",
    line: 2,
    column: 15,
    address: "queue.batch",
  } as const;
  const second = {
    ...diagnostic,
    severity: "warning",
    code: "weights",
    summary: "The weights of label gpu sum to 0.9",
    line: 9,
  } as const;
  return makeTarget(
    "sandbox",
    {
      state: "Invalid",
      reason: "ManifestErrors",
      message: "The newest revision has 1 mistake. What was applied before stays.",
    },
    { passes: [makePass("sandbox", { kind: "invalid", diagnostics: [diagnostic, second] })] },
  );
}

function failed(): TargetDetail {
  const plan = keepSituation("lab", "2026-11-too-much-is-disrupted-at-once-and-it-is-blocked");
  const outcome = {
    kind: "failed",
    step: "apply",
    code: "permission_denied",
    message:
      "Queue batch was not updated: the token of the control plane may not write queues. Give its role the right `queue.update`.",
    report: null,
  } as const;
  return makeTarget(
    "lab",
    { state: "Failed", reason: "PermissionDenied", message: outcome.message, minutes: 64 },
    { plan, failures: 3, passes: [makePass("lab", outcome, { plan })] },
  );
}

function paused(): TargetDetail {
  const pause = {
    id: "p1",
    target: "edge",
    address: null,
    by: "operator",
    reason: "The data centre is being moved this week.",
    at: minutesAgo(300),
    until: minutesAgo(-1440),
  };
  const one = { ...pause, id: "p2", address: "queue.batch", reason: "Under investigation.", until: null } as const;
  return makeTarget(
    "edge",
    {
      state: "Paused",
      reason: "Paused",
      message: "Paused by operator: The data centre is being moved this week.",
      minutes: 300,
    },
    { pauses: [pause, one], pinned_revision: EARLIER, plan: keepSituation("edge", "readme-cluster-changes-pool") },
  );
}

function unreached(): TargetDetail {
  const message =
    "The control plane at https://acme.example.com did not answer within 10 s. It is asked again in 2 minutes.";
  return makeTarget(
    "apac",
    { state: "Inconclusive", reason: "ControlPlaneUnreachable", message, minutes: 9 },
    { passes: [makePass("apac", { kind: "inconclusive", step: "read", code: "unavailable", message })] },
  );
}

function synced(): TargetDetail {
  const plan = keepSituation("staging", "2026-11-nothing-differs-and-nothing-is-planned");
  return makeTarget(
    "staging",
    { state: "Synced", reason: "NothingToDo", message: "The control plane matches the repository.", minutes: 2900 },
    { plan, applied_revision: plan.revision, last_success_at: minutesAgo(2) },
  );
}

/** The last of the changes undoes what someone did outside, the others are of commits. */
function withDrift(plan: Plan): Plan {
  const last = plan.changes.length - 1;
  return {
    ...plan,
    changes: plan.changes.map((change, index) => ({ ...change, origin: index === last ? "drift" : "commit" })),
  };
}

function audit(target: string): readonly AuditEntry[] {
  const entry = {
    id: "a1",
    at: minutesAgo(200),
    target,
    who: "operator",
    via: "cli",
    action: "reconcile",
    details: {},
  };
  return [
    {
      ...entry,
      id: "a3",
      at: minutesAgo(12),
      who: "approver",
      via: "page",
      action: "approve",
      details: { digest: "4c2869545853", overrides: [] },
    },
    {
      ...entry,
      id: "a2",
      at: minutesAgo(180),
      action: "pause",
      details: { address: "queue.batch", reason: "Under investigation." },
    },
    entry,
  ];
}

/** The plans and passes of a world, for those who follow links. */
export function listLinks(world: readonly TargetDetail[]): {
  readonly plans: readonly KeptPlan[];
  readonly passes: readonly PassRecord[];
} {
  return {
    plans: world.flatMap(({ plan }) => (plan === null ? [] : [plan])),
    passes: world.flatMap(({ passes }) => passes),
  };
}
