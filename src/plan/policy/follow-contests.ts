import type { Address } from "../../model/address.ts";
import type { DriftConfig } from "../../model/daemon/daemon-config.ts";
import type { Contest } from "../../model/daemon/daemon-records.ts";
import type { ApplyReport } from "../../model/plan/apply-report.ts";
import { type Change, isNoOp, type LeftFields, type Plan } from "../../model/plan/plan.ts";
import { isPutBack, isPutBackStep } from "../../model/plan/put-back.ts";
import type { DriftVerdict } from "./judge-drift.ts";

/** What is known of contests after a pass. */
export interface ContestFacts {
  readonly before: readonly Contest[];
  readonly drift: DriftConfig;
  /** What the pass planned, and what of it was drift. */
  readonly plan: Pick<Plan, "changes">;
  readonly decision: {
    readonly drift: Pick<DriftVerdict, "addresses" | "holds">;
    /** As `Decision.leave`. */
    readonly leave?: readonly LeftFields[];
  };
  /** What it applied; null: nothing. */
  readonly report: ApplyReport | null;
  /** What a pass has set back that was killed before it was counted. */
  readonly killed: readonly Address[];
  /** When it ended, ISO 8601 in UTC. */
  readonly at: string;
}

/**
 * Counts what a pass set back, and notes what it left alone for having been set back too often. Forgotten is what was set back longer
 * ago than counts, what a commit changes, and what was left alone and is as it should be now. What is set back although it was left
 * alone was decided by a user: it is counted from one again.
 */
export function followContests(facts: ContestFacts): readonly Contest[] {
  const { before, drift, plan, decision, report, killed } = facts;
  if (drift.contested_after === 0) return [];
  const known = new Map(before.map((contest) => [contest.address, contest]));
  const drifted = new Set(decision.drift.addresses);
  const changes = new Map(plan.changes.filter(isEffective).map((change) => [change.address, change]));
  const left = new Set((decision.leave ?? []).filter(({ of }) => of === "drift").map(({ address }) => address));
  const own = report && { ...report, steps: report.steps.filter((step) => !isPutBackStep(step)) };
  const reverted = listReverted(own, drifted.difference(left)).union(new Set(killed));
  return [...new Set([...known.keys(), ...reverted])].sort().flatMap((address) => {
    const change = changes.get(address);
    if (change !== undefined && !drifted.has(address)) return [];
    const changed_by = change?.changed_by ?? null;
    const contest = known.get(address) ?? { address, reverted_at: [], held_since: null, changed_by };
    const isHeld = decision.drift.holds.get(address)?.reason === "drift_contested";
    return follow({ ...contest, changed_by }, { isReverted: reverted.has(address), isHeld }, facts);
  });
}

function isEffective(change: Change): boolean {
  return !isNoOp(change) && !isPutBack(change);
}

/** Of what was changed outside, that which was undone to the end: what has to drain first counts once it has. */
export function listReverted(report: ApplyReport | null, drifted: ReadonlySet<Address>): ReadonlySet<Address> {
  const steps = Map.groupBy(report?.steps ?? [], ({ address }) => address);
  const done = [...steps].filter(
    ([address, own]) =>
      drifted.has(address) && own.every(({ status }) => status === "applied") && own.some(({ op }) => op !== "await"),
  );
  return new Set(done.map(([address]) => address));
}

function follow(
  contest: Contest,
  { isReverted, isHeld }: { readonly isReverted: boolean; readonly isHeld: boolean },
  { drift, decision, at }: ContestFacts,
): readonly Contest[] {
  const wasHeld = contest.held_since !== null;
  const recent = contest.reverted_at.filter((moment) => isRecent(moment, at, drift));
  if (isReverted) return [{ ...contest, reverted_at: [...(wasHeld ? [] : recent), at], held_since: null }];
  if (isHeld) return [{ ...contest, held_since: contest.held_since ?? at }];
  const isGone = !decision.drift.addresses.includes(contest.address);
  if ((wasHeld && isGone) || recent.length === 0) return [];
  return [{ ...contest, reverted_at: recent, held_since: null }];
}

/** Whether what was set back then still counts now; both ISO 8601. */
export function isRecent(then: string, now: string, { contested_within_ms }: DriftConfig): boolean {
  return Date.parse(now) - Date.parse(then) <= contested_within_ms;
}
