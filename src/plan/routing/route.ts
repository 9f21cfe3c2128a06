/** The systems that can decide where a run goes. None takes precedence over another: a target usually has one of them. */
export const ROUTE_SYSTEMS = ["queues", "cluster_pool_attributes", "execution_cluster_labels"] as const;
/** One of {@link ROUTE_SYSTEMS}. */
export type RouteSystem = (typeof ROUTE_SYSTEMS)[number];

/** Which of two states something holds in: what is there now, or what the manifests want. */
export type RoutingState = "live" | "desired";

/** A place that runs belong to. No project: any run of the domain; no domain: any run at all, or any of the project. */
export interface Place {
  readonly project: string | null;
  readonly domain: string | null;
}

/** Where a run in a place goes. Workflow null: a workflow without a row of its own. `system`: only by this one; left out: by all. */
export interface RunQuestion extends Place {
  readonly kind: "run";
  readonly workflow: string | null;
  readonly system?: RouteSystem;
}

/** What is asked: a run, the work of one queue, every known place with every workflow that has a row, or every queue. */
export type RouteQuestion =
  | RunQuestion
  | { readonly kind: "queue"; readonly queue: string }
  | { readonly kind: "all-runs" }
  | { readonly kind: "all-queues" };

/** A cluster that work reaches. */
export interface RouteCluster {
  readonly name: string;
  /** The part of the runs that it gets, within 0..1; null: unknown. */
  readonly share: number | null;
  /** Null: not known. A queue sends nothing to an unhealthy cluster. */
  readonly healthy: boolean | null;
}

/** One rule that applied, in words, and the manifest (`file:line`), live object or server that it is from. */
export interface RouteReason {
  readonly rule: string;
  readonly source: string;
}

/**
 * How an answer ends. `routed`: at least one cluster; `nowhere`: work is taken and reaches no cluster; `refused`: the queue is not
 * there or takes no work; `unknown`: what decides it was not looked at or is not readable.
 */
export type RouteOutcome = "routed" | "nowhere" | "refused" | "unknown";

/** Where work goes by one system in one state, and why. A value that survives JSON. */
export interface Route {
  readonly system: RouteSystem;
  /** Whether a run or a queue was asked for. */
  readonly asked: "run" | "queue";
  readonly project: string | null;
  readonly domain: string | null;
  readonly workflow: string | null;
  /** The queue that the run would be in, or that was asked for; null where no queue takes part. */
  readonly queue: string | null;
  readonly outcome: RouteOutcome;
  /** By name; empty unless `routed`. */
  readonly clusters: readonly RouteCluster[];
  /** In the order in which the rules apply. */
  readonly because: readonly RouteReason[];
  readonly state: RoutingState;
}
