import type { Route, RouteCluster, RouteOutcome, RouteReason } from "./route.ts";

/** What a resolver finds out, before it is known whose question it answers. */
export interface RouteAnswer extends Pick<Route, "queue" | "outcome" | "clusters" | "because"> {}

/** Who decides where no manifest and no object does. */
export const RULE_OF_CONTROL_PLANE = "rule of the control plane";
/** The same for flyteadmin. */
export const RULE_OF_FLYTEADMIN = "rule of flyteadmin";

/** An answer without a queue; without clusters it ends as given. */
export function answerWith(
  clusters: readonly RouteCluster[],
  because: readonly RouteReason[],
  otherwise: RouteOutcome = "nowhere",
): RouteAnswer {
  return { queue: null, outcome: clusters.length > 0 ? "routed" : otherwise, clusters, because };
}
