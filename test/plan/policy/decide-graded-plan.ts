import type { Address } from "../../../src/model/address.ts";
import type { DriftConfig, PolicyConfig } from "../../../src/model/daemon/daemon-config.ts";
import type { Pause, Sighting } from "../../../src/model/daemon/daemon-records.ts";
import type { Approval } from "../../../src/model/passes/approval.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { type Decision, decideWhatRuns } from "../../../src/plan/policy/decide-what-runs.ts";
import type { ApprovedPlan } from "../../../src/plan/policy/find-approval.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, situationOf } from "./situation-of.ts";

/** Of a cluster. */
export const deletion = change("cluster.old", { action: "delete", before: { pool: "prod" }, after: null });
/** Of a queue that is there. */
export const update = change("queue.fast");
/** Of a queue. */
export const creation = change("queue.new", { action: "create", before: null, action_reason: "absent" });
const drifted = change("queue.lost", { origin: "drift" });
const drained = change("cluster.off", {
  origin: "drift",
  before: { pool: "prod", state: "active" },
  after: { pool: "prod", state: "drained" },
});

/** One change of each grade, and a drift of each kind. */
export const plan = planOf({
  changes: [deletion, update, creation, drifted, drained],
  steps: [
    step("cluster.old", "delete"),
    step("queue.fast", "update"),
    step("queue.new", "create"),
    step("queue.lost", "update"),
    step("cluster.off", "drain"),
  ],
});

/** Before the approvals were given. */
const PAUSED_AT = "2026-06-01T09:00:00.000Z";
/** Of an object, or of all where it is null. */
export const pause = (address: Address | null, until: string | null = null): Pause => ({
  ...{ id: "p1", target: "prod", address, by: "ops", reason: "moving house", at: PAUSED_AT, until },
});
const SEEN: readonly Sighting[] = [];

/** What the decision depends on beside {@link plan}. */
export interface Row {
  readonly policy?: Partial<PolicyConfig>;
  readonly drift?: Partial<DriftConfig>;
  readonly approvals?: readonly ApprovedPlan[];
  readonly pauses?: readonly Pause[];
  readonly sightings?: readonly Sighting[];
  readonly begun?: ReadonlySet<string>;
  readonly appliedRevision?: string | null;
  readonly plan?: Plan;
}

/** What runs of {@link plan}, or of the row's own. */
export const decide = (row: Row): Decision => decideWhatRuns(situationOf({ plan, sightings: SEEN, ...row }));

/** An approval of a plan. */
export const approved = (rest: Partial<Approval> = {}, of: Plan = plan) => ({ approvals: [approve(of, rest)] });
/** Drift is undone. */
export const revert = { action: "revert" } as const;
