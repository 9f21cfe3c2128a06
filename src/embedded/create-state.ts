import type { Generation } from "../model/live.ts";
import { applyChanges } from "./apply-changes.ts";
import type { Change, State, Table } from "./state.ts";

/** A state with nothing in it, not even the pool `default`: what a store is loaded into. */
export function createEmptyState(org: string, generation: Generation): State {
  return {
    org,
    generation,
    pool: emptyTable(),
    cluster: emptyTable(),
    queue: emptyTable(),
    work: emptyTable(),
    operator: emptyTable(),
    setting: emptyTable(),
    by: {
      members: new Map(),
      queues: new Map(),
      wildcards: new Map(),
      pins: new Map(),
      buckets: new Map(),
      workOfQueue: new Map(),
      workOnCluster: new Map(),
      unsettledClusters: new Set(),
      unsettledQueues: new Set(),
    },
  };
}

/** What a new organization starts with: the pool `default`, on a bucket of its own. */
export function provisionOrganization(org: string, now: number): readonly Change[] {
  const config = {
    object_store_ref: { uri: `s3://${org}-default-metadata`, endpoint: "" },
    secret_store: { type: "KUBERNETES", locator: "" },
    image_registry: null,
  };
  const record = { name: "default", config, created_at: now, updated_at: now, deleted_at: null };
  return [{ table: "pool", key: "default", record }];
}

/** A state of its own with the same records: what is done to one leaves the other alone. */
export function copyState(state: State): State {
  const copy = createEmptyState(state.org, state.generation);
  applyChanges(copy, listRecords(state));
  return copy;
}

/** Every record of the state as the change that writes it, in order. */
export function listRecords(state: State): readonly Change[] {
  return [
    ...state.pool.keys.flatMap((key) => writeOf("pool", key, state.pool)),
    ...state.cluster.keys.flatMap((key) => writeOf("cluster", key, state.cluster)),
    ...state.queue.keys.flatMap((key) => writeOf("queue", key, state.queue)),
    ...state.work.keys.flatMap((key) => writeOf("work", key, state.work)),
    ...state.operator.keys.flatMap((key) => writeOf("operator", key, state.operator)),
    ...state.setting.keys.flatMap((key) => writeOf("setting", key, state.setting)),
  ];
}

function writeOf<Name extends Change["table"], Row>(table: Name, key: string, rows: Table<Row>) {
  const record = rows.rows.get(key);
  return record === undefined ? [] : [{ table, key, record }];
}

function emptyTable<Row>(): Table<Row> {
  return { rows: new Map(), keys: [] };
}
