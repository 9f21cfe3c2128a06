import type { TakenCluster } from "../../model/ledger/ledger.ts";
import { isGone } from "../../model/objects/live.ts";
import type { PlanInput } from "../input/plan-input.ts";

/** What unfinished rollouts have taken out of pools, as it counts for what had it before. */
export interface TakenAway {
  /** The pools that something was taken out of. */
  readonly pools: readonly string[];
  /**
   * What left a pool and counts for a queue there, by the names that a plan has for it: not what left before its loss was allowed last, nor
   * with that. What is lost elsewhere may have been allowed with the same writes.
   */
  listFor(pool: string, names: readonly string[]): readonly TakenCluster[];
}

/** Opens what counts of {@link listTakenAway}. */
export function openTakenAway(input: Pick<PlanInput, "live" | "taken">): TakenAway {
  const away = new Set(listTakenAway(input));
  const leftOf = Map.groupBy(input.taken ?? [], ({ from }) => from);
  return {
    pools: [...new Set([...away].map(({ from }) => from))],
    listFor: (pool, names) => {
      const left = leftOf.get(pool) ?? [];
      return left.slice(left.findLastIndex((one) => isAllowedFor(one, names)) + 1).filter((one) => away.has(one));
    },
  };
}

function isAllowedFor({ address, allowed = [] }: TakenCluster, names: readonly string[]): boolean {
  const places = new Set(allowed.flatMap(({ addresses, concerns = [] }) => [...addresses, ...concerns]));
  return [address, ...names].some((name) => places.has(name));
}

/**
 * The clusters that unfinished rollouts have taken out of pools, and that are not back: what had them before is judged as if it had them still, as
 * it was when the rollout was accepted as a whole. What another writer has made of one since is another matter.
 */
export function listTakenAway({ live, taken = [] }: Pick<PlanInput, "live" | "taken">): readonly TakenCluster[] {
  if (taken.length === 0) return [];
  const there = live.clusters.filter(({ state }) => !isGone(state));
  const poolOf = new Map<string, string | null>(there.map(({ name, pool }) => [name, pool]));
  const movesOf = Map.groupBy(taken, ({ cluster }) => cluster);
  return taken.filter(({ cluster, from }) => {
    const pool = poolOf.get(cluster) ?? null;
    // The last of them may never have arrived.
    return pool !== from && movesOf.get(cluster)?.some(({ to }) => to === pool) === true;
  });
}
