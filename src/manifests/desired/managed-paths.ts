import type { NamedKind } from "../../kinds/registry.ts";
import { QUEUE_RESOURCES } from "../../model/spec.ts";

const LIMITS = [
  "run_concurrency",
  "action_concurrency",
  "depth",
  "priority",
  "fairness",
  "scheduling",
  "max_resources",
  ...QUEUE_RESOURCES.map((name) => `max_resources.${name}`),
  "max_accelerators",
];

const MANAGED: Readonly<Record<NamedKind, readonly string[]>> = {
  cluster_pool: [
    "config",
    "config.object_store_ref",
    "config.object_store_ref.uri",
    "config.object_store_ref.endpoint",
    "config.secret_store",
    "config.secret_store.type",
    "config.secret_store.locator",
    "config.image_registry",
    "config.image_registry.locator",
  ],
  cluster: ["pool", "state", "queue", ...LIMITS.map((path) => `queue.${path}`)],
  queue: ["cluster_pool", "clusters", "state", ...LIMITS],
};
const KNOWN: Readonly<Record<NamedKind, ReadonlySet<string>>> = {
  cluster_pool: new Set(MANAGED.cluster_pool),
  cluster: new Set(MANAGED.cluster),
  queue: new Set(MANAGED.queue),
};

/** The dotted paths of the fields of a kind that poolkeeper compares and writes: what `ignore_changes` may name. */
export function listManagedPaths(kind: NamedKind): readonly string[] {
  return MANAGED[kind];
}

/** Whether a dotted path names a managed field. Below `max_accelerators` any selector is one. */
export function isManagedPath(kind: NamedKind, path: string): boolean {
  return (
    KNOWN[kind].has(path) ||
    (kind !== "cluster_pool" &&
      /^(queue\.)?max_accelerators\../.test(path) &&
      path.startsWith("queue.") === (kind === "cluster"))
  );
}
