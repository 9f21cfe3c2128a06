import fc from "fast-check";
import {
  type Desired,
  type DesiredCluster,
  type DesiredPool,
  type DesiredQueue,
  type Lifecycle,
  NOTHING_DESIRED,
} from "../../src/model/objects/desired.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { QUEUE_DEFAULTS } from "../../src/model/objects/spec.ts";

/** What every test object has unless it says otherwise. */
export const LIFECYCLE: Lifecycle = {
  prevent_destroy: false,
  on_remove: "delete",
  ignore_changes: [],
  drain_timeout_ms: null,
  await: "registered",
};

const POOLS = ["default", "pa", "pb", "pc"] as const;
const CLUSTERS = ["c1", "c2", "c3", "c4", "c5"] as const;
const QUEUES = ["q1", "q2", "q3", "q4"] as const;

/** A pool with a bucket of its own. */
export function desiredPool(name: string, locator = "us-east-1"): DesiredPool {
  return {
    kind: "cluster_pool",
    address: `cluster_pool.${name}`,
    name,
    previously: null,
    lifecycle: LIFECYCLE,
    source: { file: "pools/a.yaml", line: 1 },
    config: {
      object_store_ref: { uri: `s3://bucket-${name}`, endpoint: "" },
      secret_store: { type: "AWS_SECRETS_MANAGER", locator },
      image_registry: null,
    },
  };
}

/** A cluster in a pool. */
export function desiredCluster(name: string, pool: string, rest: Partial<DesiredCluster> = {}): DesiredCluster {
  return {
    kind: "cluster",
    address: `cluster.${name}`,
    name,
    previously: null,
    lifecycle: LIFECYCLE,
    source: { file: "clusters/a.yaml", line: 1 },
    pool,
    state: "active",
    data_plane: null,
    registration: { name: null, previous: null },
    queue: null,
    ...rest,
  };
}

/** A queue of a pool. */
export function desiredQueue(
  name: string,
  pool: string,
  clusters: readonly string[],
  rest: Partial<DesiredQueue> = {},
): DesiredQueue {
  return {
    kind: "queue",
    address: `queue.${name}`,
    name,
    previously: null,
    lifecycle: LIFECYCLE,
    source: { file: "queues/a.yaml", line: 1 },
    spec: { ...QUEUE_DEFAULTS, cluster_pool: pool, clusters, run_concurrency: 1, action_concurrency: 2 },
    declared: ["run_concurrency", "action_concurrency"],
    state: "active",
    ...rest,
  };
}

/** A seed for a folder of manifests: any choice makes a valid one. */
interface Choices {
  readonly clusters: readonly { present: boolean; pool: number; drained: boolean; limits: boolean }[];
  readonly queues: readonly {
    present: boolean;
    pool: number;
    members: readonly boolean[];
    drained: boolean;
    depth: number;
  }[];
  readonly locator: string;
}

const choices: fc.Arbitrary<Choices> = fc.record({
  clusters: fc.tuple(
    ...CLUSTERS.map(() =>
      fc.record({
        present: fc.boolean(),
        pool: fc.nat(POOLS.length - 1),
        drained: fc.integer({ min: 0, max: 5 }).map((roll) => roll === 0),
        limits: fc.boolean(),
      }),
    ),
  ),
  queues: fc.tuple(
    ...QUEUES.map(() =>
      fc.record({
        present: fc.boolean(),
        pool: fc.nat(POOLS.length - 1),
        members: fc.tuple(...CLUSTERS.map(() => fc.boolean())),
        drained: fc.integer({ min: 0, max: 5 }).map((roll) => roll === 0),
        depth: fc.integer({ min: 1, max: 3 }),
      }),
    ),
  ),
  locator: fc.constantFrom("us-east-1", "us-west-2"),
});

/** Folders of manifests as they get resolved: references hold, no queue routes nowhere, names do not collide. */
export function arbitraryDesired(generation: Generation): fc.Arbitrary<Desired> {
  return choices.map((chosen) => build(chosen, generation === "2026-11"));
}

function build({ clusters, queues, locator }: Choices, states: boolean): Desired {
  const members = new Map<string, string[]>();
  const drained = new Set<string>();
  const desiredClusters = CLUSTERS.flatMap((name, index) => {
    const choice = clusters[index];
    if (choice === undefined || !choice.present) return [];
    const pool = POOLS[choice.pool] ?? "default";
    members.set(pool, [...(members.get(pool) ?? []), name]);
    const off = states && choice.drained;
    if (off) drained.add(name);
    const queue = choice.limits ? { run_concurrency: 7 } : null;
    return [desiredCluster(name, pool, { state: off ? "drained" : "active", queue })];
  });
  const desiredQueues = QUEUES.flatMap((name, index) => {
    const choice = queues[index];
    const pool = POOLS[choice?.pool ?? 0] ?? "default";
    const all = members.get(pool) ?? [];
    if (choice === undefined || !choice.present || all.length === 0) return [];
    const named = all.filter((cluster) => choice.members[CLUSTERS.indexOf(cluster as never)] === true);
    const pinned = named.filter((cluster) => !drained.has(cluster));
    const state = states && choice.drained ? "drained" : "active";
    const queue = desiredQueue(name, pool, pinned.length === 0 ? ["*"] : pinned, { state });
    return [{ ...queue, spec: { ...queue.spec, depth: choice.depth } }];
  });
  const used = new Set([...members.keys(), ...desiredQueues.map((queue) => queue.spec.cluster_pool)]);
  const pools = POOLS.filter((name) => name !== "default" && used.has(name)).map((name) => desiredPool(name, locator));
  return { ...NOTHING_DESIRED, pools, clusters: desiredClusters, queues: desiredQueues };
}
