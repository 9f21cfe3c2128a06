import type { AttributesScope } from "../model/attributes.ts";
import { describeRowScope, findRow } from "./find-row.ts";
import type { FactIndex } from "./index-facts.ts";
import type { RouteCluster, RouteReason } from "./route.ts";
import { answerWith, type RouteAnswer, RULE_OF_CONTROL_PLANE } from "./route-answer.ts";

/** The pool of runs for which no row names one. */
export const LAST_POOL = "default";

const ONLY_CHECKED =
  "only a self-managed Union control plane routes by cluster pool attributes; open-source Flyte only checks them, and at project and project-domain level alone";

/**
 * Where a run goes by its cluster pool attributes: the narrowest row names the pool (none: `default`), the pool map its clusters;
 * without a map, the clusters that are registered in that pool. Shares are not known.
 */
export function routeByPoolAttributes(index: FactIndex, scope: AttributesScope): RouteAnswer {
  const found = findRow(index.poolAttributes, scope);
  const row = found === null || found.row.value === "" ? null : found.row;
  const pool = row?.value ?? LAST_POOL;
  const chosen: RouteReason = {
    rule:
      row === null
        ? `${found === null ? "no row names" : `an empty row of ${describeRowScope(found.row.scope)} names no`} pool: "${LAST_POOL}"`
        : `the pool of ${describeRowScope(row.scope)} is "${pool}"`,
    source: found?.row.source ?? RULE_OF_CONTROL_PLANE,
  };
  const rivals = found?.rival == null ? [] : [describeRival(found.rival.value, found.rival.source)];
  const checked = { rule: ONLY_CHECKED, source: RULE_OF_CONTROL_PLANE };
  const { clusters, because, known } = findClusters(index, pool);
  return answerWith(clusters, [chosen, ...rivals, ...because, checked], known ? "nowhere" : "unknown");
}

/** That a row of all projects may be taken in place of the project's own. */
export function describeRival(value: string, source: string): RouteReason {
  return { rule: `a row of all projects of the domain says "${value}": the older of the two rows wins`, source };
}

interface PoolClusters {
  readonly clusters: readonly RouteCluster[];
  readonly because: readonly RouteReason[];
  /** False: nothing says which clusters the pool has. */
  readonly known: boolean;
}

function findClusters(index: FactIndex, pool: string): PoolClusters {
  const maps = index.poolMap.get(pool) ?? [];
  if (maps.length > 0) {
    const names = [...new Set(maps.flatMap(({ clusters }) => clusters))].sort();
    const because = maps.map(({ clusters, source }) => {
      return { rule: `pool "${pool}" has ${clusters.length === 0 ? "no cluster" : clusters.join(", ")}`, source };
    });
    return { clusters: names.map((name) => describeCluster(index, name)), because, known: true };
  }
  const members = index.members.get(pool) ?? [];
  const because = members.map(({ name, source }) => ({ rule: `cluster "${name}" is in pool "${pool}"`, source }));
  if (members.length > 0) {
    const inService = members.filter((cluster) => cluster.in_service);
    return { clusters: inService.map(({ name }) => describeCluster(index, name)), because, known: true };
  }
  const rule = `no map and no registration tells the clusters of pool "${pool}"`;
  return { clusters: [], because: [{ rule, source: "not looked at" }], known: false };
}

function describeCluster({ clusters }: FactIndex, name: string): RouteCluster {
  return { name, share: null, healthy: clusters.get(name)?.healthy ?? null };
}
