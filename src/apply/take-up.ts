import { type Address, formatAddress, parseAddress } from "../model/address.ts";
import type { OwnedObject } from "../model/ledger/ledger.ts";
import { isOnTheWay, listOwnDrains } from "../model/ledger/own-drains.ts";
import type { DrainedObject, Refusal } from "../model/ledger/refusal.ts";
import { type AttributesRow, nameRow } from "../model/objects/attributes.ts";
import { type Desired, listPlaced } from "../model/objects/desired.ts";
import { isGone, type LiveState } from "../model/objects/live.ts";
import { isAsWritten } from "../model/objects/selector.ts";
import type { PlanOptions } from "../model/plan/plan.ts";
import type { LeftBehind, PlanInput, RestoredDrain } from "../plan/input/plan-input.ts";
import { fateOf } from "../plan/placements/placement.ts";
import { findIntroduced, listStillSet, manageIntroduced } from "./introduced-settings.ts";
import type { Recalled, Unfinished } from "./recall.ts";
import { type Evidence, settleUnrecorded } from "./settle-unrecorded.ts";

/** What a plan continues of earlier runs. */
export type TakenUp = Pick<
  PlanInput,
  | "ownership"
  | "owned"
  | "unrecorded"
  | "pending"
  | "narrowed"
  | "released"
  | "displaced"
  | "settle"
  | "foreign"
  | "left_behind"
  | "restored_drains"
  | "written"
  | "written_settings"
  | "taken"
  | "turned"
  | "routing_writes"
  | "refused"
  | "elsewhere"
>;

/** The evidence by which an unfinished change is assigned to an owner. */
export interface Surroundings {
  readonly desired: Desired;
  readonly live: LiveState;
  readonly options: Pick<PlanOptions, "prune">;
}

/**
 * Chooses what a plan continues: the unfinished changes of objects that its manifests name, that it prunes, or that are gone. An object that
 * a run of this store has registered and not recorded counts as owned. Several folders may describe one control plane: an object that is
 * live, owned, and not in these manifests belongs to another folder, and is neither continued nor forgotten.
 */
export function takeUp(recalled: Recalled, around: Surroundings): TakenUp {
  const { ownership, unfinished, written, refused } = recalled;
  const { live, options } = around;
  const declared = listDeclared(around.desired);
  const introduced = findIntroduced(unfinished, live);
  const there = new Set([...listThere(live), ...introduced.keys()]);
  const evidence = { live, there, isDeclared: (address: Address) => declared.has(address) };
  const { claimed, left } = settleUnrecorded(recalled, { ...evidence, prunes: options.prune === "owned" });
  const owned = [...recalled.owned, ...claimed].map((object) => manageIntroduced(object, introduced));
  const stored = new Set(recalled.owned);
  const unrecorded = owned.filter((object) => !stored.has(object)).map(({ address }) => address);
  const undecidable = new Set(left.map(({ address }) => address));
  const decidable = owned.filter(({ address }) => !undecidable.has(address));
  const ours = decideOurs(unfinished, { ...evidence, owned: decidable, options });
  const mine = unfinished.filter(({ address }) => ours.has(address));
  const released = new Map<string, readonly string[]>();
  for (const { released: queue } of mine) {
    if (queue !== null) released.set(queue.queue, [...(released.get(queue.queue) ?? []), ...queue.clusters]);
  }
  const undecided = left.filter(({ address }) => !ours.has(address));
  const isLeft = new Set(undecided.map(({ address }) => address));
  const restored_drains = listRestoredDrains(unfinished);
  const isDrained = new Set(restored_drains.map(({ address }) => address));
  // Only the folder whose manifests name them can decide which of them are settled.
  const refusedHere = decideOurs(refused.map(asUnfinished), { ...evidence, owned, options });
  const over = listOver([...listOwnDrains(written).filter(isOnTheWay), ...restored_drains], evidence);
  const back = mine.flatMap(({ displaced }) => displaced.map(nameRow));
  const foreign = unfinished
    .map(({ address }) => address)
    .filter((address) => !ours.has(address) && !isLeft.has(address) && !isDrained.has(address));
  return {
    ownership,
    owned,
    unrecorded: new Set(unrecorded),
    pending: mine.flatMap(({ address, names }) => names.map((name) => ({ address, physical_name: name }))),
    narrowed: [...new Set(mine.flatMap(({ narrowed }) => (narrowed === null ? [] : [narrowed])))],
    released,
    displaced: listTakenAlong(mine, live),
    settle: [...new Set([...ours, ...back, ...refusedHere, ...over, ...listBegun(written, around)])].sort(),
    foreign: [...new Set(foreign)].sort(),
    left_behind: [
      ...undecided,
      ...unfinished.flatMap((entry) => listGivenUp(entry, evidence)),
      ...listStillSet(unfinished, { live, owned, desired: around.desired }),
      ...(options.prune === "all" ? [] : listBack(recalled, { ...evidence, owned })),
      ...listHalfReplaced(
        owned.filter((object) => fateOf(object, options.prune) !== "remove"),
        evidence,
      ),
    ],
    restored_drains,
    written,
    written_settings: listWrittenSettings(unfinished),
    taken: recalled.taken,
    turned: recalled.turned ?? [],
    routing_writes: recalled.routing_writes ?? [],
    refused,
    elsewhere: recalled.elsewhere,
  };
}

/**
 * The rows that deletes have taken along. A delete whose own row is live as before has taken nothing: what is missing below was deleted by its
 * owner. What the last delete of a row has on record was read once all was back that an earlier one had taken along.
 */
function listTakenAlong(unfinished: readonly Unfinished[], { flyteadmin }: LiveState): readonly AttributesRow[] {
  const rows = flyteadmin.rows.filter(({ launch_plan }) => launch_plan === null);
  const liveValues = new Map(rows.map((row) => [nameRow(row), row.value]));
  const last = new Map(unfinished.filter(({ removes }) => removes !== null).map((entry) => [entry.address, entry]));
  const hasTaken = (entry: Unfinished) => {
    const { removes, address } = entry;
    return removes === null || (last.get(address) === entry && liveValues.get(nameRow(removes)) !== removes.value);
  };
  return unfinished.filter(hasTaken).flatMap(({ displaced }) => displaced);
}

function listWrittenSettings(unfinished: readonly Unfinished[]): NonNullable<PlanInput["written_settings"]> {
  const known = unfinished.filter(({ settings }) => Object.keys(settings).length > 0);
  const grouped = Map.groupBy(known, ({ address }) => address);
  return new Map([...grouped].map(([address, entries]) => [address, entries.map(({ settings }) => settings)]));
}

/** The latest of each object. */
function listRestoredDrains(unfinished: readonly Unfinished[]): readonly RestoredDrain[] {
  const drains = unfinished.flatMap(({ given_up, at }) => {
    const drained = given_up?.drained ?? null;
    return drained === null ? [] : [{ ...drained, at }];
  });
  return [...new Map(drains.map((drain) => [`${drain.kind}.${drain.name}`, drain])).values()];
}

/**
 * The addresses without a manifest at which nothing is out of service any more that was drained on the way: another writer has put it back since,
 * and decides from now on.
 */
function listOver(
  drains: readonly DrainedObject[],
  { live, isDeclared }: Pick<Evidence, "live" | "isDeclared">,
): readonly Address[] {
  const objects = [...live.clusters, ...live.queues];
  const out = new Set(
    objects.filter(({ state }) => state === "draining" || state === "drained").map((one) => `${one.kind}.${one.name}`),
  );
  const drained = new Set(drains.filter(({ kind, name }) => out.has(`${kind}.${name}`)).map(({ address }) => address));
  return drains.map(({ address }) => address).filter((address) => !isDeclared(address) && !drained.has(address));
}

/** Where nothing is pruned, only what is declared is certainly of this folder's rollouts. */
function listBegun(written: Recalled["written"], { desired, options }: Surroundings): readonly Address[] {
  if (options.prune !== "none") return [];
  const declared = listDeclared(desired);
  return written.map(({ address }) => address).filter((address) => declared.has(address));
}

/** Unfinished writes of a restored backup whose effects are unchanged: people decide. Objects with a manifest are left to its plan. */
function listGivenUp(
  { given_up, at }: Unfinished,
  { there, isDeclared, live }: Omit<Evidence, "prunes">,
): readonly LeftBehind[] {
  if (given_up === null) return [];
  const { rows, queue } = given_up;
  const selector = live.queues.find(({ name }) => name === queue?.name)?.spec.clusters;
  const isDeleted = (cluster: string) => !live.clusters.some(({ name }) => name === cluster);
  const isWrittenOut = queue !== null && selector !== undefined && isAsWritten(queue.clusters, selector, isDeleted);
  const gone = rows.map(nameRow).filter((address) => !there.has(address));
  return [
    ...gone.map((address) => ({ address, physical_name: address, fault: "is_gone" as const, at })),
    ...(isWrittenOut
      ? [{ address: `queue.${queue.name}` as const, physical_name: queue.name, fault: "written_out" as const, at }]
      : []),
  ].filter(({ address }) => !isDeclared(address));
}

/** Clusters without a manifest of which a former registration is there beside the new one: where they are not deleted, no plan ends their replacement. */
function listHalfReplaced(
  owned: readonly OwnedObject[],
  { there, isDeclared }: Pick<Evidence, "there" | "isDeclared">,
): readonly LeftBehind[] {
  const clusters = owned.filter(({ kind }) => kind === "cluster");
  const names = new Set(clusters.map(({ physical_name }) => physical_name));
  const isThere = (name: string) => there.has(`cluster.${name}`);
  const half = clusters.filter(({ address, physical_name }) => !isDeclared(address) && isThere(physical_name));
  return half.flatMap(({ address, previous_names, updated_at: at }) =>
    previous_names
      .filter((name) => isThere(name) && !names.has(name) && !isDeclared(`cluster.${name}`))
      .map((physical_name) => ({ address, physical_name, at, fault: "half_replaced" })),
  );
}

/**
 * What a run deleted and is live again, in service or not: a restored control plane brings it back, or another user registers it. What an
 * interrupted run wrote to is judged by that, and what is owned or has a manifest by its plan.
 */
function listBack(
  { deleted, unfinished }: Pick<Recalled, "deleted" | "unfinished">,
  { live, isDeclared, owned }: Omit<Evidence, "prunes" | "there"> & Pick<Recalled, "owned">,
): readonly LeftBehind[] {
  if (deleted.length === 0) return [];
  const known = new Set([
    ...owned.flatMap(({ kind, physical_name, previous_names }) =>
      [physical_name, ...previous_names].map((name) => formatAddress(kind, name)),
    ),
    ...unfinished.flatMap(({ address, wrote }) => [address, ...listNames(address, [{ names: wrote }])]),
  ]);
  const back = new Set<string>([
    ...live.pools.filter((pool) => !pool.deleted).map(({ kind, name }) => formatAddress(kind, name)),
    ...[...live.clusters, ...live.queues]
      .filter(({ state }) => !isGone(state))
      .map(({ kind, name }) => formatAddress(kind, name)),
  ]);
  return deleted
    .filter(({ kind, physical_name, address }) => {
      const names = [formatAddress(kind, physical_name), address];
      return back.has(formatAddress(kind, physical_name)) && !names.some((name) => known.has(name) || isDeclared(name));
    })
    .map(({ address, physical_name, at }) => ({ address, physical_name, at, fault: "is_back" }));
}

/** Addresses of the manifests' objects, now or before a rename. */
function listDeclared(desired: Desired): ReadonlySet<Address> {
  const { pools, clusters, queues } = desired;
  const objects = [...pools, ...clusters, ...queues, ...listPlaced(desired)];
  return new Set<Address>([
    ...objects.map(({ address }) => address),
    ...objects.flatMap(({ kind, previously }): Address[] => (previously === null ? [] : [`${kind}.${previously}`])),
  ]);
}

function asUnfinished({ address, physical_name }: Refusal): Pick<Unfinished, "address" | "names" | "displaced"> {
  return { address, names: [physical_name], displaced: [] };
}

function decideOurs(
  unfinished: readonly Pick<Unfinished, "address" | "names" | "displaced">[],
  {
    there,
    isDeclared,
    owned,
    options,
  }: Omit<Evidence, "live" | "prunes"> & Pick<Recalled, "owned"> & Pick<Surroundings, "options">,
): ReadonlySet<Address> {
  const prunable = options.prune === "owned" ? new Set(owned.map(({ address }) => address)) : new Set<Address>();
  const namesOf = Map.groupBy(unfinished, ({ address }) => address);
  const isOurs = (address: Address) =>
    isDeclared(address) ||
    options.prune === "all" ||
    prunable.has(address) ||
    !listNames(address, namesOf.get(address) ?? []).some((name) => there.has(name));
  const ours = [...namesOf.keys()].filter(isOurs);
  // Rows that an own delete took along are put back, independent of their owner.
  const back = ours.flatMap((address) => namesOf.get(address) ?? []).flatMap(({ displaced }) => displaced.map(nameRow));
  return new Set([...ours, ...back.filter((address) => namesOf.has(address))]);
}

/** `KIND.NAME` of every live object, by its physical name. */
function listThere({ pools, clusters, queues, flyteadmin, delivered }: LiveState): ReadonlySet<string> {
  const isThere = ({ state }: { readonly state: string }) => state !== "deleted";
  return new Set([
    ...pools.filter(({ deleted }) => !deleted).map(({ name }) => `cluster_pool.${name}`),
    ...clusters.filter(isThere).map(({ name }) => `cluster.${name}`),
    ...queues.filter(isThere).map(({ name }) => `queue.${name}`),
    ...flyteadmin.rows.map(nameRow),
    ...delivered.filter(({ files }) => files.length > 0).map(({ name }) => `flyte_clusters.${name}`),
  ]);
}

function listNames(address: Address, unfinished: readonly Pick<Unfinished, "names">[]): readonly string[] {
  const kind = parseAddress(address)?.kind ?? "";
  return [address, ...unfinished.flatMap(({ names }) => names.map((name) => `${kind}.${name}`))];
}
