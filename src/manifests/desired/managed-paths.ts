import type { NamedKind } from "../../kinds/registry.ts";
import type { DesiredPool } from "../../model/objects/desired.ts";
import { LIMITS, type Limit, QUEUE_LIMITS } from "../../model/objects/queue-limits.ts";
import { QUEUE_RESOURCES } from "../../model/objects/spec.ts";

const LIMIT_PATHS = LIMITS.flatMap((limit) => [
  limit,
  ...(isForm(limit, "quantities") ? QUEUE_RESOURCES.map((name) => `${limit}.${name}`) : []),
]);
/** Where the path of any device starts. */
const DEVICES = LIMITS.filter((limit) => isForm(limit, "devices")).map((limit) => `${limit}.`);

function isForm(limit: Limit, form: (typeof QUEUE_LIMITS)[Limit]["form"]): boolean {
  return QUEUE_LIMITS[limit].form === form;
}

/** Each dotted path to a field, or to one below it. */
type PathOf<Fields> = {
  [Name in keyof Fields & string]:
    | Name
    | (NonNullable<Fields[Name]> extends object ? `${Name}.${PathOf<NonNullable<Fields[Name]>>}` : never);
}[keyof Fields & string];

const POOL_PATHS: Readonly<Record<PathOf<Pick<DesiredPool, "config">>, true>> = {
  config: true,
  "config.object_store_ref": true,
  "config.object_store_ref.uri": true,
  "config.object_store_ref.endpoint": true,
  "config.secret_store": true,
  "config.secret_store.type": true,
  "config.secret_store.locator": true,
  "config.image_registry": true,
  "config.image_registry.locator": true,
};

const MANAGED: Readonly<Record<NamedKind, readonly string[]>> = {
  cluster_pool: Object.keys(POOL_PATHS),
  cluster: ["pool", "state", "queue", ...LIMIT_PATHS.map((path) => `queue.${path}`)],
  queue: ["cluster_pool", "clusters", "state", ...LIMIT_PATHS],
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
  if (KNOWN[kind].has(path)) return true;
  if (kind === "cluster_pool") return false;
  const before = kind === "cluster" ? "queue." : "";
  return DEVICES.some((start) => path.startsWith(before + start) && path !== before + start);
}
