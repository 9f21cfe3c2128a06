import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Approval } from "../../model/passes/approval.ts";
import { nameWritten, type Writing } from "../../model/plan/name-changed.ts";
import { isPausedBy, isPauseLifted } from "../../plan/policy/judge-holds.ts";

/** Whether what runs may still run; looked at right before each write. */
export interface Withdrawal {
  /** Aborted when it may not: nothing new is begun. The reason is an OperationalError `withdrawn`. */
  readonly signal: AbortSignal;
  /** Throws that reason when the target or an object of the plan was paused, or the approval it runs under has ended. */
  check(): Promise<void>;
}

/** What is applied: `plan` writes nothing of what was paused when that was decided. */
export interface Withdrawable {
  readonly target: string;
  readonly plan: Writing;
  /** What it runs under; null: nothing of it needs one. */
  readonly approval: Approval | null;
}

/** Ends a run when it is paused, rejected or superseded in the meantime. A pause that the approval overrides does not count. */
export function applyWithdrawal(
  records: Pick<DaemonRecords, "readPauses" | "readApprovals">,
  { target, plan, approval }: Withdrawable,
): Withdrawal {
  // Once: a plan has as many writes as changes, and this is asked before each.
  const written = new Set([...nameWritten(plan).values()].flatMap((names) => [...names]));
  const lifting = { overrides: new Set(approval?.overrides), given: approval?.at };
  const withdrawn = new AbortController();
  const findReason = async () => {
    const pauses = (await records.readPauses(target)).filter((pause) => !isPauseLifted(pause, lifting));
    const pause = pauses.find((one) => isPausedBy(one, written));
    if (pause !== undefined) return `${pause.address ?? "The target"} was paused by ${pause.by}`;
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
