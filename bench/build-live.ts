import {
  CAPABILITIES,
  type Generation,
  type LiveCluster,
  type LiveQueue,
  type LiveState,
  UNION_ONLY,
} from "../src/model/objects/live.ts";
import type { QueueSpec } from "../src/model/objects/spec.ts";
import { buildPoolConfig, buildQueueSpec, buildServerQueueSpec } from "./build-specs.ts";
import type { BenchCluster, BenchWorld } from "./build-world.ts";

const NOT_TOLD = { changed_by: null, changed_at: null };

/** The live state of a world that was applied in full, as it would be read; without a single object: a new organization. */
export function buildLive(world: BenchWorld | null, generation: Generation): LiveState {
  const { pools, clusters, queues } = world ?? { pools: [], clusters: [], queues: [] };
  const members = Map.groupBy(clusters, ({ pool }) => pool);
  const buildQueue = (name: string, spec: QueueSpec, managed = false): LiveQueue => ({
    kind: "queue",
    name,
    spec,
    state: "active",
    generation: generation === "2026-11" ? "1" : "0",
    cluster_managed: managed && generation === "2026-11",
    available_clusters: spec.clusters[0] === "*" ? (members.get(spec.cluster_pool) ?? []).map(nameOf) : spec.clusters,
    ...NOT_TOLD,
  });
  return {
    org: "acme",
    endpoint: "http://127.0.0.1:9",
    capabilities: CAPABILITIES[generation],
    ...UNION_ONLY,
    pools: ["default", ...pools]
      .map((name) => ({
        kind: "cluster_pool" as const,
        name,
        config: buildPoolConfig(name),
        deleted: false,
        ...NOT_TOLD,
      }))
      .sort(compareNames),
    clusters: clusters.map((cluster) => buildCluster(cluster, generation)),
    queues: [
      ...queues.map((queue) => buildQueue(queue.name, buildQueueSpec(queue))),
      ...clusters.map(({ name, pool }) => buildQueue(name, buildServerQueueSpec(pool, [name]), true)),
      ...(clusters.length === 0 ? [] : [buildQueue("default", buildServerQueueSpec("default", ["*"]))]),
    ].sort(compareNames),
  };
}

function buildCluster({ name, pool }: BenchCluster, generation: Generation): LiveCluster {
  const managed = generation === "2026-11";
  return {
    kind: "cluster",
    name,
    pool,
    state: "active",
    generation: managed ? "1" : "0",
    health: "healthy",
    unhealthy_reasons: [],
    enabled: true,
    data_plane: buildPoolConfig(pool),
    queues: [],
    drained: managed ? { runs: true, apps: true } : null,
    capacity: { cpu: 64, memory_mb: 262_144, gpu: 8 },
    assigned_config: "a",
    synced_config: "a",
    ...NOT_TOLD,
  };
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

function compareNames(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}
