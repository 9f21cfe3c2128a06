import { settledState } from "../fields/queue-fields.ts";
import type { World } from "../input/index-world.ts";
import { type ClusterAssignment, ignores } from "./assign-registrations.ts";

/** The state that a cluster ends up with: the live one where its manifest leaves that alone, and where there are no states, always in service. */
export function endState(
  assignment: ClusterAssignment,
  { capabilities }: Pick<World, "capabilities">,
): "active" | "drained" | "deleted" {
  const { desired, current } = assignment;
  if (!capabilities.cluster_state) return "active";
  return current !== null && ignores(assignment, "state") ? settledState(current.state) : desired.state;
}

/** Whether a cluster ends up taking work. */
export function endsInService(assignment: ClusterAssignment, world: Pick<World, "capabilities">): boolean {
  return endState(assignment, world) === "active";
}
