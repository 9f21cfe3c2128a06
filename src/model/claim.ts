import type { Kind } from "./address.ts";

/**
 * A name that a wrong document takes all the same: nothing is built from it, but references to it are not called unknown, so
 * that one mistake is reported once.
 */
export interface Claim {
  readonly kind: Kind;
  readonly name: string;
  /** Clusters that a wrong ClusterPool lists; empty for other kinds. */
  readonly members: readonly string[];
}
