import type { PoolConfig } from "../../model/objects/spec.ts";
import type {
  ClusterPool,
  ClusterPoolService,
} from "../../systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import { findLivePool, findPool, quoteNames } from "../state/find-record.ts";
import { metadataBucket } from "../state/metadata-bucket.ts";
import { refuse } from "../state/refuse.ts";
import type { Change, PoolRecord, State } from "../state/state.ts";
import { poolConfigFromWire, poolToWire } from "../wire/pool-wire.ts";
import { checkNewName, checkOrganization, readName } from "./check-request.ts";
import { listPage } from "./list-page.ts";
import { addMembers, registerClusters } from "./register-cluster.ts";
import type { Rules } from "./rules.ts";

/** The rules of ClusterPoolService, both generations. */
export const poolRules: Rules<typeof ClusterPoolService> = {
  create(state, request, now) {
    const pool = requirePool(request.clusterPool);
    const name = checkNewName("cluster pool", readName(state, pool.id));
    const existing = state.pool.rows.get(name);
    if (existing !== undefined) {
      const remedy = existing.deleted_at === null ? "" : " and is deleted; undelete it to use the name again";
      throw refuse("already_exists", `cluster pool "${name}" exists already${remedy}`);
    }
    const config = readConfig(state, name, pool);
    const members = addMembers(state, name, namesOf(pool), now);
    const record = { name, config, created_at: now, updated_at: now, deleted_at: null };
    return { response: {}, changes: [write(record), ...members] };
  },

  update(state, request, now) {
    const pool = requirePool(request.clusterPool);
    const record = findLivePool(state, readName(state, pool.id));
    const config = readConfig(state, record.name, pool);
    const members = addMembers(state, record.name, namesOf(pool), now);
    return { response: {}, changes: [write({ ...record, config, updated_at: now }), ...members] };
  },

  delete(state, request, now) {
    const record = findPool(state, readName(state, request.id));
    if (record.deleted_at !== null) {
      throw refuse("failed_precondition", `cluster pool "${record.name}" is deleted already`);
    }
    checkUnreferenced(state, record.name);
    if (state.generation === "2026-07") {
      return { response: {}, changes: [{ table: "pool", key: record.name, record: null }] };
    }
    return { response: {}, changes: [write({ ...record, deleted_at: now, updated_at: now })] };
  },

  undelete(state, request, now) {
    const record = findPool(state, readName(state, request.id));
    if (record.deleted_at === null) {
      throw refuse("failed_precondition", `cluster pool "${record.name}" is not deleted`);
    }
    checkBucket(state, record.name, record.config);
    const restored = { ...record, deleted_at: null, updated_at: now };
    return { response: { clusterPool: poolToWire(state, restored) }, changes: [write(restored)] };
  },

  get(state, request) {
    const record = findLivePool(state, readName(state, request.id));
    return { response: { clusterPool: poolToWire(state, record) } };
  },

  list(state, request) {
    checkOrganization(state, request.organization);
    const { rows, token } = listPage(state, "pool", request.request);
    return { response: { clusterPools: rows.map((record) => poolToWire(state, record)), token } };
  },

  createOrgClusterPools(state, request, now) {
    checkOrganization(state, request.organization);
    const known = Object.entries(request.clusterToPool).filter(
      ([cluster, pool]) => state.cluster.rows.get(cluster)?.pool !== pool,
    );
    return { response: {}, changes: registerClusters(state, new Map(known), now) };
  },
};

function requirePool(pool: ClusterPool | undefined): ClusterPool {
  if (pool === undefined) {
    throw refuse("invalid_argument", "the request carries no cluster pool");
  }
  return pool;
}

function namesOf(pool: ClusterPool): readonly string[] {
  return [...new Set(pool.memberClusters.map((member) => member.name))];
}

function readConfig(state: State, name: string, pool: ClusterPool): PoolConfig {
  const config = poolConfigFromWire(pool.config);
  if (config === undefined) {
    throw refuse("invalid_argument", `cluster pool "${name}" needs a config with object_store_ref and secret_store`);
  }
  checkBucket(state, name, config);
  return config;
}

function checkBucket(state: State, name: string, config: PoolConfig): void {
  const others = [...(state.by.buckets.get(metadataBucket(config.object_store_ref)) ?? [])].filter(
    (pool) => pool !== name,
  );
  if (others.length > 0) {
    const uri = config.object_store_ref.uri;
    throw refuse(
      "failed_precondition",
      `cluster pool "${name}" cannot use the bucket of ${uri}: it is the metadata bucket of ${quoteNames(others)}, and two pools never share one`,
    );
  }
}

function checkUnreferenced(state: State, name: string): void {
  if (state.generation === "2026-07" && name === "default") {
    throw refuse("failed_precondition", 'cluster pool "default" cannot be deleted');
  }
  const clusters = state.by.members.get(name);
  if (clusters !== undefined) {
    throw refuse("failed_precondition", `cluster pool "${name}" still has clusters: ${quoteNames(clusters)}`);
  }
  const queues = state.by.queues.get(name);
  if (queues !== undefined) {
    throw refuse("failed_precondition", `cluster pool "${name}" still has queues: ${quoteNames(queues)}`);
  }
}

function write(record: PoolRecord): Change {
  return { table: "pool", key: record.name, record };
}
