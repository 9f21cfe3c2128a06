import type { Address, Kind, NamedKind } from "../model/address.ts";
import { formatAddress, NAMED_KINDS } from "../model/address.ts";
import type { OwnedObject } from "../model/ledger.ts";
import type { LiveCluster, LivePool, LiveQueue } from "../model/live.ts";
import { isCoNamed, isLive, type World } from "./index-world.ts";
import type { PlanInput } from "./plan-input.ts";

/** A live object to delete because no manifest names it any more. */
export interface Removal {
  readonly address: Address;
  readonly object: LivePool | LiveCluster | LiveQueue;
  /** What was remembered of it; null when it was never owned (`--prune all`). */
  readonly owned: OwnedObject | null;
}

/** What becomes of live objects that no manifest names. */
export interface Leftovers {
  readonly removals: readonly Removal[];
  /** Owned objects that are let go without being deleted. */
  readonly forgotten: readonly OwnedObject[];
  /** Owned objects without a manifest that `--prune none` keeps. */
  readonly kept: readonly OwnedObject[];
  /** Strangers, as `kind.name`: listed and left alone. */
  readonly unmanaged: readonly string[];
}

/**
 * Sorts the live objects that no assignment stands for: pruned, forgotten, or left alone. Pool and queue `default` and the
 * co-named queues are never pruned.
 */
export function findLeftovers(
  input: PlanInput,
  world: World,
  assigned: Readonly<Record<NamedKind, ReadonlySet<string>>>,
  renamed: ReadonlySet<Address>,
): Leftovers {
  const orphans = findOrphans(input, renamed);
  const byObject = new Map(orphans.map((object) => [formatAddress(object.kind, object.physical_name), object]));
  const removals: Removal[] = [];
  const unmanaged: string[] = [];
  const forgotten: OwnedObject[] = [];
  const kept: OwnedObject[] = [];
  for (const object of [...world.pools.values(), ...world.clusters.values(), ...world.queues.values()]) {
    if (!isLive(object) || assigned[object.kind].has(object.name) || isBuiltIn(object, world)) continue;
    const key = formatAddress(object.kind, object.name);
    const owned = byObject.get(key) ?? null;
    const fate = decideFate(owned, input.options.prune);
    if (fate === "remove") removals.push({ address: owned?.address ?? key, object, owned });
    else if (fate === "forget" && owned !== null) forgotten.push(owned);
    else if (owned === null) unmanaged.push(key);
    else kept.push(owned);
  }
  for (const object of orphans) {
    if (isNamed(object.kind) && !isThere(object.kind, object.physical_name, world)) forgotten.push(object);
  }
  return { removals, forgotten, kept, unmanaged };
}

/** Owned objects whose manifest is gone. */
function findOrphans({ desired, owned }: PlanInput, renamed: ReadonlySet<Address>): readonly OwnedObject[] {
  if (owned.length === 0) return [];
  const { pools, clusters, queues } = desired;
  const declared = new Set<Address>([...pools, ...clusters, ...queues].map((object) => object.address));
  return owned.filter((object) => !declared.has(object.address) && !renamed.has(object.address));
}

function decideFate(owned: OwnedObject | null, prune: "none" | "owned" | "all"): "remove" | "forget" | "keep" {
  if (prune === "none") return "keep";
  if (owned === null) return prune === "all" ? "remove" : "keep";
  return owned.lifecycle.on_remove === "orphan" ? "forget" : "remove";
}

function isBuiltIn(object: LivePool | LiveCluster | LiveQueue, world: World): boolean {
  if (object.kind === "cluster") return false;
  return object.name === "default" || (object.kind === "queue" && isCoNamed(object, world));
}

function isNamed(kind: Kind): kind is NamedKind {
  return NAMED_KINDS.some((named) => named === kind);
}

function isThere(kind: NamedKind, name: string, world: World): boolean {
  const records = { cluster_pool: world.pools, cluster: world.clusters, queue: world.queues }[kind];
  return isLive(records.get(name));
}
