import type { Generation } from "../../model/objects/live.ts";
import { applyChanges } from "./apply-changes.ts";
import type { Change, State, Table } from "./state.ts";

/** An empty state, without even the pool `default`: a store is loaded into it. */
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

/** The initial state of a new organization: the pool `default`, with a bucket of its own. */
export function provisionOrganization(org: string, now: number): readonly Change[] {
  const config = {
    object_store_ref: { uri: `s3://${org}-default-metadata`, endpoint: "" },
    secret_store: { type: "KUBERNETES", locator: "" },
    image_registry: null,
  };
  const record = { name: "default", config, created_at: now, updated_at: now, deleted_at: null };
  return [{ table: "pool", key: "default", record }];
}

/** An independent copy of a state. */
export function copyState(state: State): State {
  const copy = createEmptyState(state.org, state.generation);
  applyChanges(copy, listRecords(state));
  return copy;
}

/** The changes that write every record of the state, in order. */
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
