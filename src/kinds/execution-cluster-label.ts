import schema from "../../schemas/execution-cluster-label.json" with { type: "json" };
import type { RowDefinition } from "./kind.ts";

/** `execution_cluster_label`: the label of the clusters that a project, a domain of it or a workflow runs on (flyteadmin). */
export const executionClusterLabel: RowDefinition<"value"> = {
  family: "row",
  title: "ExecutionClusterLabel",
  folder: "execution-cluster-labels",
  schema,
  namePaths: [["project"], ["domain"], ["workflow"]],
  shownAt: "project",
  system: "flyteadmin",
  isMasked: true,
  noun: "execution cluster label",
  inSteps: "label of",
  purpose: "The label of the clusters that a project, a domain of it or a workflow runs on (flyteadmin).",
  field: "value",
  wire: { type: "EXECUTION_CLUSTER_LABEL", member: "execution_cluster_label", path: ["value"] },
  refersTo: "label",
  valueNoun: "label",
  heading: "Execution cluster labels",
  column: "LABEL",
  example: `domain: production
project: ml
value: gpu
`,
};
