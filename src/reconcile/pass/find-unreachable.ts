import type { UnreachableWork } from "../../model/daemon/daemon-records.ts";
import { isInService, type LiveCluster, type LiveQueue, type LiveState } from "../../model/objects/live.ts";
import type { ControlPlaneReader } from "../../systems/control-plane/reader.ts";
import { readImpact } from "../live/read-impact.ts";

/** Work that was found waiting; the caller's records have since when. */
export type FoundUnreachable = Omit<UnreachableWork, "since">;

/** Queues of a target that stay on record one by one: a control plane names as many as it likes. */
export const MOST_UNREACHABLE = 1_000;

/** What stays on record of the queues that were found now: those that are known first, with since when, and how many more there are. */
export function boundUnreachable(
  found: readonly FoundUnreachable[],
  known: readonly UnreachableWork[],
  at: string,
): { readonly unreachable: readonly UnreachableWork[]; readonly unreachable_more?: number } {
  const since = new Map(known.map((work) => [work.queue, work.since]));
  const [before, fresh] = [
    found.filter(({ queue }) => since.has(queue)),
    found.filter(({ queue }) => !since.has(queue)),
  ];
  const unreachable = (found.length > MOST_UNREACHABLE ? [...before, ...fresh] : found)
    .slice(0, MOST_UNREACHABLE)
    .map((work) => ({ ...work, since: since.get(work.queue) ?? at }));
  const more = found.length - unreachable.length;
  return { unreachable, ...(more > 0 && { unreachable_more: more }) };
}

/**
 * Finds queues in service that reach no cluster and have work that waits. Metrics are requested only for such queues. Work that was `known`
 * to wait counts as waiting until metrics say otherwise or a cluster is reached: unknown is not idle, and a queue that was drained since
 * routes it nowhere either.
 */
export async function findUnreachable(
  reader: ControlPlaneReader | null,
  { queues, clusters }: Pick<LiveState, "queues" | "clusters">,
  known: readonly FoundUnreachable[],
): Promise<readonly FoundUnreachable[]> {
  if (reader === null) return [];
  const before = new Map(known.map(({ queue, waiting }) => [queue, waiting]));
  const dead = queues.filter(
    ({ name, state, available_clusters }) =>
      available_clusters.length === 0 && (state === "active" || before.has(name)),
  );
  if (dead.length === 0) return [];
  const { inFlight } = await readImpact(
    reader,
    dead.map(({ name, spec }) => ({ name, pool: spec.cluster_pool })),
  );
  const explain = createExplain(clusters);
  return dead.flatMap((queue): readonly FoundUnreachable[] => {
    const waiting = inFlight.get(queue.name)?.current_depth ?? before.get(queue.name) ?? 0;
    return waiting > 0 ? [{ queue: queue.name, waiting, reason: explain(queue) }] : [];
  });
}

function createExplain(clusters: readonly LiveCluster[]): (queue: LiveQueue) => string {
  const there = indexClusters(clusters);
  const inService = indexClusters(clusters.filter(isInService));
  return ({ spec }) => {
    if (spec.clusters.length === 0) return "it selects no cluster";
    const selectsAny = ({ pools, names }: ClusterIndex) =>
      spec.clusters.includes("*") ? pools.has(spec.cluster_pool) : spec.clusters.some((name) => names.has(name));
    if (!selectsAny(there)) return "none of its selected clusters exists";
    if (!selectsAny(inService)) return "none of its selected clusters is in service";
    return "none of its selected clusters is healthy";
  };
}

interface ClusterIndex {
  readonly names: ReadonlySet<string>;
  readonly pools: ReadonlySet<string>;
}

function indexClusters(clusters: readonly LiveCluster[]): ClusterIndex {
  return { names: new Set(clusters.map(({ name }) => name)), pools: new Set(clusters.map(({ pool }) => pool)) };
}
