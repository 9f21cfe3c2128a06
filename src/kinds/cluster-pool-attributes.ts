import schema from "../../schemas/cluster-pool-attributes.json" with { type: "json" };
import type { RowDefinition } from "./kind.ts";

/** `cluster_pool_attributes`: the cluster pool that a project, a domain of it or a workflow runs in (flyteadmin). */
export const clusterPoolAttributes: RowDefinition<"clusterPoolName"> = {
  family: "row",
  title: "ClusterPoolAttributes",
  folder: "cluster-pool-attributes",
  schema,
  namePaths: [["project"], ["domain"], ["workflow"]],
  shownAt: "project",
  system: "flyteadmin",
  isMasked: true,
  noun: "cluster pool attribute",
  inSteps: "cluster pool attributes of",
  purpose: "The cluster pool that a project, a domain of it or a workflow runs in (flyteadmin).",
  field: "clusterPoolName",
  wire: { type: "CLUSTER_ASSIGNMENT", member: "cluster_assignment", path: ["cluster_pool_name"] },
  refersTo: "pool",
  valueNoun: "cluster pool",
  heading: "Cluster pool attributes",
  column: "POOL",
  example: `domain: production
project: ml
clusterPoolName: prod
`,
};
