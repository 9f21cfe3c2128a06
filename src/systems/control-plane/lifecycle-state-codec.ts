import { OperationalError } from "../../model/errors/operational-error.ts";
import type { LifecycleState } from "../../model/objects/live.ts";
import { nameForeign } from "../../model/secrets/cut-foreign.ts";

/** Clusters and queues number their states alike (enums ClusterState and QueueState). 0 is what 2026-07 clusters have. */
const STATES: readonly LifecycleState[] = ["active", "active", "draining", "drained", "deleting", "deleted"];

/**
 * The life-cycle state of a record. A record with `deleted_at` is deleted unless it still says that it is deleting. A state
 * unknown to us is an error: nothing can be planned safely around it.
 */
export function decodeLifecycleState(what: string, state: number, deletedAt: unknown): LifecycleState {
  const known = STATES[state];
  if (known === undefined) {
    throw new OperationalError(
      "unknown_state",
      `The control plane reports state ${state} for ${nameForeign(what)}, which is unknown to this version of poolkeeper; upgrade it.`,
      { next: "stop" },
    );
  }
  return deletedAt !== undefined && known !== "deleting" ? "deleted" : known;
}
