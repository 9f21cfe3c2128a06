import { OperationalError } from "../../model/errors/operational-error.ts";
import { type Generation, isGone, type LiveCluster, type LiveQueue } from "../../model/objects/live.ts";

/** What was read of a control plane, all of it or some. */
export interface ReadRecords {
  readonly clusters?: readonly LiveCluster[];
  readonly queues?: readonly LiveQueue[];
}

/**
 * Refuses a generation that the records which the control plane gives do not agree with: one answer alone, which may be a gateway's page or
 * come from a replica of another release, never decides by which rules it is worked on. Throws an OperationalError `generation_unclear`.
 */
export function requireGeneration(
  generation: Generation,
  { clusters = [], queues = [] }: ReadRecords,
  endpoint: string,
): void {
  if (generation === "2026-07") {
    const newer = [...clusters, ...queues].find(hasLifecycle);
    if (newer === undefined) return;
    throw unclear(
      endpoint,
      `without QueueService/ResolveQueue it is 2026-07, yet ${newer.kind} ${newer.name} has states`,
    );
  }
  // No queue is asked: a release may count the states of those that were changed alone. A cluster without a count can't be drained.
  const [first, ...others] = clusters.filter(({ state }) => !isGone(state));
  if (first === undefined || [first, ...others].some(hasLifecycle)) return;
  throw unclear(endpoint, `with QueueService/ResolveQueue it is 2026-11, yet cluster ${first.name} has no state`);
}

/** Whether a record has what only a control plane whose objects have life cycles gives. */
function hasLifecycle({ generation, state }: LiveCluster | LiveQueue): boolean {
  return generation !== "0" || state !== "active";
}

/** The error of a control plane whose answers are of two generations; `how` says it. */
export function unclear(endpoint: string, how: string): OperationalError {
  return new OperationalError(
    "generation_unclear",
    `The generation of the control plane at ${endpoint} is unclear: ${how}. No plan is made before it is clear. Try again; if it persists, check that no gateway answers in its place, that all its replicas are of one release, that control_plane.generation, where it is set, is right, and that this release has ClusterService/UpdateClusterState, if it has QueueService/ResolveQueue.`,
    { next: "retry" },
  );
}
