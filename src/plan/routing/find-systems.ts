import type { LiveState } from "../../model/objects/live.ts";
import { ROUTE_SYSTEMS, type RouteSystem } from "./route.ts";
import type { RoutingFacts } from "./routing-facts.ts";

/**
 * The systems of which anything is known: queues once the control plane was read or there is one, the others once there is a row
 * or a map of theirs.
 */
export function findSystems(
  facts: Pick<RoutingFacts, "queues" | "clusters" | "pool_attributes" | "pool_map" | "labels" | "label_map">,
  live: LiveState | null,
): readonly RouteSystem[] {
  const known: Readonly<Record<RouteSystem, boolean>> = {
    queues: live?.systems.union === "read" || facts.queues.length + facts.clusters.length > 0,
    cluster_pool_attributes: facts.pool_attributes.length + facts.pool_map.length > 0,
    execution_cluster_labels: facts.labels.length > 0 || facts.label_map !== null,
  };
  return ROUTE_SYSTEMS.filter((system) => known[system]);
}
