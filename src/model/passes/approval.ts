import type { Allowance } from "../plan/plan.ts";
import { moveOf, type Transitions } from "../transitions.ts";

/** A user's permission to apply one plan. It opens a rollout: later plans of the same revision that are a remainder run under it. */
export interface Approval {
  readonly id: string;
  readonly target: string;
  readonly digest: string;
  readonly revision: string | null;
  readonly by: string;
  /** How it came: `cli`, `api`, `page`, or a forge. */
  readonly via: string;
  /** When it was given, which on a forge may be earlier than when it was read. */
  readonly at: string;
  /** Until when it starts anything; an object that its rollout has begun to change is carried to its end. */
  readonly expires_at: string;
  /** Names of checks and holds that it overrides once (`window`, `freeze`, `max-disruption-share` and the like). */
  readonly overrides: readonly string[];
  /**
   * Where the checks among them failed in the plan as it was approved, and which freeze and windows there were: nothing else is overridden.
   * Left out: given under an earlier release; then the plan kept with the digest decides, and no freeze and no window is overridden.
   */
  readonly allowances?: readonly Allowance[];
  readonly state: ApprovalState;
}

/** `open`: not begun; `running`: a rollout under it has begun; the others have ended. */
export type ApprovalState = "open" | "running" | "done" | "expired" | "superseded" | "rejected";

/**
 * What moves an approval. `begin`: a pass is about to write under it. `finish`: nothing is left to do under it. `expire`: its time is over, and
 * nothing that has begun is left. `supersede`: it is for something else than what is to be applied now, or is replaced by a wider one.
 * `reject`: the target's plan was rejected. `restore`: the store was restored from a backup, and what had begun is not resumed.
 */
export type ApprovalEvent = "begin" | "finish" | "expire" | "supersede" | "reject" | "restore";

/** All of them. */
export const APPROVAL_EVENTS: readonly ApprovalEvent[] = [
  "begin",
  "finish",
  "expire",
  "supersede",
  "reject",
  "restore",
];

const ENDED = { begin: null, finish: null, expire: null, supersede: null, reject: null, restore: null } as const;

/** How approvals move: what has ended stays so, and each event leads to one state. `moveApprovals` of the store is the only statement that moves one. */
export const APPROVAL_TRANSITIONS: Transitions<ApprovalState, ApprovalEvent> = {
  open: {
    begin: "running",
    finish: "done",
    expire: "expired",
    supersede: "superseded",
    reject: "rejected",
    // It is given still.
    restore: null,
  },
  running: {
    // Each pass of a rollout begins under it.
    begin: "running",
    finish: "done",
    expire: "expired",
    supersede: "superseded",
    reject: "rejected",
    restore: "superseded",
  },
  done: ENDED,
  expired: ENDED,
  superseded: ENDED,
  rejected: ENDED,
};

/** The states of an approval that counts. */
export const COUNTING_STATES = moveOf(APPROVAL_TRANSITIONS, "finish").from;

/** Whether an approval has not ended. Whether it may start anything now depends on its time too: `isStanding` says. */
export function counts({ state }: Pick<Approval, "state">): boolean {
  return COUNTING_STATES.includes(state);
}
