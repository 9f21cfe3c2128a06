import { type ClusterService, ClusterState } from "../../systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { findCluster } from "../state/find-record.ts";
import { refuse } from "../state/refuse.ts";
import type { Change, ClusterRecord, State } from "../state/state.ts";
import { statusToJson } from "../wire/assess-health.ts";
import { clusterToWire } from "../wire/cluster-wire.ts";
import { checkOrganization, readName } from "./check-request.ts";
import { activateCluster, deleteCluster, drainCluster, undeleteCluster } from "./cluster-states.ts";
import { countRows, listPage } from "./list-page.ts";
import { moveCluster } from "./move-cluster.ts";
import { registerClusters } from "./register-cluster.ts";
import type { Rules } from "./rules.ts";

/** The rules of ClusterService, both generations. */
export const clusterRules: Rules<typeof ClusterService> = {
  createCluster(state, request, now) {
    const name = readName(state, request.clusterId);
    return {
      response: {},
      changes: registerClusters(state, new Map([[name, request.clusterPoolName || "default"]]), now),
    };
  },

  updateCluster(state, request, now) {
    const cluster = findCluster(state, readName(state, request.clusterId));
    return { response: {}, changes: moveCluster(state, cluster, request.clusterPoolName, now) };
  },

  updateClusterState(state, request, now) {
    const cluster = findCluster(state, readName(state, request.clusterId));
    const change = request.state === ClusterState.DRAINING ? drainCluster : activateCluster;
    return answer(state, change(state, cluster, request.expectedGeneration, now), cluster, now);
  },

  deleteCluster(state, request, now) {
    const cluster = findCluster(state, readName(state, request.clusterId));
    if (state.generation === "2026-07") {
      return {
        response: { cluster: clusterToWire(state, cluster, now) },
        changes: deregisterCluster(state, cluster, now),
      };
    }
    if (request.expectedGeneration === 0n) {
      throw refuse(
        "invalid_argument",
        "expected_generation is required: the drain_status.generation of the cluster as read",
      );
    }
    return answer(state, deleteCluster(state, cluster, request.expectedGeneration, now), cluster, now);
  },

  undeleteCluster(state, request, now) {
    const cluster = findCluster(state, readName(state, request.clusterId));
    return answer(state, undeleteCluster(state, cluster, now), cluster, now);
  },

  getCluster(state, request, now) {
    const cluster = findCluster(state, readName(state, request.clusterId));
    if (cluster.deleted_at !== null && !request.includeDeleted) {
      throw refuse("not_found", `cluster "${cluster.name}" is deleted; ask with include_deleted to see it`);
    }
    return { response: { cluster: clusterToWire(state, cluster, now) } };
  },

  listClusters(state, request, now) {
    checkOrganization(state, request.organization);
    const { rows, token } = listPage(state, "cluster", request.request);
    return { response: { clusters: rows.map((record) => clusterToWire(state, record, now)), token } };
  },

  count(state, request) {
    checkOrganization(state, request.organization);
    return { response: { count: BigInt(countRows(state, "cluster", request.filters)) } };
  },

  heartbeat(state, request) {
    findReporting(state, readName(state, request.clusterId));
    return { response: {} };
  },

  updateStatus(state, request, now) {
    const cluster = findReporting(state, readName(state, request.clusterId));
    if (request.status === undefined) {
      throw refuse("invalid_argument", `the report of cluster "${cluster.name}" carries no status`);
    }
    const status = statusToJson(request.status);
    return {
      response: {},
      changes: [{ table: "cluster", key: cluster.name, record: { ...cluster, status, updated_at: now } }],
    };
  },
};

function findReporting(state: State, name: string): ClusterRecord {
  const cluster = findCluster(state, name);
  if (cluster.state === "deleted") {
    throw refuse("not_found", `cluster "${name}" is deleted`);
  }
  return cluster;
}

function answer(state: State, changes: readonly Change[], cluster: ClusterRecord, now: number) {
  const written = changes.find((change) => change.table === "cluster" && change.key === cluster.name);
  const record = written?.table === "cluster" && written.record !== null ? written.record : cluster;
  return { response: { cluster: clusterToWire(state, record, now) }, changes };
}

/**
 * Deletes a cluster as 2026-07 does: immediately, permanently, and from every selector that names it. Its co-named queue stays,
 * bound to its pool, with an empty selector.
 */
function deregisterCluster(state: State, cluster: ClusterRecord, now: number): readonly Change[] {
  const pinning = [...(state.by.pins.get(cluster.name) ?? [])].sort();
  return [
    { table: "cluster", key: cluster.name, record: null },
    ...pinning.flatMap((name) => unpin(state, name, cluster.name, now)),
  ];
}

function unpin(state: State, queueName: string, cluster: string, now: number): readonly Change[] {
  const queue = state.queue.rows.get(queueName);
  if (queue === undefined) {
    return [];
  }
  const spec = { ...queue.spec, clusters: queue.spec.clusters.filter((member) => member !== cluster) };
  return [{ table: "queue", key: queueName, record: { ...queue, spec, updated_at: now } }];
}
