import { formatAddress } from "../model/address.ts";
import type { Desired } from "../model/objects/desired.ts";
import type { LiveState } from "../model/objects/live.ts";
import type { RouteChange } from "../plan/routing/compare-routes.ts";
import { indexFacts } from "../plan/routing/index-facts.ts";
import { findPool } from "../plan/routing/route-by-pool-attributes.ts";
import type { BothFacts } from "./gather-facts.ts";

/** Where runs are turned by rows of flyteadmin that a plan changes. */
export interface TurnedRuns {
  /**
   * The same change; where it turns runs that reach a cluster to a pool without one, with the answer that they reach none. Of a pool that is neither
   * live nor declared, and where no cluster is registered at all, only the operator of the control plane knows the clusters.
   */
  readonly conclude: (change: RouteChange) => RouteChange;
  /** The pool that runs are turned to. Null: not by this plan. */
  readonly findPoolOf: (change: RouteChange) => string | null;
}

/** Finds the runs whose pool a plan changes. */
export function findTurnedRuns(
  facts: BothFacts,
  { desired, live }: { readonly desired: Pick<Desired, "pools">; readonly live: LiveState },
): TurnedRuns {
  const [was, is] = [indexFacts(facts.live), indexFacts(facts.desired)];
  const declared = new Set<string>(desired.pools.map(({ address }) => address));
  const there = new Set(live.pools.flatMap(({ name, deleted }) => (deleted ? [] : [name])));
  const isKnown = (pool: string) => there.has(pool) || declared.has(formatAddress("cluster_pool", pool));
  const findPoolOf = ({ system, project, domain, workflow }: RouteChange): string | null => {
    if (system !== "cluster_pool_attributes" || project === null) return null;
    const scope = { project, domain, workflow };
    const pool = findPool(is, scope);
    return pool === findPool(was, scope) ? null : pool;
  };
  const conclude = (change: RouteChange): RouteChange => {
    if ((change.before ?? []).length === 0 || change.after_outcome !== "unknown") return change;
    const pool = findPoolOf(change);
    if (pool === null || was.clusters.size === 0 || !isKnown(pool)) return change;
    return { ...change, after: [], after_outcome: "nowhere", black_hole: true };
  };
  return { conclude, findPoolOf };
}
