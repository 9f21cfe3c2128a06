import { type Kind, NAMED_KINDS, type NamedKind } from "../../kinds/registry.ts";
import type { Address } from "../../model/address.ts";
import { formatAddress } from "../../model/address.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import type { LiveCluster, LivePool, LiveQueue } from "../../model/objects/live.ts";
import { recallManifest } from "../fields/recorded-manifest.ts";
import { isCoNamed, isLive, type World } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { fateOf } from "../placements/placement.ts";

/** One live registration to delete because no manifest names its object any more; an object may have several. */
export interface Removal {
  readonly address: Address;
  readonly object: LivePool | LiveCluster | LiveQueue;
  /** What was remembered of it; null when it was never owned (`--prune all`). */
  readonly owned: OwnedObject | null;
  /** How long its work is waited for, as the manifest said that was applied last; null: for as long as the run allows. */
  readonly timeout_ms: number | null;
}

/** What becomes of live objects that no manifest names. */
export interface Leftovers {
  readonly removals: readonly Removal[];
  /** Owned objects that are released without being deleted. */
  readonly forgotten: readonly OwnedObject[];
  /** Owned objects without a manifest that stay on record: `--prune none` keeps them, or their replacement was not finished. */
  readonly kept: readonly OwnedObject[];
  /** Strangers, as `kind.name`: listed and left alone. */
  readonly unmanaged: readonly string[];
}

/**
 * Sorts the live objects that no assignment stands for: pruned, forgotten, or left alone. An owned object stands for all its
 * registrations: it is forgotten only once none of them is left that is deleted, and a cluster with two of them not before people have
 * decided which of them stays. Pool and queue `default` and the co-named queues are never pruned.
 */
export function findLeftovers(
  input: PlanInput,
  world: World,
  assigned: Readonly<Record<NamedKind, ReadonlySet<string>>>,
  renamed: ReadonlySet<Address>,
): Leftovers {
  const orphans = findOrphans(input, renamed);
  const ownerOf = indexOwners(orphans, input);
  const removals: Removal[] = [];
  const unmanaged: string[] = [];
  const forgotten = new Set(orphans.filter(({ kind }) => isNamed(kind)));
  const kept = new Set<OwnedObject>();
  /** Clusters to be released of which a registration was seen. */
  const seen = new Set<OwnedObject>();
  for (const object of [...world.pools.values(), ...world.clusters.values(), ...world.queues.values()]) {
    if (!isLive(object) || assigned[object.kind].has(object.name) || isBuiltIn(object, world)) continue;
    const key = formatAddress(object.kind, object.name);
    const owned = ownerOf.get(key) ?? null;
    const fate = fateOf(owned, input.options.prune);
    if (fate === "remove")
      removals.push({ address: owned?.address ?? key, object, owned, timeout_ms: drainTimeoutOf(owned) });
    else if (fate === "keep" && owned === null) unmanaged.push(key);
    else if (fate === "keep" && owned !== null) kept.add(owned);
    else if (owned !== null && object.kind === "cluster") (seen.has(owned) ? kept : seen).add(owned);
    if (owned !== null && (fate !== "forget" || kept.has(owned))) forgotten.delete(owned);
  }
  return { removals: newestFirst(removals), forgotten: [...forgotten], kept: [...kept], unmanaged };
}

function drainTimeoutOf(owned: OwnedObject | null): number | null {
  return (owned === null ? null : recallManifest(owned))?.lifecycle.drain_timeout_ms ?? null;
}

/** Which owned object a live one is a registration of, by `kind.physical_name`; the name on record counts before earlier ones. */
function indexOwners(orphans: readonly OwnedObject[], { pending }: PlanInput): ReadonlyMap<string, OwnedObject> {
  const owners = new Map<string, OwnedObject>();
  const add = (owned: OwnedObject, name: string) => {
    const key = formatAddress(owned.kind, name);
    if (!owners.has(key)) owners.set(key, owned);
  };
  for (const owned of orphans) add(owned, owned.physical_name);
  const byAddress = new Map(orphans.map((owned) => [owned.address, owned]));
  for (const { address, physical_name } of pending) {
    const owned = byAddress.get(address);
    if (owned !== undefined) add(owned, physical_name);
  }
  for (const owned of orphans) for (const name of owned.previous_names) add(owned, name);
  return owners;
}

/** The registration on record before those that it was to replace: it gives the change its name. */
function newestFirst(removals: readonly Removal[]): readonly Removal[] {
  const isOnRecord = ({ owned, object }: Removal) => owned === null || owned.physical_name === object.name;
  return [...removals.filter(isOnRecord), ...removals.filter((removal) => !isOnRecord(removal))];
}

/** Owned objects whose manifest is gone. */
function findOrphans({ desired, owned }: PlanInput, renamed: ReadonlySet<Address>): readonly OwnedObject[] {
  if (owned.length === 0) return [];
  const { pools, clusters, queues } = desired;
  const declared = new Set<Address>([...pools, ...clusters, ...queues].map((object) => object.address));
  return owned.filter((object) => !declared.has(object.address) && !renamed.has(object.address));
}

function isBuiltIn(object: LivePool | LiveCluster | LiveQueue, world: World): boolean {
  if (object.kind === "cluster") return false;
  return object.name === "default" || (object.kind === "queue" && isCoNamed(object, world));
}

function isNamed(kind: Kind): kind is NamedKind {
  return NAMED_KINDS.some((named) => named === kind);
}
