import { listSome } from "../../model/text/list-some.ts";
import { refuse } from "./refuse.ts";
import type { ClusterRecord, PoolRecord, QueueRecord, State } from "./state.ts";

/** The stored pool, deleted or not; throws `not_found`. */
export function findPool(state: State, name: string): PoolRecord {
  const pool = state.pool.rows.get(name);
  if (pool === undefined) {
    throw refuse("not_found", `cluster pool "${name}" does not exist`);
  }
  return pool;
}

/** The live pool; a deleted one is `not_found`, and the message says how to undelete it. */
export function findLivePool(state: State, name: string): PoolRecord {
  const pool = findPool(state, name);
  if (pool.deleted_at !== null) {
    throw refuse("not_found", `cluster pool "${name}" is deleted; undelete it first`);
  }
  return pool;
}

/** The stored cluster, deleted or not; throws `not_found`. */
export function findCluster(state: State, name: string): ClusterRecord {
  const cluster = state.cluster.rows.get(name);
  if (cluster === undefined) {
    throw refuse("not_found", `cluster "${name}" does not exist`);
  }
  return cluster;
}

/** The stored queue, deleted or not; throws `not_found`. */
export function findQueue(state: State, name: string): QueueRecord {
  const queue = state.queue.rows.get(name);
  if (queue === undefined) {
    throw refuse("not_found", `queue "${name}" does not exist`);
  }
  return queue;
}

/** Refuses to change or refer to a record that is deleting or deleted. */
export function checkNotDeleted(kind: string, record: ClusterRecord | QueueRecord, what: string): void {
  if (record.state === "deleting" || record.state === "deleted") {
    throw refuse("failed_precondition", `${kind} "${record.name}" is ${record.state} and cannot be ${what}`);
  }
}

/** Refuses a change that was based on an older generation of the record (optimistic lock). */
export function checkGeneration(kind: string, record: ClusterRecord | QueueRecord, expected: bigint): void {
  if (expected !== BigInt(record.generation)) {
    throw refuse(
      "aborted",
      `${kind} "${record.name}" has changed: its generation is ${record.generation}, not ${expected}; read it again`,
    );
  }
}

/** Names for a message: sorted, quoted, at most five. */
export function quoteNames(names: Iterable<string>): string {
  const sorted = [...names].sort();
  return listSome(
    sorted.map((name) => `"${name}"`),
    5,
  );
}
