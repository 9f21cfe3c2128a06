import type { LifecycleState } from "../../model/objects/live.ts";
import type { ClusterRecord, QueueRecord } from "./state.ts";

/** A cluster or queue in its next state: the generation is incremented, and `deleted_at` set when it is deleted. */
export function enterState<R extends ClusterRecord | QueueRecord>(record: R, state: LifecycleState, now: number): R {
  const deleted_at = state === "deleted" ? now : null;
  return { ...record, state, generation: record.generation + 1, updated_at: now, deleted_at };
}
