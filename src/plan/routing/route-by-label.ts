import type { AttributesScope } from "../../model/objects/attributes.ts";
import { describeRowScope, type FoundRow, findRow } from "./find-row.ts";
import type { FactIndex } from "./index-facts.ts";
import type { RouteCluster, RouteReason } from "./route.ts";
import { answerWith, type RouteAnswer, RULE_OF_FLYTEADMIN } from "./route-answer.ts";
import { describeRival } from "./route-by-pool-attributes.ts";
import type { LabelFact, LabelMapFact } from "./routing-facts.ts";
import { shareLabel } from "./share-label.ts";

/**
 * Where a run goes by its execution cluster label, as flyteadmin chooses: the narrowest row gives the label; an empty one hides
 * wider rows and is none. `labelOf` answers for labels. An execution that names a label itself goes by that one instead.
 */
export function routeByLabel(
  { labels }: FactIndex,
  scope: AttributesScope,
  labelOf: (label: string) => RouteAnswer,
): RouteAnswer {
  const found = findRow(labels, scope);
  const rivals = found?.rival == null ? [] : [describeRival(found.rival.value, found.rival.source)];
  const answer = labelOf(found?.row.value ?? "");
  return { ...answer, because: [describeRow(found), ...rivals, ...answer.because] };
}

/**
 * The clusters of a label, "" for none: a label that leads to no enabled cluster falls through to the default label, and that to
 * any enabled cluster.
 */
export function resolveLabel({ facts, labelMap }: FactIndex, label: string): RouteAnswer {
  const map = facts.label_map;
  if (map === null) {
    const rule = "which clusters flyteadmin has loaded is not known";
    return answerWith([], [{ rule, source: "not read" }], "unknown");
  }
  if (map.single_cluster) return answerWith([], [describeSingleCluster(map)], "unknown");
  const passed: RouteReason[] = [];
  for (const candidate of [label, map.default_label ?? ""]) {
    if (candidate === "") continue;
    const answer = followLabel(candidate, labelMap.get(candidate), map);
    if (answer.clusters.length > 0) return { ...answer, because: [...passed, ...answer.because] };
    passed.push(...answer.because);
  }
  return toAnyEnabled(map, passed);
}

function describeRow(found: FoundRow | null): RouteReason {
  if (found === null) return { rule: "no row gives a label", source: RULE_OF_FLYTEADMIN };
  const { scope, value, source } = found.row;
  const where = describeRowScope(scope);
  if (value === "")
    return { rule: `the label of ${where} is empty: it hides wider ones and counts as no label`, source };
  return { rule: `the label of ${where} is "${value}"`, source };
}

function describeSingleCluster({ source }: LabelMapFact): RouteReason {
  return { rule: "no cluster is configured: flyteadmin runs everything in one cluster and ignores labels", source };
}

function followLabel(label: string, fact: LabelFact | undefined, { source }: LabelMapFact): RouteAnswer {
  if (fact === undefined) return answerWith([], [{ rule: `label "${label}" is not in the label map`, source }]);
  const shares = shareLabel(fact.entries);
  if (shares.length === 0) return answerWith([], [{ rule: `label "${label}" has no enabled cluster`, source }]);
  const skipped = fact.entries.filter(({ enabled }) => !enabled).map(({ id }) => id);
  const names = shares.map(({ name }) => name).join(", ");
  return answerWith(shares.map(toCluster), [
    { rule: `label "${label}" maps to ${names}${shares.length > 1 ? ", by their weights" : ""}`, source },
    ...(skipped.length === 0 ? [] : [{ rule: `unknown or disabled, so left out: ${skipped.join(", ")}`, source }]),
    ...(fact.ambiguous ? [describeAmbiguity(label, source)] : []),
  ]);
}

function describeAmbiguity(label: string, source: string): RouteReason {
  return { rule: `several keys of the label map become "${label}": which one counts varies between starts`, source };
}

function toAnyEnabled({ enabled, source }: LabelMapFact, because: readonly RouteReason[]): RouteAnswer {
  const names = [...new Set(enabled)].sort();
  const rule =
    names.length === 0 ? "no cluster is enabled: flyteadmin does not start" : "any enabled cluster, with equal shares";
  const clusters = names.map((name) => toCluster({ name, share: 1 / names.length }));
  return answerWith(clusters, [...because, { rule, source }]);
}

function toCluster({ name, share }: { readonly name: string; readonly share: number | null }): RouteCluster {
  return { name, share, healthy: null };
}
