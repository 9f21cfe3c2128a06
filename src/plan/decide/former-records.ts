import { type Address, formatAddress, parseAddress } from "../../model/address.ts";
import { listAppliedFiles } from "../../model/ledger/applied-files.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import { listPlaced } from "../../model/objects/desired.ts";
import type { DesiredObject, FormerRecords } from "../fields/recorded-manifest.ts";
import { isCoNamed, isLive } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";
import type { Decisions } from "./decisions.ts";

/** The registrations that are poolkeeper's own, by `kind.name`: those on record, and those that an interrupted run has sent or was to replace. */
export function listOurs({ owned, pending }: Pick<PlanInput, "owned" | "pending">): ReadonlySet<Address> {
  const recorded = owned.flatMap(({ kind, physical_name, previous_names }) =>
    [physical_name, ...previous_names].map((name) => formatAddress(kind, name)),
  );
  const sent = pending.flatMap(({ address, physical_name }) => {
    const kind = parseAddress(address)?.kind;
    return kind === undefined ? [] : [formatAddress(kind, physical_name)];
  });
  return new Set([...recorded, ...sent]);
}

/** The queues that replacements of ours left behind, where queues can't be deleted: on record for as long as their object is. */
export function listLeftNames({ owned }: Pick<PlanInput, "owned">): readonly string[] {
  return owned.flatMap(({ left_names = [] }) => left_names);
}

/** Of these, where queues can be deleted by now, those that name a cluster which leaves: nothing else takes it out of their selectors. */
export function listLeftInTheWay({ input, world, departures, clusters, queues }: Surroundings): ReadonlySet<string> {
  if (!world.capabilities.queue_state || input.ownership !== "store") return new Set();
  const ours = listOurs(input);
  const assigned = new Set([...clusters, ...queues].map(({ physical }) => physical));
  const isInTheWay = (name: string) => {
    const queue = world.queues.get(name);
    if (queue === undefined || !isLive(queue) || isCoNamed(queue, world)) return false;
    if (ours.has(formatAddress("queue", name)) || assigned.has(name)) return false;
    return queue.spec.clusters.some((cluster) => departures.has(cluster));
  };
  return new Set(listLeftNames(input).filter(isInTheWay));
}

type Surroundings = Pick<Decisions, "input" | "world" | "departures" | "clusters" | "queues">;

/** The input with such queues as registrations that a replacement has still to end. */
export function takeUpLeft(input: PlanInput, names: ReadonlySet<string>): PlanInput {
  return changeNames(input, names, ({ previous_names, left_names = [] }) => ({
    previous_names: [...previous_names, ...left_names.filter((name) => names.has(name))],
    left_names: left_names.filter((name) => !names.has(name)),
  }));
}

/** The reverse of {@link takeUpLeft}. */
export function leaveAgain(input: PlanInput, names: ReadonlySet<string>): PlanInput {
  return changeNames(input, names, ({ previous_names, left_names = [] }) => ({
    previous_names: previous_names.filter((name) => !names.has(name)),
    left_names: [...left_names, ...previous_names.filter((name) => names.has(name))],
  }));
}

type Names = Pick<OwnedObject, "previous_names" | "left_names">;

function changeNames(input: PlanInput, names: ReadonlySet<string>, change: (record: Names) => Names): PlanInput {
  if (names.size === 0) return input;
  const owned = input.owned.map((record) => (record.kind === "queue" ? { ...record, ...change(record) } : record));
  return { ...input, owned };
}

/** All objects that manifests declare. */
export function listDeclared({ desired }: Pick<PlanInput, "desired">): readonly DesiredObject[] {
  return [...desired.pools, ...desired.clusters, ...desired.queues, ...listPlaced(desired)];
}

/**
 * Says for which manifest each record is now. A manifest continues the record of its own address. One that has none continues that of the name
 * in its `previously`, or what was renamed from its own name, where the rename is taken back, or what is registered under its own name. Only
 * then does one that has a record continue that of its `previously` as well: the line stays in a manifest long after its rename, and comes back
 * with a revert. A cluster continues what its `registration` names, too, and FlyteClusters what no manifest continues by its
 * name and whose files stand where theirs are to.
 */
export function findFormerRecords(input: Pick<PlanInput, "owned" | "desired">): FormerRecords {
  const { owned, desired } = input;
  const byRegistration = new Map(
    [
      ...owned.flatMap((record) => record.previous_names.map((name) => [record, name] as const)),
      ...owned.map((record) => [record, record.physical_name] as const),
    ].map(([record, name]) => [formatAddress(record.kind, name), record]),
  );
  const of = new Map<Address, OwnedObject[]>();
  const heirOf = new Map<OwnedObject, Address>();
  const displaced = new Set<OwnedObject>();
  const holdersOf = indexHolders(owned);
  const found = { of, byRegistration, heirOf, holdersOf, displaced };
  if (owned.length === 0) return found;
  const byAddress = new Map(owned.map((record) => [record.address, record]));
  const byFormerAddress = new Map(
    owned.flatMap((record) => {
      const previously = record.manifest?.previously;
      return typeof previously === "string" ? [[formatAddress(record.kind, previously), record]] : [];
    }),
  );
  const take = ({ address }: DesiredObject, record: OwnedObject | undefined) => {
    if (record === undefined || heirOf.has(record)) return;
    heirOf.set(record, address);
    of.set(address, [...(of.get(address) ?? []), record]);
  };
  const declared = listDeclared(input);
  const findRenamed = ({ kind, previously }: DesiredObject) =>
    previously === null ? undefined : byAddress.get(formatAddress(kind, previously));
  const renamed = new Set(declared.filter(({ address }) => !byAddress.has(address)).map(findRenamed));
  const findTakenBack = ({ address }: DesiredObject) => {
    const record = byFormerAddress.get(address);
    return renamed.has(record) ? undefined : record;
  };
  // The manifest that says more of an object comes first.
  for (const [one, record] of listChainsTakenBack({ declared, byAddress, byRegistration, renamed })) take(one, record);
  const findOwn = ({ address }: DesiredObject) => byAddress.get(address);
  const findRegistered = ({ address }: DesiredObject) => byRegistration.get(address);
  // It was renamed from the same name to another one in the meantime.
  const findRenamedToo = ({ kind, previously }: DesiredObject) =>
    previously === null ? undefined : byFormerAddress.get(formatAddress(kind, previously));
  for (const find of [findOwn, findTakenBack, findRenamed, findRenamedToo, findRegistered])
    for (const one of declared) if (!of.has(one.address)) take(one, find(one));
  for (const one of declared) take(one, findRenamed(one));
  for (const one of desired.clusters)
    for (const name of [one.registration.name, one.registration.previous])
      if (name !== null) take(one, byRegistration.get(formatAddress("cluster", name)));
  for (const one of desired.flyte_clusters)
    for (const record of holdersOf(one)) {
      if (heirOf.has(record)) continue;
      displaced.add(record);
      take(one, record);
    }
  return found;
}

/**
 * The record of a declared address is another object's, where it was renamed from a name that is declared again without a record, and no other
 * manifest continues what this one was renamed from, or what is registered under its address: then each has its name again.
 */
function listChainsTakenBack({
  declared,
  byAddress,
  byRegistration,
  renamed,
}: Pick<FormerRecords, "byRegistration"> & {
  readonly declared: readonly DesiredObject[];
  readonly byAddress: ReadonlyMap<Address, OwnedObject>;
  /** What manifests without a record name in `previously`. */
  readonly renamed: ReadonlySet<OwnedObject | undefined>;
}): readonly (readonly [DesiredObject, OwnedObject])[] {
  const wanted = new Map(declared.map((one) => [one.address, one]));
  return declared.flatMap((one): readonly (readonly [DesiredObject, OwnedObject])[] => {
    const named = one.previously === null ? undefined : byAddress.get(formatAddress(one.kind, one.previously));
    const [record, own] = [byAddress.get(one.address), named ?? byRegistration.get(one.address)];
    const previously = record?.manifest?.previously;
    const former = typeof previously === "string" ? formatAddress(one.kind, previously) : undefined;
    const again = former === undefined || byAddress.has(former) ? undefined : wanted.get(former);
    if (record === undefined || again === undefined || own === undefined || own === record) return [];
    const isFree = !wanted.has(own.address) && !renamed.has(own);
    return isFree ? [[again, record] as const, [one, own] as const] : [];
  });
}

function indexHolders(owned: readonly OwnedObject[]): FormerRecords["holdersOf"] {
  const placed = owned.filter(({ kind }) => kind === "flyte_clusters");
  const holders = Map.groupBy(
    placed.flatMap((record) => listAppliedFiles(record.applied).map((path) => ({ path, record }))),
    ({ path }) => path,
  );
  return ({ address, files }) => {
    const found = files.flatMap(({ path }) => (holders.get(path) ?? []).map(({ record }) => record));
    return [...new Set(found)].filter((record) => record.address !== address);
  };
}

/** A declared object, and the live registrations that are its own now, the one that stands for it first. */
interface Registered {
  readonly desired: DesiredObject;
  readonly registrations: readonly string[];
}

/**
 * The records that a declared object continues: all that is on record of the registrations that are assigned to it, under any name of a
 * manifest. The first one says what was applied to it; what any of them protects is protected. Where none is of them, as where nothing is
 * live, it is the record that its manifest continues. Empty: nothing is known of it.
 */
export function findContinued(
  { desired, registrations }: Registered,
  { of, byRegistration, heirOf }: FormerRecords,
): readonly OwnedObject[] {
  const records = of.get(desired.address) ?? [];
  const own = registrations
    .flatMap((name) => byRegistration.get(formatAddress(desired.kind, name)) ?? [])
    .filter((record) => (heirOf.get(record) ?? desired.address) === desired.address);
  return [...new Set([...records.filter((record) => own.includes(record)), ...own, ...records.slice(0, 1)])];
}
