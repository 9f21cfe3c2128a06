import { metadataBucket } from "./metadata-bucket.ts";
import { insertKey, removeKey } from "./sorted-keys.ts";
import type { Change, ClusterRecord, PoolRecord, QueueRecord, State, Table, WorkRecord } from "./state.ts";

/**
 * Writes the changes into the state, in order, and updates the ordered keys and derived maps. The only function that modifies
 * a state; its cost depends on the changes, not on the size of the state.
 */
export function applyChanges(state: State, changes: readonly Change[]): void {
  for (const change of changes) {
    applyChange(state, change);
  }
}

function applyChange(state: State, change: Change): void {
  switch (change.table) {
    case "pool":
      indexPool(state, put(state.pool, change.key, change.record), -1);
      indexPool(state, change.record, 1);
      break;
    case "cluster":
      indexCluster(state, put(state.cluster, change.key, change.record), -1);
      indexCluster(state, change.record, 1);
      break;
    case "queue":
      indexQueue(state, put(state.queue, change.key, change.record), -1);
      indexQueue(state, change.record, 1);
      break;
    case "work":
      indexWork(state, change.key, put(state.work, change.key, change.record), -1);
      indexWork(state, change.key, change.record, 1);
      break;
    case "operator":
      put(state.operator, change.key, change.record);
      break;
    case "setting":
      put(state.setting, change.key, change.record);
  }
}

function put<Row>(table: Table<Row>, key: string, record: Row | null): Row | null {
  const before = table.rows.get(key) ?? null;
  if (record === null) {
    table.rows.delete(key);
    removeKey(table.keys, key);
  } else {
    table.rows.set(key, record);
    if (before === null) {
      insertKey(table.keys, key);
    }
  }
  return before;
}

function indexPool(state: State, record: PoolRecord | null, sign: 1 | -1): void {
  if (record !== null && record.deleted_at === null) {
    count(state.by.buckets, metadataBucket(record.config.object_store_ref), record.name, sign);
  }
}

function indexCluster(state: State, record: ClusterRecord | null, sign: 1 | -1): void {
  if (record === null) {
    return;
  }
  mark(state.by.unsettledClusters, record.name, sign === 1 && isUnsettled(record));
  if (record.state !== "deleted") {
    count(state.by.members, record.pool, record.name, sign);
  }
}

function indexQueue(state: State, record: QueueRecord | null, sign: 1 | -1): void {
  if (record === null) {
    return;
  }
  mark(state.by.unsettledQueues, record.name, sign === 1 && isUnsettled(record));
  if (record.state === "deleted") {
    return;
  }
  count(state.by.queues, record.spec.cluster_pool, record.name, sign);
  for (const member of record.spec.clusters) {
    if (member === "*") {
      count(state.by.wildcards, record.spec.cluster_pool, record.name, sign);
    } else {
      count(state.by.pins, member, record.name, sign);
    }
  }
}

function indexWork(state: State, key: string, record: WorkRecord | null, sign: 1 | -1): void {
  if (record === null) {
    return;
  }
  count(state.by.workOfQueue, record.queue, key, sign);
  if (record.cluster !== null) {
    count(state.by.workOnCluster, record.cluster, key, sign);
  }
}

function isUnsettled(record: ClusterRecord | QueueRecord): boolean {
  return record.state === "draining" || record.state === "deleting";
}

function mark(names: Set<string>, name: string, present: boolean): void {
  if (present) {
    names.add(name);
  } else {
    names.delete(name);
  }
}

function count(map: Map<string, Set<string>>, key: string, name: string, sign: 1 | -1): void {
  const names = map.get(key) ?? new Set<string>();
  mark(names, name, sign === 1);
  if (names.size === 0) {
    map.delete(key);
  } else {
    map.set(key, names);
  }
}
