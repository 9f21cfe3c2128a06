import { sortSelector } from "../../model/objects/selector.ts";
import { settledState } from "../fields/queue-fields.ts";
import { isWildcard } from "../input/index-world.ts";
import { ignores, type QueueAssignment } from "./assign-registrations.ts";
import type { Decisions } from "./decisions.ts";
import { listStillNarrowed } from "./find-own-writes.ts";

/** The selector that a queue ends up with, as physical names: the live one where the manifest ignores it. */
export function effectiveSelector(
  assignment: QueueAssignment,
  clusterOf: (logical: string) => string,
): readonly string[] {
  const { desired, current } = assignment;
  if (current !== null && ignores(assignment, "clusters")) return sortSelector(current.spec.clusters);
  return isWildcard(desired.spec.clusters) ? ["*"] : sortSelector(desired.spec.clusters.map(clusterOf));
}

/** Whether a queue ends up taking work: as it is now where the manifest ignores its state. */
export function endsActive(assignment: QueueAssignment): boolean {
  const { desired, current } = assignment;
  if (current !== null && ignores(assignment, "state")) return settledState(current.state) === "active";
  return desired.state === "active";
}

/** The queues that an interrupted run wrote out and that are `*` again in the end: not those whose manifest names clusters by now. */
export function listRestorable({ input, queues }: Pick<Decisions, "input" | "queues">): readonly string[] {
  const chosen = new Set(
    queues.flatMap(({ physical, desired }) => (isWildcard(desired.spec.clusters) ? [] : [physical])),
  );
  return listStillNarrowed(input).filter((name) => !chosen.has(name));
}
