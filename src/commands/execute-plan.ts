import { randomUUID } from "node:crypto";
import { applyPlan } from "../apply/apply-plan.ts";
import { systemClock } from "../apply/clock.ts";
import { guardTarget } from "../apply/guard-writer.ts";
import type { ApplyReport } from "../model/apply-report.ts";
import type { Ledger } from "../model/ledger.ts";
import type { Plan } from "../model/plan.ts";
import type { Target } from "./open-target.ts";
import { showProgress } from "./show-progress.ts";
import type { Hold } from "./with-lease.ts";

/** How a plan is carried out and shown meanwhile. */
export interface ExecuteOptions {
  readonly waitMs: number;
  readonly parallelism: number;
  readonly json: boolean;
  readonly colour: boolean;
}

/** Carries out a plan with its progress on stderr. No write is sent, and no ownership recorded, without the lease. */
export async function executePlan(
  plan: Plan,
  target: Target,
  { lease, store, signal }: Hold,
  options: ExecuteOptions,
): Promise<ApplyReport> {
  const isTerminal = process.stdout.isTTY === true && process.stderr.isTTY === true;
  const progress = showProgress(plan, isTerminal && options.colour && !options.json);
  const ledger: Ledger = {
    ...store,
    recordOwned: async (object) => {
      lease.check();
      await store.recordOwned(object);
    },
    forgetOwned: async (address) => {
      lease.check();
      await store.forgetOwned(address);
    },
  };
  try {
    return await applyPlan(
      plan,
      { ...guardTarget(target, lease.confirm), ledger, clock: systemClock },
      {
        wait_ms: options.waitMs,
        parallelism: options.parallelism,
        signal,
        onEvent: progress.onEvent,
        run_id: randomUUID(),
      },
    );
  } finally {
    await progress.end();
  }
}
