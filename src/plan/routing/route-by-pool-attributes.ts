import type { AttributesScope } from "../../model/objects/attributes.ts";
import { describeRowScope, findRow } from "./find-row.ts";
import type { FactIndex } from "./index-facts.ts";
import type { RouteCluster, RouteReason } from "./route.ts";
import { answerWith, type RouteAnswer, RULE_OF_CONTROL_PLANE } from "./route-answer.ts";

/** The pool of runs for which no row names one. */
export const LAST_POOL = "default";

const ONLY_CHECKED: RouteReason = {
  rule: "a self-managed Union control plane routes by this; open-source Flyte only checks it, and not for single workflows",
  source: RULE_OF_CONTROL_PLANE,
};

/** The pool of a run by its cluster pool attributes: the narrowest row names it (none, or an empty one: `default`). */
export function findPool({ poolAttributes }: Pick<FactIndex, "poolAttributes">, scope: AttributesScope): string {
  const value = findRow(poolAttributes, scope)?.row.value ?? "";
  return value === "" ? LAST_POOL : value;
}

/**
 * Where a run goes by its cluster pool attributes: the narrowest row names the pool (none: `default`), `poolOf` its clusters.
 */
export function routeByPoolAttributes(
  index: FactIndex,
  scope: AttributesScope,
  poolOf: (pool: string) => RouteAnswer,
): RouteAnswer {
  const found = findRow(index.poolAttributes, scope);
  const row = found === null || found.row.value === "" ? null : found.row;
  const pool = findPool(index, scope);
  const chosen: RouteReason = {
    rule:
      row === null
        ? `${found === null ? "no row names a" : `an empty row of ${describeRowScope(found.row.scope)} names no`} pool: "${LAST_POOL}"`
        : `the pool of ${describeRowScope(row.scope)} is "${pool}"`,
    source: found?.row.source ?? RULE_OF_CONTROL_PLANE,
  };
  const rivals = found?.rival == null ? [] : [describeRival(found.rival.value, found.rival.source)];
  const answer = poolOf(pool);
  return { ...answer, because: [chosen, ...rivals, ...answer.because] };
}

/** That a row of all projects may be taken in place of the project's own. */
export function describeRival(value: string, source: string): RouteReason {
  return { rule: `a row of all projects of the domain says "${value}": the older of the two rows wins`, source };
}

/**
 * The clusters of a pool: those of its maps; without a map, those that are registered in it. Shares are not known. A pool of which no cluster is
 * known in either state may have some that only the operator of the control plane knows of.
 */
export function resolvePool(index: FactIndex, pool: string): RouteAnswer {
  const maps = index.poolMap.get(pool) ?? [];
  if (maps.length > 0) {
    const names = [...new Set(maps.flatMap(({ clusters }) => clusters))].sort();
    const because = maps.map(({ clusters, source }) => {
      return { rule: `pool "${pool}" has ${clusters.length === 0 ? "no cluster" : clusters.join(", ")}`, source };
    });
    return answerWith(describeClusters(index, names), [...because, ONLY_CHECKED]);
  }
  const members = index.members.get(pool) ?? [];
  if (members.length === 0) {
    const outcome = index.knownPools.has(pool) ? "nowhere" : "unknown";
    return answerWith([], [describeEmpty(index, pool), ONLY_CHECKED], outcome);
  }
  const because = members.map(({ name, source }) => ({ rule: `cluster "${name}" is in pool "${pool}"`, source }));
  const inService = members.filter((cluster) => cluster.in_service).map(({ name }) => name);
  return answerWith(describeClusters(index, inService), [...because, ONLY_CHECKED]);
}

/** Where queues have a say, registrations were looked at. */
function describeEmpty({ facts }: FactIndex, pool: string): RouteReason {
  if (!facts.systems.includes("queues")) {
    return { rule: `no map and no registration has the clusters of pool "${pool}"`, source: "not read" };
  }
  const rule = `no map has the clusters of pool "${pool}", and none is registered in it`;
  return { rule, source: "clusters of the control plane" };
}

function describeClusters({ clusters }: FactIndex, names: readonly string[]): readonly RouteCluster[] {
  return names.map((name) => ({ name, share: null, healthy: clusters.get(name)?.healthy ?? null }));
}
