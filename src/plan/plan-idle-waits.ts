import type { Address } from "../model/address.ts";
import type { LiveQueue } from "../model/live.ts";
import type { Departure } from "./departures.ts";
import { type Draft, draftStep, fact, type StepDraft } from "./draft.ts";
import { append, compareText, isLive, isWildcard, type World } from "./index-world.ts";

/** What the waits before deletes are made from. */
export interface IdleContext {
  readonly world: World;
  readonly draft: Draft;
  readonly departures: ReadonlyMap<string, Departure>;
  /** New members that a pool gets in this plan, by physical pool name. */
  readonly joiners: ReadonlyMap<string, readonly string[]>;
  /** Queues that an interrupted run wrote out and did not restore. */
  readonly narrowed: ReadonlySet<string>;
  /** Clusters that an interrupted run made queues let go of, by queue name. */
  readonly released: ReadonlyMap<string, readonly string[]>;
}

/**
 * Where clusters can't be drained, waits until every queue that may have sent work to a leaving cluster is idle. A `*` queue
 * is written out as its other members meanwhile, so that it comes to rest as far as the leaver is concerned, and restored
 * after the delete. A queue with other members can't tell work apart by cluster: the whole queue has to be idle.
 */
export function planIdleWaits(context: IdleContext): void {
  const { world, departures } = context;
  const drafted = indexSteps(context.draft.steps);
  const leaversOf = new Map<LiveQueue, Departure[]>();
  for (const departure of departures.values()) {
    if (departure.how !== "delete") continue;
    for (const queue of sendingQueues(departure, context)) append(leaversOf, queue, departure);
  }
  for (const queue of world.queues.values()) {
    const leavers = leaversOf.get(queue);
    if (leavers !== undefined) planQueueWait(queue, leavers, drafted, context);
  }
}

/** The steps drafted so far that waits have to fit in with. */
interface Drafted {
  /** Deletes of clusters, by name. */
  readonly deletes: ReadonlyMap<string, readonly StepDraft[]>;
  /** Updates of queues, by name. */
  readonly updates: ReadonlyMap<string, readonly StepDraft[]>;
}

function indexSteps(steps: readonly StepDraft[]): Drafted {
  const deletes = new Map<string, StepDraft[]>();
  const updates = new Map<string, StepDraft[]>();
  for (const step of steps) {
    if (step.kind === "cluster" && step.op === "delete") append(deletes, step.physical_name, step);
    if (step.kind === "queue" && step.op === "update") append(updates, step.physical_name, step);
  }
  return { deletes, updates };
}

function sendingQueues({ cluster }: Departure, { world, narrowed, released }: IdleContext): readonly LiveQueue[] {
  const own = world.queues.get(cluster.name);
  const wildcards = (world.queuesOf.get(cluster.pool) ?? []).filter(
    (queue) => isWildcard(queue.spec.clusters) || narrowed.has(queue.name),
  );
  const ownSends = own !== undefined && isLive(own) && own.spec.clusters.includes(cluster.name);
  const former = [...released]
    .filter(([, clusters]) => clusters.includes(cluster.name) || isWildcard(clusters))
    .flatMap(([name, clusters]) => {
      const queue = world.queues.get(name);
      const sent = queue !== undefined && (!isWildcard(clusters) || queue.spec.cluster_pool === cluster.pool);
      return sent ? [queue] : [];
    });
  const all = [...(ownSends ? [own] : []), ...(world.pinning.get(cluster.name) ?? []), ...former, ...wildcards];
  return [...new Set(all)];
}

function planQueueWait(queue: LiveQueue, leavers: readonly Departure[], drafted: Drafted, context: IdleContext): void {
  const { draft } = context;
  const address = smallestAddress(leavers);
  const names = leavers.map((leaver) => leaver.cluster.name);
  const follows = names.flatMap((name) => drafted.deletes.get(name) ?? []).flatMap((step) => step.follows);
  const own = drafted.updates.get(queue.name) ?? [];
  draft.reads.add(`queue.${queue.name}`);
  if (isWildcard(queue.spec.clusters)) writeOut(queue, leavers, { address, follows, own }, context);
  else if (context.narrowed.has(queue.name)) {
    // It is written out already, and must not come back to * before the leavers are gone.
    own.at(-1)?.needs.push(...names.map(fact.gone));
  }
  draft.steps.push(
    draftStep({
      address,
      kind: "queue",
      name: queue.name,
      op: "await",
      until: "idle",
      needs: names.map(fact.unpinned),
      gives: names.map(fact.idle),
      follows,
    }),
  );
}

/** Writes a `*` queue out as the members that stay (or, if none does, those that come), and restores it in the end. */
function writeOut(
  queue: LiveQueue,
  leavers: readonly Departure[],
  { address, follows, own }: { address: Address; follows: readonly string[]; own: readonly StepDraft[] },
  context: IdleContext,
): void {
  const { draft, world, departures, joiners } = context;
  const pool = queue.spec.cluster_pool;
  const names = leavers.map((leaver) => leaver.cluster.name);
  const final = own.at(-1);
  if (final !== undefined && !isWildcard((final.set?.clusters ?? ["*"]) as string[])) {
    final.gives.push(...names.map(fact.unpinned));
    return;
  }
  const staying = (world.members.get(pool) ?? []).filter((name) => !departures.has(name));
  const others = staying.length > 0 ? staying : (joiners.get(pool) ?? []);
  if (others.length === 0) return;
  draft.reads.add(`members.${pool}`);
  const base = { address, kind: "queue" as const, name: queue.name, op: "update" as const };
  const narrow = draftStep({
    ...base,
    phase: "write-out",
    set: { clusters: [...others].sort() },
    needs: staying.length > 0 ? [] : others.map((name) => fact.member(name, pool)),
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

/** Restores a queue that an interrupted run wrote out, once the clusters that it had to let go are gone. */
export function restoreWrittenOut(context: IdleContext): void {
  const { draft, world, narrowed, departures } = context;
  for (const name of narrowed) {
    const queue = world.queues.get(name);
    if (queue === undefined || !isLive(queue) || isWildcard(queue.spec.clusters)) continue;
    const declared = draft.steps.some(
      (step) => step.kind === "queue" && step.physical_name === name && step.op === "update",
    );
    if (declared) continue;
    const leaving = (world.members.get(queue.spec.cluster_pool) ?? []).filter((member) => departures.has(member));
    const address = `queue.${name}` as const;
    draft.steps.push(
      draftStep({
        address,
        kind: "queue",
        name,
        op: "update",
        phase: "restore",
        set: { clusters: ["*"] },
        needs: leaving.map(fact.gone),
      }),
    );
    draft.reads.add(`queue.${name}`);
    draft.changes.push({
      address,
      physical_name: name,
      previous_physical_name: null,
      actions: ["update"],
      before: { clusters: queue.spec.clusters },
      after: { clusters: ["*"] },
      replace_paths: [],
      action_reason: "differs",
      origin: "unknown",
    });
  }
}

function smallestAddress(leavers: readonly Departure[]): Address {
  const addresses = leavers.map((leaver) => leaver.address).sort(compareText);
  const first = addresses[0];
  if (first === undefined) throw new Error("unreachable: a wait has at least one leaving cluster");
  return first;
}
