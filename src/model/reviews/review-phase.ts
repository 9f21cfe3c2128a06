import { type Transitions, transition } from "../transitions.ts";
import type { ReviewOutcome, UnseenMerge } from "./review.ts";

/** A request's merge. `commit` is what has to be applied. */
export interface Merge {
  readonly by: string | null;
  readonly commit: string;
  /** As long ago as the forge's clock says, by the store's clock; when it was first seen where that is unknown. */
  readonly at: string;
  /** Merges approved what was shown when it was seen first; left out: they approved nothing, and this one never does. */
  readonly approves?: true;
  /** Why it approves nothing all the same; left out: nothing speaks against it. */
  readonly unseen?: UnseenMerge;
}

/** The outcome of a request that was closed, or that goes to another branch. */
export type ClosedOutcome = Extract<ReviewOutcome, { readonly kind: "closed" }>;

/** The outcome of a merge's changes. */
export type FollowedOutcome = Exclude<ReviewOutcome, ClosedOutcome>;

/**
 * How far a request has come, for one target. `open`: it is planned. `merged`: its changes are followed until they are applied, and `outcome` is null
 * until something was found out about them. `done`: they are applied, or do not concern the target, and nothing more is to be said. `closed`: it ended
 * without them, and something is still to be said, or a comment to be judged. `left`: the same, with nothing more to be said; a merge into the branch
 * that the target had before stays known. `unlocked`: its changes no longer block other requests, as a user unlocked them.
 */
export type ReviewPhase =
  | {
      readonly phase: "open";
      readonly merged: null;
      readonly outcome: null;
      readonly unlocked: false;
      readonly settled: false;
    }
  | {
      readonly phase: "merged";
      readonly merged: Merge;
      readonly outcome: FollowedOutcome | null;
      readonly unlocked: boolean;
      readonly settled: false;
    }
  | {
      readonly phase: "done";
      readonly merged: Merge;
      readonly outcome: FollowedOutcome;
      readonly unlocked: boolean;
      readonly settled: true;
    }
  | {
      readonly phase: "closed";
      readonly merged: Merge | null;
      readonly outcome: ClosedOutcome;
      readonly unlocked: false;
      readonly settled: false;
    }
  | {
      readonly phase: "left";
      readonly merged: Merge | null;
      readonly outcome: ClosedOutcome;
      readonly unlocked: false;
      readonly settled: true;
    };

/**
 * What moves a request. `opened`: it is open, for the first time or again. `merged`: its merge was seen. `followed`: something was found out about its
 * changes. `closed`: it ended without them. `settled`: nothing more is to be said. `resumed`: something is, after all. `unlocked`: a user asked for it.
 */
export type ReviewEvent =
  | { readonly kind: "opened" }
  | { readonly kind: "merged"; readonly merged: Merge }
  | { readonly kind: "followed"; readonly outcome: FollowedOutcome | null }
  | { readonly kind: "closed"; readonly outcome: ClosedOutcome }
  | { readonly kind: "settled" }
  | { readonly kind: "resumed" }
  | { readonly kind: "unlocked" };

/** A forge may reopen a request, or be restored to before its merge: any of its reports is possible in each phase. */
const REPORTED = { opened: "open", merged: "merged", closed: "closed" } as const;

/** How requests move. */
export const REVIEW_TRANSITIONS: Transitions<ReviewPhase["phase"], ReviewEvent["kind"]> = {
  open: { ...REPORTED, followed: null, settled: null, resumed: "open", unlocked: null },
  merged: { ...REPORTED, followed: "merged", settled: "done", resumed: "merged", unlocked: "merged" },
  done: { ...REPORTED, followed: "merged", settled: "done", resumed: "merged", unlocked: "done" },
  closed: { ...REPORTED, followed: null, settled: "left", resumed: "closed", unlocked: null },
  left: { ...REPORTED, followed: null, settled: "left", resumed: "closed", unlocked: null },
};

/** A request that is open. */
export const OPEN: ReviewPhase = { phase: "open", merged: null, outcome: null, unlocked: false, settled: false };

/** A record after an event, as {@link REVIEW_TRANSITIONS} says; throws an Error where the event is impossible. Pure. */
export function moveReview<Of extends ReviewPhase>(
  record: Of,
  event: ReviewEvent,
): Omit<Of, keyof ReviewPhase> & ReviewPhase {
  return { ...record, ...nextPhase(record, event) };
}

function nextPhase(now: ReviewPhase, event: ReviewEvent): ReviewPhase {
  const to = transition(REVIEW_TRANSITIONS, now.phase, event.kind);
  switch (to) {
    case "open":
      return OPEN;
    case "merged":
    case "done":
      return nextMerged(to, now, event);
    case "closed":
    case "left":
      return nextClosed(to, now, event);
  }
}

function nextMerged(to: "merged" | "done", now: ReviewPhase, event: ReviewEvent): ReviewPhase {
  const merged = event.kind === "merged" ? event.merged : now.merged;
  if (merged === null) throw new Error("unreachable: a request is followed without its merge");
  const known = now.phase === "merged" || now.phase === "done" ? now.outcome : null;
  const outcome = event.kind === "followed" ? event.outcome : known;
  const unlocked = now.unlocked || event.kind === "unlocked";
  return to === "merged"
    ? { phase: to, merged, outcome, unlocked, settled: false }
    : { phase: to, merged, outcome: outcome ?? { kind: "merged", by: merged.by }, unlocked, settled: true };
}

function nextClosed(to: "closed" | "left", now: ReviewPhase, event: ReviewEvent): ReviewPhase {
  const known = now.phase === "closed" || now.phase === "left" ? now.outcome : ({ kind: "closed" } as const);
  const end = {
    merged: now.merged,
    outcome: event.kind === "closed" ? event.outcome : known,
    unlocked: false,
  } as const;
  return to === "closed" ? { phase: to, ...end, settled: false } : { phase: to, ...end, settled: true };
}

/** A record that is looked at again; one that was dropped in silence is dropped so again. Pure. */
export function lookAgain<Of extends ReviewPhase>(record: Of): Omit<Of, keyof ReviewPhase> & ReviewPhase {
  const isSilent = record.settled && record.outcome.kind === "merged";
  return moveReview(record, isSilent ? { kind: "followed", outcome: null } : { kind: "resumed" });
}

/** The phase alone, to be given to another state of the same record. */
export function phaseOf({ phase, merged, outcome, unlocked, settled }: ReviewPhase): ReviewPhase {
  return { phase, merged, outcome, unlocked, settled } as ReviewPhase;
}
