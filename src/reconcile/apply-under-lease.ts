import type { ApplyOptions } from "../apply/apply-context.ts";
import { applyPlan } from "../apply/apply-plan.ts";
import { systemClock } from "../apply/clock.ts";
import type { Fence } from "../model/fence.ts";
import type { Cause } from "../model/ledger/change-log.ts";
import type { Ledger } from "../model/ledger/ledger.ts";
import type { ApplyEvent, ApplyReport } from "../model/plan/apply-report.ts";
import type { Plan } from "../model/plan/plan.ts";
import type { HeldLease } from "../store/leases/hold-lease.ts";
import type { Target } from "./target.ts";

/** The tools for applying a plan. */
export interface ApplyUnderLeaseOptions extends Pick<ApplyOptions, "beforeNamesEnd" | "guards"> {
  readonly lease: Pick<HeldLease, "check" | "confirm" | "now">;
  readonly ledger: Ledger;
  /** Aborted: nothing new is started. */
  readonly signal: AbortSignal;
  readonly waitMs: number;
  readonly parallelism: number;
  /** The time-out of one write, in milliseconds. */
  readonly writeMs: number;
  readonly runId: string;
  /** Why it writes, for the change log; null: nothing of it is logged. */
  readonly cause: Cause | null;
  readonly onEvent: (event: ApplyEvent) => void;
}

/** Applies a plan. No write is sent, and no ownership recorded, without the lease. Throws as {@link applyPlan} does. */
export function applyUnderLease(plan: Plan, target: Target, options: ApplyUnderLeaseOptions): Promise<ApplyReport> {
  const { lease, ledger, signal, waitMs, parallelism, writeMs, runId, cause, onEvent, ...rest } = options;
  const guarded: Ledger = {
    ...ledger,
    recordOwned: async (...recorded) => {
      lease.check();
      await ledger.recordOwned(...recorded);
    },
    moveOwned: async (moves) => {
      lease.check();
      await ledger.moveOwned(moves);
    },
    recordAllOwned: async (objects) => {
      lease.check();
      await ledger.recordAllOwned(objects);
    },
    forgetOwned: async (address) => {
      lease.check();
      await ledger.forgetOwned(address);
    },
    releaseOwned: async (address) => {
      lease.check();
      await ledger.releaseOwned(address);
    },
  };
  const toolsFor = (leaves: () => Promise<void>) => target.under(afterNoting(leaves, lease));
  return applyPlan(
    plan,
    { ...target.under(lease), toolsFor, ledger: guarded, clock: { ...systemClock, now: lease.now } },
    { wait_ms: waitMs, parallelism, write_ms: writeMs, signal, onEvent, run_id: runId, cause, ...rest },
  );
}

/** A fence that notes that a request leaves before it is confirmed. */
function afterNoting(leaves: () => Promise<void>, fence: Fence): Fence {
  return {
    confirm: async () => {
      await leaves();
      await fence.confirm();
    },
    check: () => fence.check(),
  };
}
