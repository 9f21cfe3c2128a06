import type { Decisions } from "../decide/decisions.ts";
import { effectiveSelector, listRestorable } from "../decide/effective-queue.ts";
import { type Fact, fact, type StepDraft } from "../draft/draft-step.ts";
import { append, isLive, isWildcard } from "../input/index-world.ts";
import { listServing, type PoolMembers } from "../steps/serving-facts.ts";
import type { WildcardOrder } from "./order-departures.ts";

/** What of a plan says whether a queue reaches a cluster in service throughout. */
interface Surroundings {
  readonly decisions: Decisions;
  readonly members: PoolMembers;
  readonly wildcards: WildcardOrder;
}

/** The clusters that a queue sends work to. */
interface Selection {
  readonly pool: string;
  readonly clusters: readonly string[];
}

/**
 * Of the queues that settings come to name, those that have no cluster in service before this plan, or for a while within it, are served by
 * the first cluster that serves there, once the queue names it.
 */
export function giveService(steps: readonly StepDraft[], { decisions, members, wildcards }: Surroundings): void {
  const named = new Set(steps.flatMap(({ needs }) => needs.filter(isServed)));
  if (named.size === 0) return;
  const interrupted = new Set(wildcards.interrupted.map(({ pool }) => pool));
  const selections = listSelections(decisions);
  const turning = new Map<string, Fact>();
  const servedBy = new Map<Fact, Fact[]>();
  for (const served of named) {
    const queue = served.slice(SERVED.length);
    const live = decisions.world.queues.get(queue);
    const now = live !== undefined && isLive(live) && live.state === "active" ? selectionOf(live.spec) : null;
    const after = selections.get(queue) ?? (live === undefined ? null : selectionOf(live.spec));
    if (after === null || (now !== null && isServedThroughout(now, after, members, interrupted))) continue;
    turning.set(queue, served);
    const isThere = findServing(after, members).staying.length > 0;
    const coming = members.joiners.get(after.pool)?.find((name) => reaches(after, name));
    if (!isThere && coming !== undefined) append(servedBy, fact.serving(coming), served);
  }
  for (const step of steps) {
    const turned = isTurn(step) ? turning.get(step.physical_name) : undefined;
    const first = step.gives.flatMap((given) => servedBy.get(given) ?? []);
    step.gives.push(...(turned === undefined ? first : [turned, ...first]));
  }
}

/** What of a queue's service leaves within a plan. */
export interface Loss {
  /** The clusters that take its service with them, permanently or for a while; none where others serve it throughout, or take over. */
  readonly leavers: readonly string[];
  /** Whether it ends without a cluster in service. */
  readonly isLast: boolean;
}

/** Finds what queues that take work lose of their service, by the name of the queue. Where others take over in a pool, its order sees to that. */
export function openLosses({ decisions, members, wildcards }: Surroundings): (queue: string) => Loss {
  const interrupted = new Set(wildcards.interrupted.map(({ pool }) => pool));
  const selections = listSelections(decisions);
  const known = new Map<string, ReturnType<typeof listServing>>();
  const listOf = (pool: string) => {
    const serving = known.get(pool) ?? listServing(pool, members);
    known.set(pool, serving);
    return serving;
  };
  return (queue) => {
    const live = decisions.world.queues.get(queue);
    if (live === undefined || !isLive(live) || live.state !== "active") return { leavers: [], isLast: false };
    const now = selectionOf(live.spec);
    const after = selections.get(queue) ?? now;
    const isReached = (name: string) => reaches(after, name);
    const isServedAfter =
      listOf(after.pool).staying.some(isReached) || (members.joiners.get(after.pool) ?? []).some(isReached);
    const { staying, leaving } = listOf(now.pool);
    const isEmptied = isWildcard(now.clusters) && interrupted.has(now.pool);
    if (staying.some((name) => reaches(now, name)) || (isServedAfter && !isEmptied))
      return { leavers: [], isLast: !isServedAfter };
    return { leavers: leaving.filter((name) => reaches(now, name)), isLast: !isServedAfter };
  };
}

/** Whether a queue takes work and reaches a cluster in service, before a plan. */
export function isServedNow(queue: string, members: PoolMembers): boolean {
  const live = members.world.queues.get(queue);
  if (live === undefined || !isLive(live) || live.state === "drained") return false;
  const { staying, leaving } = findServing(selectionOf(live.spec), members);
  return staying.length + leaving.length > 0;
}

/** Where the queues of a plan send work once it is applied, by physical name. */
function listSelections(decisions: Decisions): ReadonlyMap<string, Selection> {
  const { clusters, queues, clusterOf, world } = decisions;
  const restored = listRestorable(decisions).flatMap((name) => {
    const spec = world.queues.get(name)?.spec;
    return spec === undefined ? [] : [[name, { pool: spec.cluster_pool, clusters: ["*"] }] as const];
  });
  return new Map<string, Selection>([
    ...restored,
    ...clusters.map(({ physical, pool }) => [physical, { pool, clusters: [physical] }] as const),
    ...queues.map(
      (queue) => [queue.physical, { pool: queue.pool, clusters: effectiveSelector(queue, clusterOf) }] as const,
    ),
  ]);
}

function selectionOf({
  cluster_pool: pool,
  clusters,
}: {
  cluster_pool: string;
  clusters: readonly string[];
}): Selection {
  return { pool, clusters };
}

/** What names its clusters keeps one until it names others: these are there by then. */
function isServedThroughout(
  now: Selection,
  after: Selection,
  members: PoolMembers,
  interrupted: ReadonlySet<string>,
): boolean {
  const { staying, leaving } = findServing(now, members);
  const isWide = isWildcard(now.clusters) || isWildcard(after.clusters);
  return staying.length > 0 || (leaving.length > 0 && !(isWide && interrupted.has(now.pool)));
}

function findServing(selection: Selection, members: PoolMembers): ReturnType<typeof listServing> {
  const { staying, leaving } = listServing(selection.pool, members);
  const isReached = (name: string) => reaches(selection, name);
  return { staying: staying.filter(isReached), leaving: leaving.filter(isReached) };
}

function reaches({ clusters }: Selection, cluster: string): boolean {
  return isWildcard(clusters) || clusters.includes(cluster);
}

/** Whether a step makes a queue name its clusters. */
export function isTurn(step: StepDraft): boolean {
  return step.kind === "queue" && step.op === "update" && step.set.clusters !== undefined;
}

const SERVED = fact.served("");
const isServed = (one: string) => one.startsWith(SERVED);
