import type { NamedKind } from "../../kinds/registry.ts";
import { type Address, formatAddress } from "../../model/address.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import type { LiveCluster, LiveQueue } from "../../model/objects/live.ts";
import { rowsBelow } from "../../model/plan/step.ts";
import { listSome } from "../../model/text/list-some.ts";
import type { Finding } from "../compare/finding.ts";
import { type Assignment, ignores } from "../decide/assign-registrations.ts";
import type { Decisions } from "../decide/decisions.ts";
import { listRestorable } from "../decide/effective-queue.ts";
import { listLeftNames, listOurs } from "../decide/former-records.ts";
import { isLive, type World } from "../input/index-world.ts";
import type { Routing } from "../outcome/compute-routing.ts";
import { leavesNothing } from "../placements/placement.ts";

/**
 * What the checks `ownership`, `protected` and `unmanaged-pin` find: an object that is not ours is never replaced, moved or
 * deleted; a protected one is never destroyed, which for a queue is also to be left without a cluster; and an undeclared queue must not lose a cluster that it names.
 */
export function findOwnershipRisks(decisions: Decisions, routing: Pick<Routing, "routeOf">): readonly Finding[] {
  const destroyed = findProtected(decisions);
  const refused = new Set(destroyed.flatMap(({ addresses }) => addresses));
  return [
    ...findStrangers(decisions),
    ...findRegisteredAgain(decisions),
    ...findTakenQueues(decisions),
    ...destroyed,
    ...findEmptied(decisions, routing).filter(({ addresses: [queue = ""] }) => !refused.has(queue)),
    ...findUnmanagedPins(decisions),
  ];
}

interface Named {
  readonly name: string;
}

type AnyAssignment = Pick<
  Assignment<Named & { readonly address: Address; readonly kind: NamedKind }, Named>,
  "desired" | "verb" | "foundBy" | "current" | "predecessors" | "physical" | "lookAlike"
>;

function allAssignments({ pools, clusters, queues }: Decisions): readonly AnyAssignment[] {
  return [...pools, ...clusters, ...queues];
}

function findStrangers(decisions: Decisions): readonly Finding[] {
  const { input, world } = decisions;
  const { ownership } = input;
  const ours = listOurs(input);
  return allAssignments(decisions).flatMap((assignment): Finding[] => {
    const { desired, foundBy, current, predecessors, physical, lookAlike } = assignment;
    const { address } = desired;
    const findings: Finding[] = [];
    if (foundBy === "look-alike") {
      const name = current?.name ?? predecessors[0]?.name ?? physical;
      const isCluster = address.startsWith("cluster.");
      const message =
        ownership === "store"
          ? `${address} is on record but no longer live, and ${name}, which is not on record, has the name of its successor: after a restore it may be that. If it is, set it (${isCluster ? "registration.name" : "previously"}: ${name}); else give this one another name.`
          : `${address} appears to be registered as ${name}: a replacement would leave this state. If that has another owner, give this one another name${isCluster ? ", or name its own registration in registration.previous" : ""}.`;
      findings.push({
        check: "ownership",
        status: ownership === "store" ? "fail" : "warn",
        message,
        addresses: [address],
      });
    }
    if (lookAlike !== undefined) {
      const message = `${address} would be registered as ${physical}, and ${lookAlike}, which is not on record, has the name that a replacement gives it: after the loss of a store it may be this cluster. If it is, set registration.name: ${lookAlike}, and it is adopted; else give the new one a name of its own there, or allow this check.`;
      const concerns = [formatAddress(desired.kind, lookAlike)];
      findings.push({ check: "ownership", status: "fail", message, addresses: [address], concerns });
    }
    const strange = listDisturbed(assignment, world).filter(({ name }) => !ours.has(formatAddress(desired.kind, name)));
    if (ownership === "store" && strange.length > 0)
      findings.push({
        check: "ownership",
        status: "fail",
        message: refuseStrange(assignment, strange),
        addresses: [address],
        concerns: strange.map(({ name }) => formatAddress(desired.kind, name)),
      });
    return findings;
  });
}

/**
 * Clusters to be deleted with their manifests that are in another pool than the one they were applied in, where no cluster can be moved: so
 * another user has deleted ours, and registered this one under its name. What a rollout that is not finished has registered there is ours.
 */
function findRegisteredAgain({ input, leftovers, world }: Decisions): readonly Finding[] {
  if (world.capabilities.cluster_move || input.options.prune === "all") return [];
  const isOwn = ({ name, pool }: LiveCluster) =>
    (input.written ?? []).some(
      ({ op, kind, physical_name, set }) =>
        op === "create" && kind === "cluster" && physical_name === name && set.pool === pool,
    );
  return leftovers.removals.flatMap(({ address, object, owned }): readonly Finding[] => {
    if (object.kind !== "cluster" || owned === null || owned.physical_name !== object.name) return [];
    // Ownership by a restored backup fails a check of its own.
    if (owned.unconfirmed === true) return [];
    const pool = owned.applied !== null && "pool" in owned.applied ? owned.applied.pool : null;
    if (typeof pool !== "string" || pool === object.pool || isOwn(object)) return [];
    const message = `${address} would be deleted: ${object.name} is in pool ${object.pool} and was applied in pool ${pool}. As no cluster can change its pool here, another user has registered this one. To keep it, name it in a manifest with lifecycle.on_remove: orphan, apply that, and remove the manifest; else allow the check ownership for this plan.`;
    return [
      { check: "ownership", status: "fail", message, addresses: [address], concerns: [`cluster.${object.name}`] },
    ];
  });
}

/** The live registrations that do not stay as they are. Of queues that can't be deleted, that is the one that is replaced. */
function listDisturbed(
  { desired, verb, current, predecessors }: AnyAssignment,
  { capabilities }: World,
): readonly Named[] {
  const stay = desired.kind === "queue" && !capabilities.queue_state;
  const gone = stay ? predecessors.slice(0, 1) : predecessors;
  return verb === "move" && current !== null ? [current, ...gone] : gone;
}

function refuseStrange({ desired, verb, current, predecessors }: AnyAssignment, strange: readonly Named[]): string {
  const { address, name } = desired;
  const names = listSome(strange.map((one) => one.name));
  const first = verb === "move" ? current : predecessors[0];
  const isItself = strange.length === 1 && strange[0] === first && (verb === "move" || current === null);
  if (isItself)
    return `${address} would ${verb} ${names}, which is not owned yet. Apply once with the pool that it has now, so that it is adopted; then change the pool.${names === name ? "" : ` If it has another owner, leave it out of the manifest.`}`;
  const field = desired.kind === "cluster" ? "registration.previous, registration.name and previously" : "previously";
  return `${address} would delete ${names}, which its manifest claims but which is not on record. If that has another owner, leave it out of ${field}; to delete it, name it in its own manifest and apply that first, so that it is adopted.`;
}

/**
 * Queues that would become those of clusters which are registered under their names: where the two share names, the server gives a cluster
 * the queue that is there. One that names other clusters routes work to them; what is ours and has no manifest any more may continue so.
 */
function findTakenQueues({ clusters, world, input }: Decisions): readonly Finding[] {
  if (world.capabilities.co_named_managed) return [];
  const listOthers = findTakenSelectors(input);
  return clusters.flatMap(({ desired: { address }, physical, pool, current }): readonly Finding[] => {
    const others = current === null ? listOthers(physical, world.queues.get(physical)) : [];
    if (others.length === 0) return [];
    const message = `${address} would be registered as ${physical} in pool ${pool}, where a queue of that name sends to ${listSome(others)} and no manifest names it: it would become the cluster's own, and send to ${physical} alone. Give the cluster another name there (registration.name).`;
    return [{ check: "ownership", status: "fail", message, addresses: [address], concerns: [`queue.${physical}`] }];
  });
}

/** Gives the clusters that the queue of a cluster's name sends to before that cluster is registered. None: it is to be the cluster's, or our own. */
export function findTakenSelectors({ owned }: Pick<Decisions["input"], "owned">) {
  const ours = new Set(owned.filter(({ kind }) => kind === "queue").map(({ physical_name }) => physical_name));
  return (cluster: string, queue: LiveQueue | undefined): readonly string[] => {
    if (queue === undefined || !isLive(queue) || ours.has(cluster)) return [];
    return queue.spec.clusters.filter((name) => name !== cluster);
  };
}

/** It is the same object under any manifest that has its registration now. */
function isProtected({ continued }: Decisions, { address, lifecycle }: ProtectedDesired): boolean {
  return (
    lifecycle.prevent_destroy || continued.get(address)?.some((record) => record.lifecycle.prevent_destroy) === true
  );
}

type ProtectedDesired = Pick<OwnedObject, "address" | "lifecycle">;

function findProtected(decisions: Decisions): readonly Finding[] {
  const { input, clusters, queues, leftovers, world, placements, takenUp } = decisions;
  const remembered = new Set<string>(
    input.owned.filter((object) => object.lifecycle.prevent_destroy).map((object) => object.address),
  );
  // What a replacement left long ago is no object of its own: the one that has its manifest stays.
  const endsMore = ({ desired, predecessors }: AnyAssignment) =>
    desired.kind !== "queue" || predecessors.some(({ name }) => !takenUp.has(name));
  const replaced = [...clusters, ...queues]
    .filter((one) => one.verb === "replace" && isProtected(decisions, one.desired) && endsMore(one))
    .map(({ desired }) => desired.address);
  const removed = leftovers.removals
    .filter(({ object }) => object.kind !== "queue" || world.capabilities.queue_state)
    .filter((removal) => removal.owned?.lifecycle.prevent_destroy === true)
    .map((removal) => removal.address);
  const placed = placements.removals.map(({ address }) => address);
  const emptied = placements.wanted.filter(leavesNothing).filter(({ address, desired, formerly = [] }) => {
    const isWanted = desired?.lifecycle.prevent_destroy === true;
    return isWanted || remembered.has(address) || formerly.some(({ lifecycle }) => lifecycle.prevent_destroy);
  });
  const gone = new Set([...leftovers.removals.map(({ address }) => address), ...placed]);
  const unknown = input.ownership === "manifest" ? [...gone] : [];
  const protectedPlaces = placed.filter((address) => remembered.has(address));
  const refused = new Set([...replaced, ...removed, ...protectedPlaces, ...emptied.map(({ address }) => address)]);
  return [
    ...warnOfUnknownProtection(unknown),
    ...[...refused].map(refuseToDestroy),
    ...findDisplaced(decisions),
    ...findTakenAlong(decisions, remembered),
  ];
}

/**
 * Protected rows of flyteadmin that the delete of a wider one takes along. They are written back, and until then they are gone: to allow that,
 * lift the protection; to avoid it, keep the wider row.
 */
function findTakenAlong({ placements }: Decisions, remembered: ReadonlySet<string>): readonly Finding[] {
  const wanted = placements.wanted.filter(({ desired }) => desired?.lifecycle.prevent_destroy === true);
  const declared = new Set<string>(wanted.map(({ address }) => address));
  return placements.removals.flatMap(({ address, write }): readonly Finding[] => {
    const below = (rowsBelow(write)?.put_back ?? []).map((name) => formatAddress(write.kind, name));
    const rows = below.filter((row) => remembered.has(row) || declared.has(row));
    if (rows.length === 0) return [];
    const message = `${listSome(rows)} ${rows.length === 1 ? "is" : "are"} protected (lifecycle.prevent_destroy), and flyteadmin would delete ${rows.length === 1 ? "it" : "them"} with ${address} until ${rows.length === 1 ? "it is" : "they are"} written back. Keep ${address}, or lift the protection in a separate change, apply it, then retry.`;
    return [{ check: "protected", status: "fail", message, addresses: [address, ...rows] }];
  });
}

/** Protected objects whose place another one takes: what stood there would be gone, as if it were deleted before. */
function findDisplaced({ placements }: Decisions): readonly Finding[] {
  return placements.wanted.flatMap(({ address, displaces = [] }) =>
    displaces
      .filter(({ lifecycle }) => lifecycle.prevent_destroy)
      .map((former): Finding => {
        const message = `${former.address} is protected (lifecycle.prevent_destroy), and ${address} would be delivered in its place. Where it is the same object, say so in its manifest (previously: ${former.name}); else lift the protection in a separate change, apply it, then retry.`;
        return { check: "protected", status: "fail", message, addresses: [address, former.address] };
      }),
  );
}

/**
 * Protected queues that reach clusters now and would reach none, manifest or not: no work gets anywhere by them, and where queues
 * can't be deleted that is all that destroying one comes to.
 */
function findEmptied(decisions: Decisions, { routeOf }: Pick<Routing, "routeOf">): readonly Finding[] {
  const { queues, leftovers, departures } = decisions;
  const { removals, kept, forgotten } = leftovers;
  const isQueue = ({ kind, lifecycle }: OwnedObject) => kind === "queue" && lifecycle.prevent_destroy;
  const known = [
    ...queues
      .filter(({ desired }) => isProtected(decisions, desired))
      .map(({ desired, physical }) => ({ address: desired.address, name: physical })),
    ...removals
      .filter(({ owned, object }) => owned !== null && isQueue(owned) && owned.physical_name === object.name)
      .map(({ address, object }) => ({ address, name: object.name })),
    ...[...kept, ...forgotten].filter(isQueue).map(({ address, physical_name }) => ({ address, name: physical_name })),
  ];
  return known.flatMap(({ address, name }): readonly Finding[] => {
    const { reach, pool } = routeOf(name);
    const before = reach.before ?? [];
    if (before.length === 0 || reach.after?.length !== 0) return [];
    const leaving = before.map((cluster) => departures.get(cluster)?.address).filter((found) => found !== undefined);
    const message = `${address} is protected (lifecycle.prevent_destroy) and would be left without a cluster: pool ${pool} would have none that it names, so it would route nowhere. Keep ${listSome(before)} there, or lift the protection in a separate change, apply it, then retry.`;
    return [{ check: "protected", status: "fail", message, addresses: [address, ...new Set(leaving)] }];
  });
}

/** A protection outlives its manifest only where a store remembers it. */
function warnOfUnknownProtection(addresses: readonly Address[]): readonly Finding[] {
  if (addresses.length === 0) return [];
  const message = "Without a store, it is unknown whether objects without a manifest were protected (prevent_destroy).";
  return [{ check: "protected", status: "warn", message, addresses }];
}

function refuseToDestroy(address: Address): Finding {
  return {
    check: "protected",
    status: "fail",
    message: `${address} is protected (lifecycle.prevent_destroy) and would be destroyed. Lift the protection in a separate change, apply it, then retry.`,
    addresses: [address],
  };
}

/**
 * Which queues replacements of ours left behind, where queues can't be deleted: what becomes of them is of no concern. With a store the record says
 * so. Without one it is any queue that has the name of a declared one, or that name followed by the pool that it is bound to.
 */
export function findLeftBehind({
  world,
  queues,
  input,
}: Pick<Decisions, "world" | "queues" | "input">): (queue: LiveQueue) => boolean {
  if (world.capabilities.queue_state) return () => false;
  if (input.ownership === "store") {
    const left = new Set(listLeftNames(input));
    return ({ name }) => left.has(name);
  }
  const ours = new Set(queues.map(({ desired }) => desired.name));
  return ({ name, spec }) => {
    const suffix = name.lastIndexOf(`-${spec.cluster_pool}`);
    const counted = /^(-\d+)?$/.test(name.slice(suffix + 1 + spec.cluster_pool.length));
    return ours.has(name) || (suffix > 0 && counted && ours.has(name.slice(0, suffix)));
  };
}

function findUnmanagedPins(decisions: Decisions): readonly Finding[] {
  const { world, departures, queues, clusters, leftovers, input } = decisions;
  if (departures.size === 0) return [];
  const isLeftBehind = findLeftBehind(decisions);
  const recorded = listOurs(input);
  const isRecorded = (name: string) => recorded.has(formatAddress("queue", name));
  // Where queues can't be deleted, the delete takes the cluster out of the selectors of those that are our own and have no manifest.
  const isLoosened = (queue: LiveQueue) =>
    isLeftBehind(queue) || (!world.capabilities.queue_state && isRecorded(queue.name));
  const governed = [...queues.filter((assignment) => !ignores(assignment, "clusters")), ...clusters];
  const known = new Set(governed.map((assignment) => assignment.physical));
  const declared = new Map(queues.map((assignment) => [assignment.physical, assignment.desired.address]));
  const refused = world.capabilities.queue_state ? ({ refused: true } as const) : {};
  for (const { predecessors } of queues) {
    // What is not on record is judged by that, under any name.
    for (const { name } of predecessors) if (input.ownership === "manifest" || isRecorded(name)) known.add(name);
  }
  for (const { object } of leftovers.removals) if (object.kind === "queue") known.add(object.name);
  // What an interrupted run wrote out names clusters by that alone, and is set back.
  for (const name of listRestorable(decisions)) known.add(name);
  const findings: Finding[] = [];
  for (const { cluster, address, how } of departures.values()) {
    for (const queue of world.pinning.get(cluster.name) ?? []) {
      const ours = known.has(queue.name) || (!declared.has(queue.name) && isLoosened(queue));
      if (ours || !isLive(queue)) continue;
      const owner = declared.get(queue.name);
      const fate = { move: "moved", delete: "deleted", drain: "drained" }[how];
      findings.push({
        check: "unmanaged-pin",
        status: "fail",
        message: `Queue ${queue.name}, ${owner === undefined ? "which no manifest names" : "whose manifest ignores its clusters"}, pins cluster ${cluster.name}, which would be ${fate}. Let a manifest name its clusters, or take the cluster out of its selector.`,
        addresses: [address, owner ?? `queue.${queue.name}`],
        ...refused,
      });
    }
  }
  return findings;
}
