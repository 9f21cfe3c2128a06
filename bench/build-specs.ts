import { type PoolConfig, QUEUE_DEFAULTS, type QueueSpec } from "../src/model/objects/spec.ts";
import type { BenchQueue } from "./build-world.ts";

/** A pool's contract, on a bucket of its own. */
export function buildPoolConfig(name: string): PoolConfig {
  return {
    object_store_ref: { uri: `s3://acme-metadata-${name}`, endpoint: "" },
    secret_store: { type: "AWS_SECRETS_MANAGER", locator: "us-east-1" },
    image_registry: { locator: `registry.example.com/${name}` },
  };
}

/** A queue as manifests and control plane have it. */
export function buildQueueSpec({ pool, clusters, depth }: BenchQueue): QueueSpec {
  return { ...QUEUE_DEFAULTS, cluster_pool: pool, clusters, run_concurrency: 20, action_concurrency: 400, depth };
}

/** The queue that a server makes itself: the co-named one of a cluster, and `default`. */
export function buildServerQueueSpec(pool: string, clusters: readonly string[]): QueueSpec {
  const unlimited = { run_concurrency: 0, action_concurrency: 0, scheduling: "unspecified" };
  return { ...QUEUE_DEFAULTS, ...unlimited, cluster_pool: pool, clusters };
}
