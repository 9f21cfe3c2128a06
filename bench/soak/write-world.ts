import { dump } from "js-yaml";
import { describeFlyte } from "./flyte-world.ts";
import { ROW_KINDS, readRowName } from "./rows.ts";
import type { World } from "./world.ts";

/** The manifests of a world, by path. */
export function writeWorld(world: World): ReadonlyMap<string, string> {
  const { pools, clusters, queues, defaultQueue, memoryLimit, projectQueue, rows, flyte } = world;
  const lifecycle = world.ignoresStates ? { lifecycle: { ignore_changes: ["state"] } } : {};
  const run = defaultQueue === null ? {} : { "run.default_queue": defaultQueue };
  return new Map(
    Object.entries({
      ...files("pools", pools, (name, { bucket, locator, previously }) => ({
        name,
        ...(previously !== null && { previously }),
        config: {
          object_store_ref: { uri: `s3://bucket-${bucket}` },
          secret_store: { type: "AWS_SECRETS_MANAGER", locator },
        },
      })),
      ...files("clusters", clusters, (name, { pool, drained, runConcurrency, previously }) => ({
        ...{ name, pool, ...lifecycle },
        ...(previously !== null && { previously }),
        ...(drained && { state: "drained" }),
        ...(runConcurrency !== null && { queue: { run_concurrency: runConcurrency } }),
      })),
      ...files("queues", queues, (name, queue) => ({
        ...{ name, ...lifecycle },
        ...(queue.previously !== null && { previously: queue.previously }),
        cluster_pool: queue.pool,
        clusters: queue.clusters.length === 0 ? ["*"] : queue.clusters,
        ...{ run_concurrency: 20, action_concurrency: 400, depth: queue.depth, priority: queue.priority },
        ...(queue.drained && { state: "drained" }),
      })),
      ...files("flyte-clusters", flyte, describeFlyte),
      ...Object.fromEntries(
        [...rows].map(([row, value]) => {
          const { folder, scope } = readRowName(row);
          const [project, domain, workflow] = scope.split("/");
          const object = {
            project,
            ...(domain && { domain }),
            ...(workflow && { workflow }),
            [ROW_KINDS[folder].key]: value,
          };
          return [`${folder}/${scope.replaceAll("/", ".")}.yaml`, dump(object)];
        }),
      ),
      ...(projectQueue !== null && {
        "settings/project1.yaml": dump({
          scope: { domain: "development", project: "project1" },
          settings: { "run.default_queue": projectQueue },
        }),
      }),
      "settings/organization.yaml": dump({
        settings: { "task_resource.max.memory": `${memoryLimit}Gi` },
      }),
      "settings/development.yaml": dump({
        scope: { domain: "development" },
        authoritative: true,
        settings: { "task_resource.max.cpu": 16, ...run },
      }),
    }),
  );
}

/** What no manifest may look like; each makes the whole revision invalid. */
export const BROKEN_MANIFESTS: readonly string[] = [
  "name: broken\n  cluster_pool: pa\n",
  "name: broken\ncluster_pool: no-such-pool\nrun_concurrency: 1\naction_concurrency: 1\n",
  "name: broken\ncluster_pool: default\nrun_concurency: 1\naction_concurrency: 1\n",
  "name: broken\ncluster_pool: default\nclusters: []\nrun_concurrency: 1\naction_concurrency: 1\n",
];

function files<T>(folder: string, objects: ReadonlyMap<string, T>, describe: (name: string, object: T) => object) {
  return Object.fromEntries(
    [...objects].map(([name, object]) => [`${folder}/${name}.yaml`, dump(describe(name, object))]),
  );
}
