import { OperationalError } from "../../model/errors/operational-error.ts";
import { type Transitions, transition } from "../../model/transitions.ts";

/** A lease as its holder knows it. `held`: until then nothing else writes, by the holder's own monotonic clock. */
export type LeaseState =
  | { readonly kind: "held"; readonly until: number }
  | { readonly kind: "lost"; readonly error: OperationalError }
  | { readonly kind: "released" };

/** What happens to it. `why` completes "the lease was lost: ". */
export type LeaseEvent =
  | { readonly kind: "renewed"; readonly until: number }
  | { readonly kind: "lost"; readonly why: string }
  | { readonly kind: "released" };

/** It ends once, in one of two ways: a renewal whose answer comes after the end brings nothing back. */
export const LEASE_TRANSITIONS: Transitions<LeaseState["kind"], LeaseEvent["kind"]> = {
  held: { renewed: "held", lost: "lost", released: "released" },
  lost: { renewed: "lost", lost: "lost", released: "lost" },
  released: { renewed: "released", lost: "released", released: "released" },
};

/** The lease after an event, as {@link LEASE_TRANSITIONS} says. Pure. */
export function moveLease(state: LeaseState, event: LeaseEvent): LeaseState {
  const to = transition(LEASE_TRANSITIONS, state.kind, event.kind);
  if (to === state.kind) return prolong(state, event);
  return event.kind === "lost" ? { kind: "lost", error: leaseLost(event.why) } : { kind: "released" };
}

/** The answer to an earlier renewal may come last. */
function prolong(state: LeaseState, event: LeaseEvent): LeaseState {
  if (state.kind !== "held" || event.kind !== "renewed") return state;
  return { kind: "held", until: Math.max(state.until, event.until) };
}

/** The OperationalError `lease_lost`; `why` completes "the lease was lost: ". */
export function leaseLost(why: string): OperationalError {
  return new OperationalError(
    "lease_lost",
    `The lease on this control plane was lost: ${why}. No further write is sent. Nothing is lost: run again to continue from the current state.`,
    { next: "stop" },
  );
}
