import type { Approval, DaemonRecords } from "../model/daemon-records.ts";
import { OperationalError } from "../model/operational-error.ts";

/** Whether what runs may still run; looked at right before each write. */
export interface Withdrawal {
  /** Aborted when it may not: nothing new is begun. The reason is an OperationalError `withdrawn`. */
  readonly signal: AbortSignal;
  /** Throws that reason when the target was paused, or the approval it runs under has ended. */
  check(): Promise<void>;
}

/** Heeds who changes their mind while a plan is carried out. A pause that an approval overrides does not count. */
export function heedWithdrawal(
  records: Pick<DaemonRecords, "readPauses" | "readApprovals">,
  target: string,
  approval: Approval | null,
): Withdrawal {
  const withdrawn = new AbortController();
  const findReason = async () => {
    const isPauseLifted = approval?.overrides.includes("paused") === true;
    const pause = (await records.readPauses(target)).find(({ address }) => address === null);
    if (pause !== undefined && !isPauseLifted) return `The target was paused by ${pause.by}`;
    if (approval === null) return null;
    const now = (await records.readApprovals(target)).find(({ id }) => id === approval.id);
    return now?.state === "running" ? null : "The approval that it ran under has ended";
  };
  return {
    signal: withdrawn.signal,
    check: async () => {
      const reason = await findReason();
      if (reason === null) return;
      const message = `${reason}: no further write is sent. What was begun goes on once it may.`;
      const error = new OperationalError("withdrawn", message, { next: "stop" });
      withdrawn.abort(error);
      throw error;
    },
  };
}
