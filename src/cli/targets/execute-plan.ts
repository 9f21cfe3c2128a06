import { randomUUID } from "node:crypto";
import type { Cause } from "../../model/ledger/change-log.ts";
import type { ApplyReport } from "../../model/plan/apply-report.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { applyUnderLease } from "../../reconcile/apply-under-lease.ts";
import type { Hold } from "../../reconcile/hold-target.ts";
import type { Target } from "../../reconcile/target.ts";
import { DEFAULT_WRITE_TIMEOUT_MS } from "../../systems/http/transport-settings.ts";
import { showProgress } from "../output/show-progress.ts";

/** How a plan is applied, and how its progress is shown. */
export interface ExecuteOptions {
  readonly waitMs: number;
  readonly parallelism: number;
  readonly json: boolean;
  readonly colour: boolean;
  readonly cause: Cause | null;
  readonly beforeNamesEnd: () => Promise<void>;
  /** The time-out of one write, in milliseconds. Default: {@link DEFAULT_WRITE_TIMEOUT_MS}. */
  readonly timeoutMs?: number | undefined;
}

/** Applies a plan with its progress on stderr. No write is sent, and no ownership recorded, without the lease. */
export async function executePlan(
  plan: Plan,
  target: Target,
  { lease, store, signal }: Hold,
  { waitMs, parallelism, json, colour, cause, beforeNamesEnd, timeoutMs = DEFAULT_WRITE_TIMEOUT_MS }: ExecuteOptions,
): Promise<ApplyReport> {
  const isTerminal = process.stdout.isTTY === true && process.stderr.isTTY === true;
  const { onEvent, end } = showProgress(plan, isTerminal && colour && !json);
  try {
    return await applyUnderLease(plan, target, {
      lease,
      ledger: store.under(lease.record),
      signal,
      waitMs,
      parallelism,
      writeMs: timeoutMs,
      runId: randomUUID(),
      cause,
      onEvent,
      beforeNamesEnd,
    });
  } finally {
    await end();
  }
}
