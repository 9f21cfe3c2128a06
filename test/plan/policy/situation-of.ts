import type { DriftConfig, PolicyConfig } from "../../../src/model/daemon/daemon-config.ts";
import type { Approval } from "../../../src/model/passes/approval.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { bindOverrides } from "../../../src/plan/policy/bind-overrides.ts";
import type { Situation } from "../../../src/plan/policy/decide-what-runs.ts";
import type { ApprovedPlan } from "../../../src/plan/policy/find-approval.ts";
import { planOf } from "./plan-of.ts";

export const NOW = "2026-06-01T12:00:00.000Z";

export const POLICY: PolicyConfig = {
  auto_apply: "update",
  prune: "owned",
  max_destroy_share: 0.3,
  on_pool_change: "auto",
  freeze: null,
  windows: [],
  rules: [],
  approval: { approvers: [], expires_ms: 86_400_000 },
};

export const DRIFT: DriftConfig = {
  schedule: null,
  time_zone: "UTC",
  action: "report",
  kinds: {},
  sightings: 1,
  seen_for_ms: 0,
  destructive: false,
  contested_after: 5,
  contested_within_ms: 3_600_000,
};

/** A situation in which nothing stands in the way of creations and updates. Approvals that do not say what they let through are given in it. */
export function situationOf({
  policy: changed,
  drift,
  approvals = [],
  ...rest
}: Partial<Omit<Situation, "policy" | "drift">> & {
  readonly policy?: Partial<PolicyConfig>;
  readonly drift?: Partial<DriftConfig>;
} = {}): Situation {
  const policy = { ...POLICY, ...changed };
  return {
    plan: planOf(),
    policy,
    drift: { ...DRIFT, ...drift },
    approvals: approvals.map(({ approval, plan }) => {
      return { plan, approval: { allowances: bindOverrides({ approval, plan }, policy), ...approval } };
    }),
    rejection: null,
    pauses: [],
    sightings: [],
    contests: [],
    appliedRevision: null,
    unreviewed: [],
    now: NOW,
    begun: new Set(),
    ...rest,
  };
}

/** An approval of a plan that has not begun and is valid for an hour. */
export function approve(plan: Plan, rest: Partial<Approval> = {}): ApprovedPlan {
  const approval: Approval = {
    id: "a1",
    target: "prod",
    digest: plan.digest,
    revision: plan.revision,
    by: "ops",
    via: "cli",
    at: "2026-06-01T11:00:00.000Z",
    expires_at: "2026-06-01T13:00:00.000Z",
    overrides: [],
    state: "open",
    ...rest,
  };
  return { approval, plan };
}
