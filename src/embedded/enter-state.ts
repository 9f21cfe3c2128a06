import type { LifecycleState } from "../model/live.ts";
import type { ClusterRecord, QueueRecord } from "./state.ts";

/** A cluster or queue in its next state: the generation grows by one, `deleted_at` says when it was deleted. */
export function enterState<R extends ClusterRecord | QueueRecord>(record: R, state: LifecycleState, now: number): R {
  const deleted_at = state === "deleted" ? now : null;
  return { ...record, state, generation: record.generation + 1, updated_at: now, deleted_at };
}
