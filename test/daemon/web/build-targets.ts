import type { TargetDetail } from "../../../src/model/daemon/daemon-service.ts";
import type { KeptPlan, PassOutcome, PassRecord, Trigger } from "../../../src/model/passes/pass.ts";
import type { State } from "../../../src/model/passes/status.ts";
import type { ApplyReport } from "../../../src/model/plan/apply-report.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { endSteps, readPlan } from "../../report/read-plan.ts";

/** The moment at which all of this is looked at. */
export const NOW = new Date("2026-11-05T10:00:00.000Z");

/** A moment so many minutes ago. */
export function minutesAgo(minutes: number): string {
  return new Date(NOW.getTime() - minutes * 60_000).toISOString();
}

export const REVISION = "4f2a9c81d0b7e6530c1f4a2b9d8e7f6051423344";
export const EARLIER = "b81e07d24a6f9c3355d0e1a7c4b2980f6e5d4c3b";

/** A plan as it is kept. */
export function keep(target: string, plan: Plan, made = minutesAgo(4)): KeptPlan {
  return { target, digest: plan.digest, revision: REVISION, made_at: made, plan };
}

/** The plan of one of the planner's situations, as it is kept. */
export function keepSituation(target: string, situation: string): KeptPlan {
  return keep(target, readPlan(situation));
}

let passes = 0;

/** A pass that ended so. */
export function makePass(
  target: string,
  outcome: PassOutcome,
  { trigger = "push", minutes = 4, plan = null }: { trigger?: Trigger; minutes?: number; plan?: KeptPlan | null } = {},
): PassRecord {
  passes += 1;
  return {
    id: `run-${target}-${passes}`,
    target,
    trigger,
    started_at: minutesAgo(minutes + 0.05),
    ended_at: minutesAgo(minutes),
    revision: REVISION,
    digest: plan?.digest ?? null,
    outcome,
  };
}

/** What came of a plan's steps; by default each was applied. */
export function report(
  plan: Plan,
  statusOf: (id: string) => "applied" | "waiting" | "skipped" | undefined,
): ApplyReport {
  const steps = endSteps(plan, statusOf);
  const status = steps.some((step) => step.status === "waiting") ? "waiting" : "applied";
  return {
    digest: plan.digest,
    status,
    steps: steps.map((step) =>
      step.status === "waiting"
        ? { ...step, message: "2 runs and 9 actions are in flight, 4 wait in the queue" }
        : step,
    ),
    done: status === "applied" ? plan.summary : { add: 0, change: 1, replace: 0, destroy: 0 },
    begun: [],
    left_drained: [],
  };
}

/** A target at rest, with whatever is given in place of that. */
export function makeTarget(
  name: string,
  status: { readonly state: State; readonly reason: string; readonly message: string; readonly minutes?: number },
  rest: Partial<TargetDetail> = {},
): TargetDetail {
  const last = rest.passes?.[0] ?? makePass(name, { kind: "synced" }, { trigger: "poll" });
  return {
    target: name,
    status: {
      state: status.state,
      reason: status.reason,
      message: status.message,
      since: minutesAgo(status.minutes ?? 34),
    },
    last_pass: last,
    applied_revision: EARLIER,
    good_revision: REVISION,
    pinned_revision: null,
    last_success_at: minutesAgo(130),
    failures: 0,
    drift_since: null,
    looked_at: null,
    drifted: [],
    contests: [],
    objects: [],
    unreachable: [],
    updated_at: minutesAgo(4),
    source: "https://git.example.com/acme/pools.git, branch main, folder production",
    control_plane: "https://acme.example.com",
    org: "acme",
    warnings: [],
    requests_trouble: null,
    left_behind: [],
    other_writes: [],
    pauses: [],
    approvals: [],
    running: null,
    plan: null,
    passes: [last],
    applied: [
      {
        target: name,
        revision: EARLIER,
        at: minutesAgo(130),
        digest: "7".repeat(64),
        pass: `run-${name}-earlier`,
        approval: null,
        place: "main:",
      },
    ],
    audit: [],
    ...rest,
  };
}
