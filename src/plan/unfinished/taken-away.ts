import type { TakenCluster } from "../../model/ledger/ledger.ts";
import { isGone } from "../../model/objects/live.ts";
import type { PlanInput } from "../input/plan-input.ts";

/**
 * The clusters that unfinished rollouts have taken out of pools, and that are not back: what had them before is judged as if it had them still, as
 * it was when the rollout was accepted as a whole. What another writer has made of one since is another matter. One for each cluster and pool.
 */
export function listTakenAway({ live, taken = [] }: Pick<PlanInput, "live" | "taken">): readonly TakenCluster[] {
  if (taken.length === 0) return [];
  const there = live.clusters.filter(({ state }) => !isGone(state));
  const poolOf = new Map<string, string | null>(there.map(({ name, pool }) => [name, pool]));
  const movesOf = Map.groupBy(taken, ({ cluster }) => cluster);
  const isKept = ({ cluster, from }: TakenCluster) => {
    const pool = poolOf.get(cluster) ?? null;
    // The last of them may never have arrived.
    return pool !== from && movesOf.get(cluster)?.some(({ to }) => to === pool) === true;
  };
  return [...new Map(taken.filter(isKept).map((one) => [`${one.from} ${one.cluster}`, one])).values()];
}
