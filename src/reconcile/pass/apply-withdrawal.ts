import type { WindowConfig } from "../../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Approval } from "../../model/passes/approval.ts";
import { nameWritten, type Writing } from "../../model/plan/name-changed.ts";
import { isPausedBy, isPauseLifted } from "../../plan/policy/judge-holds.ts";
import { judgeWindows } from "../../plan/policy/judge-windows.ts";

/** Whether what runs may still run; looked at right before each write. */
export interface Withdrawal {
  /** Aborted when it may not: nothing new is begun. The reason is an OperationalError `withdrawn`. */
  readonly signal: AbortSignal;
  /** Throws that reason when the target or an object of the plan was paused, a window closed, or the approval it runs under has ended. */
  check(): Promise<void>;
}

/** What is applied: `plan` writes nothing of what was paused when that was decided. */
export interface Withdrawable {
  readonly target: string;
  readonly plan: Writing;
  /** What it runs under; null: nothing of it needs one. */
  readonly approval: Approval | null;
  /** The change windows, and when it was decided by them. */
  readonly windows: readonly WindowConfig[];
  readonly decided_at: string;
}

/**
 * Ends a run when it is paused, rejected or superseded in the meantime, or when its windows close: what it has begun by then is continued by the
 * next pass, which begins nothing else. A pause that the approval overrides does not count.
 */
export function applyWithdrawal(
  records: Pick<DaemonRecords, "readPauses" | "readApprovals" | "now">,
  { target, plan, approval, windows, decided_at }: Withdrawable,
): Withdrawal {
  // Once: a plan has as many writes as changes, and this is asked before each.
  const written = new Set([...nameWritten(plan).values()].flatMap((names) => [...names]));
  const lifting = { overrides: new Set(approval?.overrides), given: approval?.at };
  const withdrawn = new AbortController();
  // What runs while they are closed was begun before, or is allowed.
  const mayClose = windows.length > 0 && judgeWindows(windows, decided_at).open;
  const findReason = async () => {
    const pauses = (await records.readPauses(target)).filter((pause) => !isPauseLifted(pause, lifting));
    const pause = pauses.find((one) => isPausedBy(one, written));
    if (pause !== undefined) return `${pause.address ?? "The target"} was paused by ${pause.by}`;
    if (mayClose && !judgeWindows(windows, await records.now()).open) return "A change window closed";
    if (approval === null) return null;
    const now = (await records.readApprovals(target)).find(({ id }) => id === approval.id);
    return now?.state === "running" ? null : "The approval that it ran under has ended";
  };
  return {
    signal: withdrawn.signal,
    check: async () => {
      const reason = await findReason();
      if (reason === null) return;
      const message = `${reason}: no further write is sent. The rollout resumes once it may.`;
      const error = new OperationalError("withdrawn", message, { next: "stop" });
      withdrawn.abort(error);
      throw error;
    },
  };
}
