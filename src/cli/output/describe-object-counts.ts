import { isNamedKind, KIND_DEFINITIONS, KINDS, type Kind } from "../../kinds/registry.ts";
import { type Declared, listPlaced } from "../../model/objects/desired.ts";
import { countNoun } from "../../model/text/count-noun.ts";

/** What a folder wants in numbers. Pools, clusters and queues always, the other kinds where there are any. */
export function describeObjectCounts(desired: Declared): string {
  const objects = [...desired.pools, ...desired.clusters, ...desired.queues, ...listPlaced(desired)];
  const counts = Map.groupBy(objects, ({ kind }) => kind);
  const countOf = (kind: Kind) => counts.get(kind)?.length ?? 0;
  return KINDS.filter((kind) => isNamedKind(kind) || countOf(kind) > 0)
    .map((kind) => countNoun(countOf(kind), KIND_DEFINITIONS[kind].noun))
    .join(", ");
}
