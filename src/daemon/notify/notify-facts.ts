import type { Address } from "../../model/address.ts";
import type { Alarm } from "../../model/daemon/alarm.ts";
import type { TargetState, UnreachableWork } from "../../model/daemon/daemon-records.ts";
import type { ChangeEntry } from "../../model/ledger/change-log.ts";
import type { Approval } from "../../model/passes/approval.ts";
import type { KeptPlan } from "../../model/passes/pass.ts";
import type { Applying } from "../../plan/policy/show-applying.ts";
import { listHalfWay, listKilled, type UnreportedWrites } from "../../reconcile/pass/read-unreported.ts";

/** What events are found from beside the states of a target. All of it is read from the store, so that replicas agree. */
export interface NotifyFacts {
  /** The store's time, ISO 8601 in UTC. */
  readonly now: string;
  /** How often the source is asked, in milliseconds. */
  readonly poll_ms: number;
  readonly limits: StallLimits;
  /** Since when the target is looked after: what counts as its last success before the first one. */
  readonly watched_since: string;
  /**
   * Since when this process runs, where no process reconciled the target in that time: an earlier gap proves nothing. Null: the target was
   * reconciled.
   */
  readonly unlooked_since: string | null;
  /** The approval that the last pass ran under, or null. */
  readonly ran_under: Approval | null;
  /** Of the target, open and ended, as they were written down last. */
  readonly alarms: readonly Alarm[];
  /** All requests of the target, with any outcome. */
  readonly approvals: readonly Approval[];
  /** The last pass's plan, or null. */
  readonly plan: KeptPlan | null;
  /** What counts as drift now (seen often enough); empty where nothing does. */
  readonly drift: readonly Address[];
  readonly unreachable: readonly UnreachableWork[];
  /** The writes since the last report. Left out: none. */
  readonly unreported?: UnreportedWrites;
  /** The pass that applies now; left out or null: none does. */
  readonly applying?: Applying | null;
  /** When the drift schedule last came due (see `findHeartbeat`); null: no heartbeat. */
  readonly heartbeat_at: string | null;
}

/** As {@link listKilled}, for the pass that the state is of. */
export function listKilledBefore(
  { last_pass }: Pick<TargetState, "last_pass">,
  { unreported, plan }: Pick<NotifyFacts, "unreported" | "plan">,
): readonly ChangeEntry[] {
  if (unreported === undefined) return [];
  const { id: run = null, revision = null } = last_pass ?? {};
  return listKilled(unreported, { run, revision, changes: plan?.plan.changes ?? null });
}

/** As {@link listHalfWay}, for the pass that the state is of. */
export function listKilledHalfWay(
  { last_pass }: Pick<TargetState, "last_pass">,
  { unreported, plan }: Pick<NotifyFacts, "unreported" | "plan">,
): readonly ChangeEntry[] {
  if (unreported === undefined) return [];
  const { id: run = null, revision = null } = last_pass ?? {};
  return listHalfWay(unreported, { run, revision, changes: plan?.plan.changes ?? null });
}

/** When something takes too long. */
export interface StallLimits {
  /** Without a success, or without any pass: so many times the poll. */
  readonly polls: number;
  /** In `Waiting`, in milliseconds. */
  readonly waiting_ms: number;
}

/** Ten polls (20 minutes with the usual poll), and six hours for work to drain. */
export const DEFAULT_STALL_LIMITS: StallLimits = { polls: 10, waiting_ms: 6 * 3_600_000 };
