import { countNoun } from "../model/count-noun.ts";
import type { Declared } from "../model/desired.ts";

/** What a folder wants in numbers. Pools, clusters and queues always, the other kinds where there are any. */
export function countObjects(desired: Declared): string {
  const placed = [
    { objects: desired.settings, noun: "settings scope" },
    { objects: desired.pool_maps, noun: "cluster pool map" },
    { objects: desired.pool_attributes, noun: "cluster pool attribute" },
    { objects: desired.flyte_clusters, noun: "Flyte control plane" },
    { objects: desired.cluster_labels, noun: "execution cluster label" },
  ];
  return [
    countNoun(desired.pools.length, "cluster pool"),
    countNoun(desired.clusters.length, "cluster"),
    countNoun(desired.queues.length, "queue"),
    ...placed.filter(({ objects }) => objects.length > 0).map(({ objects, noun }) => countNoun(objects.length, noun)),
  ].join(", ");
}
