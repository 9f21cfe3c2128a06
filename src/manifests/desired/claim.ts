import type { Kind } from "../../kinds/registry.ts";

/**
 * A name that a document may declare that could not be read in full: nothing is built from it, but references to it are not
 * called unknown, so that one mistake is reported once.
 */
export interface Claim {
  readonly kind: Kind;
  /** {@link ANY_NAME} where not even the name can be guessed: then no reference to the kind is called unknown. */
  readonly name: string;
}

/** Stands for every name; no object can have it. */
export const ANY_NAME = "*";
