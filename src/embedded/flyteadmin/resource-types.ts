import { MatchableResource, type MatchingAttributes } from "../../systems/control-plane/gen/flyteidl/admin/admin_pb.js";

type Member = NonNullable<MatchingAttributes["target"]["case"]>;

/** Quality of service has a type but can't be written. */
const TYPES = {
  taskResourceAttributes: MatchableResource.TASK_RESOURCE,
  clusterResourceAttributes: MatchableResource.CLUSTER_RESOURCE,
  executionQueueAttributes: MatchableResource.EXECUTION_QUEUE,
  executionClusterLabel: MatchableResource.EXECUTION_CLUSTER_LABEL,
  qualityOfService: undefined,
  pluginOverrides: MatchableResource.PLUGIN_OVERRIDE,
  workflowExecutionConfig: MatchableResource.WORKFLOW_EXECUTION_CONFIG,
  clusterAssignment: MatchableResource.CLUSTER_ASSIGNMENT,
} satisfies Record<Member, MatchableResource | undefined>;

/** The type of what is written, by the member that is set; undefined for what can't be written. */
export function typeOfAttributes({ target }: MatchingAttributes): string | undefined {
  const type = target.case === undefined ? undefined : TYPES[target.case];
  return type === undefined ? undefined : nameOfType(type);
}

/** The name of a type; a number that has none is its own name. */
export function nameOfType(type: MatchableResource): string {
  return MatchableResource[type] ?? String(type);
}

/** How specific a row is, by which parts of its scope are given. Domain-wide rows count as project-domain rows do. */
export function priorityOf(scope: { domain: string; workflow: string; launch_plan: string }): number {
  if (scope.launch_plan !== "") return 1000;
  if (scope.workflow !== "") return 100;
  return scope.domain === "" ? 5 : 10;
}
