import type { Address } from "../../model/address.ts";
import type { Departure } from "../decide/departures.ts";
import { type Draft, draftStep, fact, type StepDraft } from "../draft/draft-step.ts";
import { append, compareText, isLive, isWildcard, type World } from "../input/index-world.ts";

/** What the waits before deletes are made from. */
export interface IdleContext {
  readonly world: World;
  readonly draft: Draft;
  readonly departures: ReadonlyMap<string, Departure>;
  /** Clusters that start to serve in a pool within this plan, by physical pool name. */
  readonly joiners: ReadonlyMap<string, readonly string[]>;
  /** Queues that an interrupted run wrote out and did not restore. */
  readonly narrowed: ReadonlySet<string>;
  /** Those of them that are as they were written out. */
  readonly restorable: readonly string[];
  /** Clusters that an interrupted run made queues release, by queue name. */
  readonly released: ReadonlyMap<string, readonly string[]>;
  /** Whether the plan contains what is drafted for an address: a part of a plan leaves some out. */
  readonly isPlanned: (address: Address) => boolean;
}

/**
 * Where clusters can't be drained, waits until every queue that may have sent work to a leaving cluster is idle. A `*` queue
 * is written out as its other members in the meantime, so that it gets idle as far as the leaver is concerned, and restored
 * after the delete. A queue with other members does not distinguish work by cluster: the whole queue has to be idle.
 */
export function planIdleWaits(context: IdleContext): void {
  const drafted = indexSteps(context);
  const leaversOf = new Map<string, Departure[]>();
  for (const departure of context.departures.values()) {
    if (departure.how !== "delete") continue;
    for (const queue of sendingQueues(departure, drafted, context)) append(leaversOf, queue, departure);
  }
  const names = [...leaversOf.keys()].sort(compareText);
  for (const name of names) planQueueWait(name, leaversOf.get(name) ?? [], drafted, context);
}

/** The steps drafted so far that waits have to fit in with. */
interface Drafted {
  /** Deletes of clusters, by name. */
  readonly deletes: ReadonlyMap<string, readonly StepDraft[]>;
  /** Creates and updates of queues that this plan contains, by name. */
  readonly writes: ReadonlyMap<string, readonly QueueWrite[]>;
  /** Names of queues that become `*` in this plan, by pool. */
  readonly widened: ReadonlyMap<string, readonly string[]>;
}

function indexSteps({ draft: { steps }, world, isPlanned }: IdleContext): Drafted {
  const deletes = new Map<string, StepDraft[]>();
  const writes = new Map<string, QueueWrite[]>();
  const widened = new Map<string, string[]>();
  for (const step of steps) {
    const name = step.physical_name;
    if (step.kind === "cluster" && step.op === "delete") append(deletes, name, step);
    if (step.kind !== "queue" || (step.op !== "update" && step.op !== "create")) continue;
    // A queue that is left out of the plan gets no work by it: waiting for it would never end.
    if (!isPlanned(step.address)) continue;
    append(writes, name, step);
    const pool = step.set.cluster_pool ?? world.queues.get(name)?.spec.cluster_pool;
    if (pool !== undefined && isWildcard(step.set.clusters ?? [])) append(widened, pool, name);
  }
  return { deletes, writes, widened };
}

/** A draft that writes a queue's selector, or may. */
type QueueWrite = Extract<StepDraft, { kind: "queue"; op: "create" | "update" }>;

function setsWildcard({ set }: QueueWrite): boolean {
  return isWildcard(set.clusters ?? []);
}

/** Names of the queues that may have sent work to a leaving cluster, or may come to before it is gone. */
function sendingQueues({ cluster }: Departure, { widened }: Drafted, context: IdleContext): ReadonlySet<string> {
  const { world } = context;
  const own = world.queues.get(cluster.name);
  const wildcards = (world.queuesOf.get(cluster.pool) ?? []).filter((queue) => isWildcard(queue.spec.clusters));
  const ownSends = own !== undefined && isLive(own) && own.spec.clusters.includes(cluster.name);
  const live = [...(ownSends ? [own] : []), ...(world.pinning.get(cluster.name) ?? []), ...wildcards];
  return new Set([
    ...live.map((queue) => queue.name),
    ...listFormerSenders(cluster, context),
    ...(widened.get(cluster.pool) ?? []),
  ]);
}

/** Names of the queues that an interrupted run made release a cluster, or wrote out: they may still have work there. */
export function listFormerSenders(
  { name, pool }: Departure["cluster"],
  { world, narrowed, released }: Pick<IdleContext, "world" | "narrowed" | "released">,
): readonly string[] {
  const isOfPool = (queue: string) => world.queues.get(queue)?.spec.cluster_pool === pool;
  const former = [...released].filter(
    ([queue, clusters]) =>
      world.queues.has(queue) && (clusters.includes(name) || (clusters.includes("*") && isOfPool(queue))),
  );
  return [
    ...[...narrowed].filter((queue) => isLive(world.queues.get(queue)) && isOfPool(queue)),
    ...former.map(([queue]) => queue),
  ];
}

function planQueueWait(queue: string, leavers: readonly Departure[], drafted: Drafted, context: IdleContext): void {
  const { draft, narrowed, world } = context;
  const address = smallestAddress(leavers);
  const names = leavers.map((leaver) => leaver.cluster.name);
  const follows = names.flatMap((name) => drafted.deletes.get(name) ?? []).flatMap((step) => step.follows);
  const own = drafted.writes.get(queue) ?? [];
  const isWide = isWildcard(world.queues.get(queue)?.spec.clusters ?? []) || own.some(setsWildcard);
  draft.reads.add(`queue.${queue}`);
  if (narrowed.has(queue) && !isWildcard(world.queues.get(queue)?.spec.clusters ?? [])) {
    // It is written out already, and must not come back to * before the leavers are gone.
    own.at(-1)?.needs.push(...names.map(fact.gone));
  } else if (isWide) writeOut(queue, leavers, { address, follows, own }, context);
  draft.steps.push(
    draftStep({
      address,
      kind: "queue",
      name: queue,
      op: "await",
      until: "idle",
      timeout_ms: shortestTimeout(leavers),
      needs: names.map(fact.unpinned),
      gives: names.map(fact.idle),
      follows,
    }),
  );
}

/** Writes a `*` queue out as the members that stay (or, if none does, those that come), and restores it in the end. */
function writeOut(
  queue: string,
  leavers: readonly Departure[],
  { address, follows, own }: { address: Address; follows: readonly string[]; own: readonly QueueWrite[] },
  context: IdleContext,
): void {
  const { draft } = context;
  const names = leavers.map((leaver) => leaver.cluster.name);
  const final = own.at(-1);
  if (final !== undefined && !isWildcard(final.set.clusters ?? ["*"])) {
    final.gives.push(...names.map(fact.unpinned));
    return;
  }
  const pool = leavers[0]?.cluster.pool ?? "";
  const others = findOthers(pool, context);
  if (others === null) return;
  const base = { address, kind: "queue" as const, name: queue, op: "update" as const };
  const narrow = draftStep({
    ...base,
    ...others,
    phase: "write-out",
    gives: names.map(fact.unpinned),
    follows: [...follows, ...own.map((step) => step.id)],
  });
  const restore = draftStep({
    ...base,
    phase: "restore",
    set: { clusters: ["*"] },
    needs: names.map(fact.gone),
    follows: [narrow.id],
  });
  draft.steps.push(narrow, restore);
}

/** Sets a queue to the members of its pool that stay, or if none does, to those that come; null: there are neither. */
function findOthers(pool: string, { draft, world, departures, joiners }: IdleContext) {
  const staying = (world.members.get(pool) ?? []).filter((name) => !departures.has(name));
  const coming = joiners.get(pool) ?? [];
  const others = staying.length > 0 ? staying : coming;
  if (others.length === 0) return null;
  draft.reads.add(`members.${pool}`);
  return {
    set: { clusters: [...others].sort() },
    needs: others.every((name) => coming.includes(name)) ? others.map((name) => fact.member(name, pool)) : [],
  };
}

/**
 * Restores a queue that an interrupted run wrote out, and that has not been changed since, once the clusters that it had to release are gone.
 * It first releases those that it names and that leave now.
 */
export function restoreWrittenOut(context: IdleContext): void {
  const { draft, world, restorable, departures } = context;
  for (const name of restorable) {
    const queue = world.queues.get(name);
    if (queue === undefined || !isLive(queue) || isWildcard(queue.spec.clusters)) continue;
    const declared = draft.steps.some(
      (step) =>
        step.kind === "queue" && step.physical_name === name && step.op === "update" && step.set.clusters !== undefined,
    );
    if (declared) continue;
    const pool = queue.spec.cluster_pool;
    const leaving = (world.members.get(pool) ?? []).filter((member) => departures.has(member));
    const pinned = queue.spec.clusters.filter((cluster) => leaving.includes(cluster));
    const others = pinned.length === 0 ? null : findOthers(pool, context);
    const address = `queue.${name}` as const;
    const base = { address, kind: "queue" as const, name, op: "update" as const };
    const letGo =
      others === null ? [] : [draftStep({ ...base, ...others, phase: "release", gives: pinned.map(fact.unpinned) })];
    const restore = draftStep({
      ...base,
      phase: "restore",
      set: { clusters: ["*"] },
      needs: leaving.map(fact.gone),
      follows: letGo.map(({ id }) => id),
    });
    draft.steps.push(...letGo, restore);
    draft.reads.add(`queue.${name}`);
    draft.changes.push({
      address,
      physical_name: name,
      previous_physical_name: null,
      action: "update",
      before: { clusters: queue.spec.clusters },
      after: { clusters: ["*"] },
      replace_paths: [],
      action_reason: "differs",
      origin: "unknown",
    });
  }
}

/** One wait for several clusters lasts no longer than the least patient of their manifests allows. */
function shortestTimeout(leavers: readonly Departure[]): number | null {
  const limits = leavers.flatMap(({ timeout_ms }) => timeout_ms ?? []);
  return limits.length === 0 ? null : Math.min(...limits);
}

function smallestAddress(leavers: readonly Departure[]): Address {
  const addresses = leavers.map((leaver) => leaver.address).sort(compareText);
  const first = addresses[0];
  if (first === undefined) throw new Error("unreachable: a wait has at least one leaving cluster");
  return first;
}
