import { findLivePool } from "../state/find-record.ts";
import { refuse } from "../state/refuse.ts";
import type { Change, QueueRecord, State, StoredQueueSpec } from "../state/state.ts";
import { checkNewName } from "./check-request.ts";

/**
 * Registers clusters, given as name -> pool, all or none: each with its co-named queue (same name, same pool, selector =
 * itself), and the organization's queue `default` where it does not exist yet. A queue of a cluster's name that already exists
 * on a 2026-07 control plane keeps its pool and selector.
 */
export function registerClusters(state: State, clusters: ReadonlyMap<string, string>, now: number): readonly Change[] {
  for (const [name, pool] of clusters) {
    checkClusterName(state, name, pool);
    checkRegistrationPool(state, pool);
  }
  return writeRegistrations(state, clusters, now);
}

/**
 * Registers the members in a pool's definition that are not registered yet. A member of the pool stays; one of another pool is
 * refused, since this cannot move a cluster; members that are not listed stay too.
 */
export function addMembers(state: State, pool: string, names: readonly string[], now: number): readonly Change[] {
  const known = (name: string) => state.cluster.rows.get(name);
  const other = names.find((name) => known(name) !== undefined && known(name)?.pool !== pool);
  if (other !== undefined) {
    throw refuse(
      "failed_precondition",
      `member_clusters names cluster "${other}" of cluster pool "${known(other)?.pool}"; this adds clusters and moves none`,
    );
  }
  const added = new Map(names.filter((name) => known(name) === undefined).map((name) => [name, pool]));
  for (const name of added.keys()) {
    checkClusterName(state, name, pool);
  }
  return writeRegistrations(state, added, now);
}

function writeRegistrations(state: State, clusters: ReadonlyMap<string, string>, now: number): readonly Change[] {
  const registrations = [...clusters].flatMap(([name, pool]) => registerCluster(state, name, pool, now));
  return registrations.length === 0 ? [] : [...ensureDefaultQueue(state, now), ...registrations];
}

function registerCluster(state: State, name: string, pool: string, now: number): readonly Change[] {
  const record = {
    name,
    pool,
    pool_since: now,
    state: "active" as const,
    generation: 1,
    enabled: true,
    apps: 0,
    status: null,
    created_at: now,
    updated_at: now,
    deleted_at: null,
  };
  const queue = state.queue.rows.has(name) ? [] : [createServerQueue(name, pool, [name], now)];
  return [{ table: "cluster", key: name, record }, ...queue];
}

function checkClusterName(state: State, name: string, pool: string): void {
  checkNewName("cluster", name);
  const existing = state.cluster.rows.get(name);
  if (existing?.state === "deleted") {
    throw refuse(
      "already_exists",
      `cluster "${name}" is deleted and keeps its name; undelete it to use the name again`,
    );
  }
  if (existing !== undefined && existing.pool !== pool && state.generation === "2026-07") {
    throw refuse(
      "failed_precondition",
      `cluster "${name}" is registered in cluster pool "${existing.pool}" and cannot change to "${pool}"; delete it and register it under a new name`,
    );
  }
  if (existing !== undefined) {
    throw refuse("already_exists", `cluster "${name}" is registered already, in cluster pool "${existing.pool}"`);
  }
  if (state.generation === "2026-11") {
    checkQueueNames(state, name);
  }
}

function checkQueueNames(state: State, name: string): void {
  if (name === "default") {
    throw refuse("invalid_argument", 'the cluster name "default" is reserved');
  }
  if (state.queue.rows.has(name)) {
    throw refuse(
      "already_exists",
      `a queue named "${name}" exists; a cluster and a queue of its own cannot share a name`,
    );
  }
}

function checkRegistrationPool(state: State, name: string): void {
  const pool = state.pool.rows.get(name);
  if (name === "default" && pool !== undefined && pool.deleted_at !== null) {
    throw refuse("failed_precondition", 'cluster pool "default" is deleted; name another pool or undelete it');
  }
  findLivePool(state, name);
}

function ensureDefaultQueue(state: State, now: number): readonly Change[] {
  const pool = state.pool.rows.get("default");
  const missing = !state.queue.rows.has("default") && pool !== undefined && pool.deleted_at === null;
  return missing ? [createServerQueue("default", "default", ["*"], now)] : [];
}

function createServerQueue(name: string, pool: string, clusters: readonly string[], now: number): Change {
  const spec: StoredQueueSpec = {
    run_concurrency: 0,
    action_concurrency: 0,
    depth: 10_000,
    priority: "medium",
    fairness: "round_robin",
    scheduling: "unspecified",
    clusters,
    cluster_pool: pool,
    max_resources: {},
    max_accelerators: [],
  };
  const record: QueueRecord = {
    name,
    spec,
    state: "active",
    generation: 1,
    created_at: now,
    updated_at: now,
    deleted_at: null,
  };
  return { table: "queue", key: name, record };
}
