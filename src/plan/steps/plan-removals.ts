import type { Address } from "../../model/address.ts";
import type { LiveCluster, LivePool, LiveQueue } from "../../model/objects/live.ts";
import type { Notice } from "../../model/plan/plan.ts";
import { listSome } from "../../model/text/list-some.ts";
import type { Leftovers, Removal } from "../decide/find-removals.ts";
import { draftStep, fact } from "../draft/draft-step.ts";
import { liveQueueFields } from "../fields/queue-fields.ts";
import { isCoNamed, type World } from "../input/index-world.ts";
import { type ClusterContext, liveClusterFields, removeCluster } from "./plan-clusters.ts";
import { poolFields } from "./plan-pools.ts";
import { type ReleaseMode, releaseAndRemove } from "./plan-queues.ts";

/** What decides whether a pool can go: who leaves it. */
export interface RemovalContext extends ClusterContext {
  /** Physical names of queues that this plan moves to another pool or replaces. */
  readonly leavingQueues: ReadonlySet<string>;
  /** Modes forced upon queues, by physical name, to break a circle of dependencies. */
  readonly modes: ReadonlyMap<string, ReleaseMode>;
  /** The mode in which each queue that must release clusters does so; removed ones are added. */
  readonly used: Map<string, ReleaseMode>;
}

/**
 * Plans the deletion of live objects that no manifest names any more, and the release of owned ones. All registrations of one
 * object are one change: its address is released once every one of them is gone.
 */
export function planRemovals(leftovers: Leftovers, context: RemovalContext): void {
  const { draft, world } = context;
  const removed = new Set(leftovers.removals.map((removal) => `${removal.object.kind}.${removal.object.name}`));
  for (const [address, registrations] of Map.groupBy(leftovers.removals, (removal) => removal.address)) {
    const staying = registrations.filter((removal) => planRemoval(removal, removed, context));
    const stays = staying.length === registrations.length;
    const [newest = unreachable(address)] = registrations;
    const before = fieldsOf(newest.object, world);
    draft.changes.push({
      address,
      physical_name: newest.object.name,
      previous_physical_name: null,
      action: stays ? "keep" : "delete",
      before,
      after: stays ? before : null,
      replace_paths: [],
      action_reason: stays ? "cannot_delete" : "no_manifest",
      origin: "unknown",
    });
    if (registrations.length > 1) draft.notices.push(noteRegistrations(address, registrations));
    if (staying.length === 0) draft.releases.push(address);
    if (stays && newest.owned !== null) draft.kept.push(newest.owned);
  }
  draft.kept.push(...leftovers.kept);
  for (const owned of leftovers.forgotten) draft.releases.push(owned.address);
}

/** A change has one name; who reads it must know of every registration that it is about. */
function noteRegistrations(address: Address, registrations: readonly Removal[]): Notice {
  const names = registrations.map(({ object }) => object.name).join(", ");
  const message = `${address} has ${registrations.length} registrations, as a replacement was not finished: ${names}. All of them are removed.`;
  return { code: "all-registrations", message, addresses: [address] };
}

function unreachable(address: Address): never {
  throw new Error(`unreachable: the removal of ${address} has a registration`);
}

/** Adds the steps of one removal. True when the object has to stay because the control plane would refuse. */
function planRemoval(removal: Removal, removed: ReadonlySet<string>, context: RemovalContext): boolean {
  const { object, address, timeout_ms } = removal;
  switch (object.kind) {
    case "cluster":
      context.draft.reads.add(`members.${object.pool}`).add(`queue.${object.name}`);
      removeCluster(object, address, timeout_ms, context);
      return false;
    case "queue":
      if (context.world.capabilities.queue_state) {
        for (const [queue, mode] of releaseAndRemove(object, address, { timeout_ms }, context)) {
          context.used.set(queue, mode);
        }
        return false;
      }
      context.draft.notices.push({
        code: "queue-stays",
        message: `Queue ${object.name} has no manifest any more, but this control plane can't delete queues: it stays, bound to pool ${object.spec.cluster_pool}.`,
        addresses: [address],
      });
      return true;
    case "cluster_pool":
      return planPoolRemoval(removal, object, removed, context);
  }
}

function planPoolRemoval(
  removal: Removal,
  pool: LivePool,
  removed: ReadonlySet<string>,
  context: RemovalContext,
): boolean {
  const { draft, world } = context;
  draft.reads.add(`cluster_pool.${pool.name}`).add(`members.${pool.name}`).add(`queues.${pool.name}`);
  const referrers = [...remainingClusters(pool, context), ...remainingQueues(pool, removed, context)];
  if (referrers.length > 0) {
    const why = world.capabilities.queue_state ? "" : " (queues can't be deleted on this control plane)";
    draft.notices.push({
      code: "pool-stays",
      message: `Cluster pool ${pool.name} has no manifest any more, but can't be deleted while it is referenced by ${listSome(referrers)}${why}.`,
      addresses: [removal.address],
    });
    return true;
  }
  draft.steps.push(
    draftStep({
      address: removal.address,
      kind: "cluster_pool",
      name: pool.name,
      op: "delete",
      needs: [fact.left(pool.name)],
    }),
  );
  return false;
}

function remainingClusters(pool: LivePool, { world, departures }: RemovalContext): readonly string[] {
  const members = world.members.get(pool.name) ?? [];
  return members
    .filter((name) => !["move", "delete"].includes(departures.get(name)?.how ?? ""))
    .map((name) => `cluster ${name}`);
}

function remainingQueues(pool: LivePool, removed: ReadonlySet<string>, context: RemovalContext): readonly string[] {
  const { world, departures, leavingQueues } = context;
  const goes = (queue: LiveQueue) => {
    if (!world.capabilities.queue_state) return false;
    if (isCoNamed(queue, world)) return departures.has(queue.name);
    return removed.has(`queue.${queue.name}`) || leavingQueues.has(queue.name);
  };
  return (world.queuesOf.get(pool.name) ?? []).filter((queue) => !goes(queue)).map((queue) => `queue ${queue.name}`);
}

function fieldsOf(object: LivePool | LiveCluster | LiveQueue, world: World) {
  switch (object.kind) {
    case "cluster_pool":
      return poolFields(object);
    case "cluster":
      return liveClusterFields(object, world);
    case "queue":
      return liveQueueFields(object, world.capabilities);
  }
}
