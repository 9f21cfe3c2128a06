import type { NamedKind } from "../../kinds/registry.ts";
import { type Address, formatAddress } from "../../model/address.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import type { DesiredCluster, DesiredPool, DesiredQueue, DesiredResource } from "../../model/objects/desired.ts";
import type { LiveCluster, LivePool, LiveQueue } from "../../model/objects/live.ts";
import type { FormerRecords } from "../fields/recorded-manifest.ts";
import { isCoNamed, isLive, type World } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { candidateNames } from "./choose-name.ts";
import { findFormerRecords, listOurs } from "./former-records.ts";

/**
 * What a plan does with the registration of one desired object.
 * `create`: none is there. `restore`: a soft-deleted record of its name is undeleted. `keep`: it is there, in its pool.
 * `move`: it changes pool in place. `replace`: it is registered again under a new name and the old one goes.
 */
export type Verb = "create" | "restore" | "keep" | "move" | "replace";

/** How a registration was found; `look-alike`: by nothing but its name, which deserves a warning, or more where a store would know it. */
export type FoundBy = "record" | "name" | "rename" | "registration" | "look-alike" | "none";

/** A desired object with the live record that stands for it and the name that it has or will have. */
export interface Assignment<D, L> {
  readonly desired: D;
  /** Its manifest, where `desired` is another: what poolkeeper has written on the way is wanted as it was before. Left out: the same. */
  readonly declared?: D;
  readonly physical: string;
  /** Physical name of its pool ("" for pools). */
  readonly pool: string;
  readonly verb: Verb;
  /** The record kept, moved or restored; for a replacement its successor, null until that is registered. */
  readonly current: L | null;
  /** Earlier registrations of the same object that are still live, the latest first. */
  readonly predecessors: readonly L[];
  readonly foundBy: FoundBy;
  /** True when a replacement was asked for by address. */
  readonly byRequest: boolean;
  /** A registration that is not on record and has the name and the trace of a replacement of this object, which is not on record either. Left out: none. */
  readonly lookAlike?: string;
}

/** Whether a manifest leaves a field of its live object alone. */
export function ignores(
  { desired, current }: Pick<Assignment<DesiredResource, LivePool | LiveCluster | LiveQueue>, "desired" | "current">,
  field: string,
): boolean {
  return current !== null && isLive(current) && desired.lifecycle.ignore_changes.includes(field);
}

export type PoolAssignment = Assignment<DesiredPool, LivePool>;
export type ClusterAssignment = Assignment<DesiredCluster, LiveCluster>;
export type QueueAssignment = Assignment<DesiredQueue, LiveQueue>;

/** Live records that stand for a desired object, before a verb is chosen. */
export interface Found<L> {
  readonly records: readonly L[];
  readonly foundBy: FoundBy;
}

/** What the store and an interrupted run know, by address. */
export interface Memory {
  readonly ownership: PlanInput["ownership"];
  readonly owned: ReadonlyMap<Address, OwnedObject>;
  readonly former: FormerRecords;
  readonly pending: ReadonlyMap<Address, readonly string[]>;
  readonly ours: ReadonlySet<Address>;
}

/** Indexes what is remembered. What a run has sent for an object on record is for the manifest that the record is for now. */
export function indexMemory(input: Pick<PlanInput, "ownership" | "owned" | "pending" | "desired">): Memory {
  const owned = new Map(input.owned.map((object) => [object.address, object]));
  const former = findFormerRecords(input);
  const pending = new Map<Address, string[]>();
  for (const { address, physical_name } of input.pending) {
    const record = owned.get(address);
    const heir = (record === undefined ? undefined : former.heirOf.get(record)) ?? address;
    pending.set(heir, [...(pending.get(heir) ?? []), physical_name]);
  }
  return { ownership: input.ownership, owned, former, pending, ours: listOurs(input) };
}

/**
 * Whether poolkeeper has made a registration, by the store: it is on record, or an interrupted run has sent it. Without a store that
 * is unknown, so it may be. What is only called as poolkeeper would call it, and is none of these, is a stranger's.
 */
export function mayBeOurs(kind: NamedKind, name: string, { ownership, ours }: Memory): boolean {
  return ownership === "manifest" || ours.has(formatAddress(kind, name));
}

/**
 * Whether a registration may be looked for by the trace that a replacement leaves. Where there is a store, only for an object that is on
 * record and not there any more: a store that was restored knows nothing of what was registered since, and people have to say whose it is.
 */
function mayHaveTrace(
  { address }: DesiredResource,
  { records }: Found<unknown>,
  { ownership, former }: Memory,
): boolean {
  return ownership === "manifest" || (records.length === 0 && former.of.has(address));
}

/** Whether a registration is another declared object's, by the store: then no name of this one makes it its own. */
export function isOwnedByOther({ kind, address }: DesiredResource, name: string, { former }: Memory): boolean {
  const record = former.byRegistration.get(formatAddress(kind, name));
  return record !== undefined && (former.heirOf.get(record) ?? address) !== address;
}

/**
 * Names under which an object may be registered already, surest first: what is remembered of its address, its own name,
 * the name it was renamed from, the names its manifest gives, and what is remembered of those.
 */
export function rememberedNames(desired: DesiredResource, memory: Memory): ReadonlyMap<string, FoundBy> {
  const names = new Map<string, FoundBy>();
  const add = (name: string | null | undefined, foundBy: FoundBy) => {
    if (name === null || name === undefined) return;
    // Where several sources give a name, the store counts.
    if (foundBy === "record" || !names.has(name)) names.set(name, foundBy);
  };
  const records = memory.former.of.get(desired.address) ?? [];
  const [record] = records;
  // What is on record is surer than what a run has sent: a commit that is taken back leaves that, and keeps this.
  add(record?.physical_name, "record");
  for (const name of memory.pending.get(desired.address) ?? []) add(name, "record");
  add(desired.name, "name");
  for (const name of record?.previous_names ?? []) add(name, "record");
  if (desired.previously !== null) {
    for (const name of memory.pending.get(`${desired.kind}.${desired.previously}`) ?? []) add(name, "record");
    add(desired.previously, "rename");
  }
  if (desired.kind === "cluster") {
    add(desired.registration.name, "registration");
    add(desired.registration.previous, "registration");
  }
  // What it takes over comes with all of its registrations.
  for (const { physical_name, previous_names } of records)
    for (const name of [physical_name, ...previous_names]) add(name, "record");
  return names;
}

/** The live cluster registrations of a desired cluster, surest first. */
export function findClusters(
  desired: DesiredCluster,
  world: World,
  memory: Memory,
  claimed: ReadonlySet<string>,
): Found<LiveCluster> {
  const found = findRemembered(desired, world, world.clusters, memory, claimed);
  if (found.records.length > 0 || !mayHaveTrace(desired, found, memory)) return found;
  const [lookAlike] = findReplaced(desired, world, memory, claimed);
  return lookAlike === undefined ? NOTHING : { records: [lookAlike], foundBy: "look-alike" };
}

/** Live registrations that are called as a replacement of a cluster would be, where the queue of its name is what a replacement leaves. */
export function findReplaced(
  desired: DesiredCluster,
  world: World,
  memory: Memory,
  claimed: ReadonlySet<string>,
): readonly LiveCluster[] {
  const trace = world.queues.get(desired.name);
  if (trace === undefined) return [];
  return findLookAlikes(desired.name, world.clusters, world, claimed).filter(
    (cluster) =>
      !isOwnedByOther(desired, cluster.name, memory) &&
      (trace.spec.cluster_pool !== cluster.pool || isLeftBehind(trace, world)),
  );
}

/**
 * The live queue registrations of a desired queue. On a generation whose queues can't be deleted, the queue that a
 * replacement left behind keeps the name permanently, so its successor is looked for although the name is live.
 */
export function findQueues(
  desired: DesiredQueue,
  pool: string,
  world: World,
  memory: Memory,
  claimed: ReadonlySet<string>,
): Found<LiveQueue> {
  const isForeign = (queue: LiveQueue, by: FoundBy) => isForeignCoNamed(queue, by, world, memory);
  const found = findRemembered(desired, world, world.queues, memory, claimed, (queue, by) => !isForeign(queue, by));
  const trace = world.queues.get(desired.name);
  const placed = found.records.some((queue) => queue.spec.cluster_pool === pool);
  const mayHaveSuccessor = found.records.length === 0 || !world.capabilities.queue_state;
  if (placed || !mayHaveSuccessor || trace === undefined || !mayHaveTrace(desired, found, memory)) return found;
  if (trace.spec.cluster_pool === pool && isLive(trace) && !isForeign(trace, "name")) return found;
  const lookAlike = findLookAlikes(desired.name, world.queues, world, claimed).find(
    (queue) =>
      queue.spec.cluster_pool === pool && !isCoNamed(queue, world) && !isOwnedByOther(desired, queue.name, memory),
  );
  if (lookAlike === undefined) return found;
  return { records: [lookAlike, ...found.records], foundBy: "look-alike" };
}

/** What a replacement within one pool leaves of a cluster's queue: it is deleted, or where it can't be, names no cluster. */
export function isLeftBehind(queue: LiveQueue, { capabilities }: World): boolean {
  return capabilities.queue_state ? !isLive(queue) : queue.spec.clusters.length === 0;
}

/** The live pool of a desired pool. */
export function findPools(desired: DesiredPool, world: World, memory: Memory): Found<LivePool> {
  return findRemembered(desired, world, world.pools, memory, new Set());
}

const NOTHING = { records: [], foundBy: "none" } as const;

function findRemembered<L extends LivePool | LiveCluster | LiveQueue>(
  desired: DesiredResource,
  world: World,
  records: ReadonlyMap<string, L>,
  memory: Memory,
  claimed: ReadonlySet<string>,
  counts: (record: L, by: FoundBy) => boolean = () => true,
): Found<L> {
  const matches: { readonly record: L; readonly by: FoundBy }[] = [];
  for (const [name, by] of rememberedNames(desired, memory)) {
    const record = records.get(name);
    if (record === undefined || !isLive(record) || !counts(record, by) || isOwnedByOther(desired, name, memory))
      continue;
    // Another manifest's own name is that manifest's, unless the store says otherwise.
    if (name !== desired.name && by !== "record" && claimed.has(name)) continue;
    matches.push({ record, by });
  }
  const isOnRecord = matches.some(({ record }) => mayBeOurs(desired.kind, record.name, memory));
  const own = isOnRecord ? matches.filter(({ record }) => !isNamesake(desired, record, world, memory)) : matches;
  return { records: own.map(({ record }) => record), foundBy: own[0]?.by ?? "none" };
}

/**
 * Whether a registration has nothing of an object but its manifest's name, or its former one, by the store. Beside one that is on record it is foreign, and no
 * earlier one of the object. A queue that it left where queues can't be deleted may be used again there.
 */
function isNamesake(
  desired: DesiredResource,
  { name }: LivePool | LiveCluster | LiveQueue,
  { capabilities }: World,
  memory: Memory,
): boolean {
  const isManifestName = name === desired.name || (name === desired.previously && namesManifest(desired, memory));
  if (!isManifestName || mayBeOurs(desired.kind, name, memory) || listGivenNames(desired, memory).includes(name))
    return false;
  const records = memory.former.of.get(desired.address) ?? [];
  const isLeft = records.some(({ left_names = [] }) => left_names.includes(name));
  return capabilities.queue_state || !isLeft;
}

/** The names that a manifest gives to registrations of its object, beside its own. */
function listGivenNames(desired: DesiredResource, memory: Memory): readonly (string | null)[] {
  const { name = null, previous = null } = desired.kind === "cluster" ? desired.registration : {};
  return [namesManifest(desired, memory) ? null : desired.previously, name, previous];
}

/**
 * Whether a `previously` is the name of a manifest whose object is on record, under any registered name: before that rename is applied, and
 * from then on.
 */
function namesManifest({ kind, address, previously }: DesiredResource, { owned }: Memory): boolean {
  if (previously === null) return false;
  return owned.has(formatAddress(kind, previously)) || owned.get(address)?.manifest?.previously === previously;
}

/** Live records named `<name>-<pool>` (or `-2`, ...) after the pool that they are in, claimed by no manifest. */
function findLookAlikes<L extends LiveCluster | LiveQueue>(
  name: string,
  records: ReadonlyMap<string, L>,
  world: World,
  claimed: ReadonlySet<string>,
): readonly L[] {
  const matches: L[] = [];
  for (const pool of world.pools.keys()) {
    let first = true;
    for (const candidate of candidateNames(name, name, pool)) {
      const wanted = first;
      first = false;
      if (wanted) continue;
      const record = records.get(candidate);
      // A queue that stayed behind shows that the name was used.
      if (record === undefined && world.queues.has(candidate)) continue;
      if (record === undefined) break;
      const place = record.kind === "cluster" ? record.pool : record.spec.cluster_pool;
      if (isLive(record) && place === pool && !claimed.has(candidate)) matches.push(record);
    }
  }
  return matches;
}

/**
 * A live cluster's own queue does not stand for a Queue manifest of its name: never on a generation where such queues belong to their cluster,
 * and elsewhere only where it is on record as that manifest's from before.
 */
function isForeignCoNamed(queue: LiveQueue, by: FoundBy, world: World, { former }: Memory): boolean {
  if (!isCoNamed(queue, world)) return false;
  const isOurs = by === "record" || former.byRegistration.has(formatAddress("queue", queue.name));
  return world.capabilities.co_named_managed || !isOurs;
}
