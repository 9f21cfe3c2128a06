import type { ClusterCapacity, LiveCluster } from "../../model/objects/live.ts";
import { cutForeignList } from "../../model/secrets/cut-foreign.ts";
import { maskCredentials } from "../../model/secrets/mask-credentials.ts";
import { decodeLastChange } from "./authorship-codec.ts";
import type { Cluster, ClusterDrainStatus, Resources } from "./gen/cloudidl/cluster/cluster_pb.js";
import { State, Status_Health } from "./gen/cloudidl/cluster/cluster_pb.js";
import { decodeLifecycleState } from "./lifecycle-state-codec.ts";
import { decodeDataPlane } from "./pool-codec.ts";

/**
 * A cluster as the planner sees it, of either generation: its pool is `pool`, else the first of `pools` (2026-07), else
 * `default`; without a `drain_status` (2026-07) it is active with generation "0".
 */
export function decodeCluster(cluster: Cluster): LiveCluster {
  const { spec, status, drainStatus } = cluster;
  const name = spec?.id?.name ?? "";
  return {
    kind: "cluster",
    name,
    pool: cluster.pool?.name || cluster.pools[0]?.name || "default",
    state: decodeLifecycleState(`cluster "${name}"`, drainStatus?.overallState ?? 0, cluster.deletedAt),
    generation: `${drainStatus?.generation ?? 0n}`,
    health: decodeHealth(status?.health),
    unhealthy_reasons: cutForeignList(status?.unhealthyReasons ?? []).map(maskCredentials),
    enabled: spec?.state !== State.DISABLED,
    data_plane: decodeDataPlane(status?.operatorClusterData),
    queues: cluster.queues.map((queue) => queue.name),
    drained: decodeDrained(drainStatus),
    capacity: decodeCapacity(status?.capabilities?.resources?.capacity),
    assigned_config: spec?.assignedConfigId ?? "",
    synced_config: status?.syncedConfig?.configId ?? "",
    ...decodeLastChange(cluster.authorship),
  };
}

/** A health unknown to us is `unknown`: it is shown and never decides what is written. */
function decodeHealth(health: Status_Health | undefined): LiveCluster["health"] {
  if (health === Status_Health.HEALTHY) return "healthy";
  return health === Status_Health.UNHEALTHY ? "unhealthy" : "unknown";
}

function decodeDrained(status: ClusterDrainStatus | undefined): LiveCluster["drained"] {
  if (status?.workloads === undefined) return null;
  return { runs: status.workloads.runs?.drained ?? false, apps: status.workloads.apps?.drained ?? false };
}

function decodeCapacity(capacity: Resources | undefined): ClusterCapacity | null {
  if (capacity === undefined) return null;
  return {
    cpu: Number(capacity.cpuUnscaled),
    memory_mb: Number(capacity.memoryMega),
    gpu: Number(capacity.gpuUnscaled),
  };
}
