import { applyPlan, isWhole } from "../apply/apply-plan.ts";
import { systemClock } from "../apply/clock.ts";
import { settleIdle } from "../apply/settle-intents.ts";
import type { Fence } from "../model/fence.ts";
import type { Ledger, LedgerReader } from "../model/ledger/ledger.ts";
import type { ApplyReport } from "../model/plan/apply-report.ts";
import type { OwnershipClaim, Plan } from "../model/plan/plan.ts";
import { isProcessGone } from "../store/leases/identify-process.ts";
import type { LeaseRecord } from "../store/leases/lease.ts";
import { createEmptyLedger } from "./empty-ledger.ts";
import type { Target } from "./target.ts";

/** Where a plan would be recorded. */
export interface Recording {
  readonly ownership: "store" | "manifest";
  /** The target's last lease when the plan was made; null: there was none. */
  readonly lease: LeaseRecord | null;
  openForWriting(): Promise<LedgerReader>;
}

/**
 * Applies a plan without steps as long as that writes nothing: then it needs no lease, and runs beside any other run. Null when there is
 * something to record or to clear; none of that was done.
 */
export async function applyNothing(
  plan: Plan,
  target: Target,
  memory: Recording,
  guards: readonly OwnershipClaim[] = [],
): Promise<ApplyReport | null> {
  const isFree = !isHeld(memory.lease);
  if (plan.ownership.settle.length > 0 && isWhole(plan) && isFree) return null;
  const readable = memory.ownership === "store" ? await memory.openForWriting() : createEmptyLedger();
  const { ledger, count } = countWrites(readable, isFree);
  const { signal } = new AbortController();
  const options = {
    wait_ms: 0,
    parallelism: 1,
    write_ms: 0,
    signal,
    onEvent: () => {},
    run_id: "",
    cause: null,
    guards,
  };
  const report = await applyPlan(plan, { ...target.under(SHUT), ledger, clock: systemClock }, options);
  return count() > 0 && memory.ownership === "store" ? null : report;
}

/** Whether earlier runs have left journal entries that are over or belong into the change log, though nothing of a whole plan runs. */
export async function hasSettled(plan: Plan, target: Target, memory: Omit<Recording, "ownership">): Promise<boolean> {
  if (isHeld(memory.lease)) return false;
  const readable = await memory.openForWriting();
  if ((await readable.readUnlogged()).length > 0) return true;
  if (plan.ownership.settle.length === 0) return false;
  const { ledger, count } = countWrites(readable, true);
  await settleIdle({ ledger, plan, reader: target.reader });
  return count() > 0;
}

/** A ledger that is read and not written. The entries of a run that is still active (not `settles`) are no leftovers. */
function countWrites(
  readable: LedgerReader,
  settles: boolean,
): { readonly ledger: Ledger; readonly count: () => number } {
  let writes = 0;
  const note = async () => {
    writes += 1;
  };
  const settle = settles ? note : async () => {};
  const ledger: Ledger = {
    ...{ ...createEmptyLedger(), ...readable, recordOwned: note, recordAllOwned: note, moveOwned: note },
    ...{ forgetOwned: note, releaseOwned: note, recordOutcome: note, settleOwnWrites: note },
    ...{ closeIntent: settle, replaceBody: settle, recordChange: settle, endRefusal: settle },
  };
  return { ledger, count: () => writes };
}

/** Without a lease nothing may be sent, and a plan without steps has nothing to send. */
const SHUT: Fence = {
  confirm: async () => SHUT.check(),
  check: () => {
    throw new Error("a plan without steps was about to write");
  },
};

function isHeld(lease: LeaseRecord | null): boolean {
  return lease !== null && !lease.released && Date.parse(lease.expires_at) > Date.now() && !isProcessGone(lease);
}
