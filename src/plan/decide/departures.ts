import type { Address } from "../../model/address.ts";
import type { LiveCluster } from "../../model/objects/live.ts";
import type { World } from "../input/index-world.ts";
import type { ClusterAssignment } from "./assign-registrations.ts";
import { endState } from "./end-state.ts";
import type { Removal } from "./find-removals.ts";

/** A live cluster that stops taking work in its pool, and why. */
export interface Departure {
  readonly cluster: LiveCluster;
  /** The change that makes it leave. */
  readonly address: Address;
  /** `drain`: it stays a member but takes no work. */
  readonly how: "move" | "delete" | "drain";
  /** The pool that it continues to work in: where it moves to, or where its successor is. */
  readonly to: string | null;
  /** How long work on it is waited for, by its manifest; null: for as long as the run allows. */
  readonly timeout_ms: number | null;
}

/** The clusters that leave, by physical name. */
export function findDepartures(
  assignments: readonly ClusterAssignment[],
  removals: readonly Removal[],
  world: World,
): ReadonlyMap<string, Departure> {
  const departures = new Map<string, Departure>();
  for (const assignment of assignments) {
    const { desired, verb, current, predecessors, pool } = assignment;
    const { address } = desired;
    const { drain_timeout_ms: timeout_ms } = desired.lifecycle;
    for (const cluster of predecessors) {
      departures.set(cluster.name, { cluster, address, how: "delete", to: pool, timeout_ms });
    }
    if (current === null) continue;
    if (verb === "move") departures.set(current.name, { cluster: current, address, how: "move", to: pool, timeout_ms });
    // Kept, or the successor that an interrupted run registered.
    const drains = verb !== "move" && current.state === "active" && endState(assignment, world) === "drained";
    if (drains) {
      departures.set(current.name, { cluster: current, address, how: "drain", to: null, timeout_ms });
    }
  }
  for (const { object, address, timeout_ms } of removals) {
    if (object.kind !== "cluster") continue;
    departures.set(object.name, { cluster: object, address, how: "delete", to: null, timeout_ms });
  }
  return departures;
}
