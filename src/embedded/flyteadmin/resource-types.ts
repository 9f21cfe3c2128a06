import { MatchableResource, type MatchingAttributes } from "../../systems/control-plane/gen/flyteidl/admin/admin_pb.js";

type Member = NonNullable<MatchingAttributes["target"]["case"]>;

/** The types by member; quality of service has a type but cannot be written. */
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

/** The type of a write, by the member that is set; undefined for one that cannot be written. */
export function typeOfAttributes({ target }: MatchingAttributes): string | undefined {
  const type = target.case === undefined ? undefined : TYPES[target.case];
  return type === undefined ? undefined : nameOfType(type);
}

/** The name of a type; a number without one is its own name. */
export function nameOfType(type: MatchableResource): string {
  return MatchableResource[type] ?? String(type);
}

/** The specificity of a row, by the given parts of its scope. Domain-wide rows have that of project-domain rows. */
export function priorityOf(scope: { domain: string; workflow: string; launch_plan: string }): number {
  if (scope.launch_plan !== "") return 1000;
  if (scope.workflow !== "") return 100;
  return scope.domain === "" ? 5 : 10;
}
