import schema from "../../schemas/cluster-pool-map.json" with { type: "json" };
import type { PoolMapDefinition } from "./kind.ts";

/** `cluster_pool_map`: pools and their clusters, for the operator of a self-managed control plane. */
export const clusterPoolMap: PoolMapDefinition = {
  family: "pool_map",
  title: "ClusterPoolMap",
  folder: "cluster-pool-maps",
  schema,
  namePaths: [],
  shownAt: "kind",
  system: null,
  isMasked: false,
  noun: "cluster pool map",
  inSteps: "pool map",
  purpose: "Pools and their clusters, for the operator of a self-managed control plane.",
  example: `prod:
  - prod-us-east-1
`,
};
