import { formatAddress } from "../address.ts";
import type { Impact } from "./plan.ts";

/** The override under which a delete does not wait for work. */
export const IN_FLIGHT = "in-flight";

/** Whose work a change at an address may concern, each by a name that never changes, as an address: how much it is comes and goes. */
export function listWorkAt(impact: readonly Impact[], address: string): readonly string[] {
  const busy = impact.filter((work) => work.addresses.includes(address) && mayHaveWork(work));
  return busy.map(({ queue }) => formatAddress("queue", queue));
}

/** Whether a queue has work, or that is unknown. */
export function mayHaveWork({ in_flight: work }: Impact): boolean {
  return work === null || work.runs_in_flight > 0 || work.actions_in_flight > 0 || work.current_depth > 0;
}

/** A check or hold that an approval may override, once. */
export interface Offer {
  /** As an approval names it: `freeze`, `window`, `paused`, `drift`, `in-flight`, or the name of a check that fails. */
  readonly name: string;
  /** What does not run without it, or of `in-flight` where work is interrupted, in the plan's order; empty where a check speaks of no object. */
  readonly addresses: readonly string[];
  /** Nothing runs without all that are needed; a rollout that only waits for work does not continue before that work has ended. */
  readonly needed: boolean;
}

/** Why something is not taken. */
export interface Refusal {
  /** Stable, as the API answers with it. */
  readonly code: string;
  /** For people: what to do, or who may. */
  readonly message: string;
}

/** The code of the refusal of an approval while it is not known whose requests the plan applies. */
export const NOT_LOOKED_AT = "not_looked_at";

/** What one reader may decide about a plan now, and what would come of it: what is offered anywhere is offered by this. */
export interface Prospect extends Foresight {
  /** What the reader's decision would be refused with; null: it is taken, an approval with the offers that are needed. */
  readonly refused: { readonly approve: Refusal | null; readonly reject: Refusal | null };
  /** The approval of this plan that counts now; null: there is none. */
  readonly approved: { readonly by: string; readonly overrides: readonly string[] } | null;
  /** Who rejected the plan, or one of which it is what is left, where that stands, and why (null: not known); null: no one. */
  readonly rejected: { readonly by: string; readonly at: string; readonly reason: string | null } | null;
  /**
   * The newest rejection of the target that this takes into account, by its number; 0: none. An approval names the one that its user was
   * shown.
   */
  readonly decided: number;
  /** The command that approves the plan with all that it needs, after all where it was rejected; null: the reader's is refused. */
  readonly command: string | null;
}

/** What would come of an approval before it is given. */
export interface Foresight {
  /**
   * `runs`: the next pass applies something because of it. `later`: not before the moment `at`, and then automatically; `at` null: after
   * the required number of drift sightings. `held`: nothing runs without the offers that are needed; where none is, no override helps.
   * `idle`: all that may run does so without an approval. `stale`: the plan does something else than what would be approved.
   */
  readonly kind: "runs" | "later" | "held" | "idle" | "stale";
  /** ISO 8601 in UTC; null unless it runs later and the moment is known. */
  readonly at: string | null;
  /** Of what is held, why, for people; "" where something runs. */
  readonly message: string;
  /** What it could override and does not. */
  readonly offers: readonly Offer[];
}
