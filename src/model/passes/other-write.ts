import type { Address } from "../address.ts";

/** A foreign write that this daemon would have made itself, or that undid one of its own: a trace of another daemon. */
export interface OtherWrite {
  /** `forestalled`: what a commit asks for was there already. `undone`: what was in order was changed outside. */
  readonly kind: "forestalled" | "undone";
  readonly address: Address;
  /** The paths (dotted) of the fields that were written; never their values. */
  readonly fields: readonly string[];
  /** The revision that was to be applied, or was. */
  readonly revision: string | null;
  /** When it was found, ISO 8601 in UTC. */
  readonly at: string;
  /** Who wrote there last, where the control plane reports it; null: it does not. */
  readonly changed_by: string | null;
  /** When that was, ISO 8601; null: not reported. */
  readonly changed_at: string | null;
}
