import { buildReport } from "../src/embedded/model/build-report.ts";
import type { Change } from "../src/embedded/state/state.ts";
import type { QueueSpec } from "../src/model/objects/spec.ts";
import { buildPoolConfig, buildQueueSpec, buildServerQueueSpec } from "./build-specs.ts";
import type { BenchCluster, BenchWorld } from "./build-world.ts";

/** The embedded control plane's records of a world that was applied in full and whose operators have reported. */
export function buildRecords({ pools, clusters, queues }: BenchWorld, now: number): readonly Change[] {
  const times = { created_at: now, updated_at: now, deleted_at: null };
  const writeQueue = (name: string, spec: QueueSpec): Change => ({
    table: "queue",
    key: name,
    record: { name, spec: { ...spec, max_accelerators: [] }, state: "active", generation: 1, ...times },
  });
  const writeCluster = ({ name, pool }: BenchCluster): Change => ({
    table: "cluster",
    key: name,
    record: {
      name,
      pool,
      pool_since: now,
      state: "active",
      generation: 1,
      enabled: true,
      apps: 0,
      status: buildReport(buildPoolConfig(pool), "config"),
      ...times,
    },
  });
  return [
    ...pools.map(
      (name): Change => ({ table: "pool", key: name, record: { name, config: buildPoolConfig(name), ...times } }),
    ),
    ...clusters.map(writeCluster),
    // In the order of their names, which is what the tables are kept in.
    ...clusters.map(({ name, pool }) => writeQueue(name, buildServerQueueSpec(pool, [name]))),
    writeQueue("default", buildServerQueueSpec("default", ["*"])),
    ...queues.map((queue) => writeQueue(queue.name, buildQueueSpec(queue))),
  ];
}
