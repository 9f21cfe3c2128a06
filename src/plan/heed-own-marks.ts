import type { OwnWrite } from "../model/ledger.ts";
import type { Json } from "../model/plan.ts";
import { isSameSelector } from "../model/selector.ts";
import { type ClusterAssignment, ignores, type QueueAssignment } from "./assign-registrations.ts";
import { listStillNarrowed, listWritten, REGISTERS, readFields, trackWrites } from "./find-own-writes.ts";
import type { World } from "./index-world.ts";
import type { PlanInput } from "./plan-input.ts";
import { settledState } from "./queue-fields.ts";

type Assigned = ClusterAssignment | QueueAssignment;

/**
 * Has assignments ask for what was there before an unfinished rollout changed it on its way, where their manifests (or this plan) leave that
 * alone: what is ignored is what others choose, and nobody has chosen this. What it has drained is active again in the end, a selector that
 * it has written out, narrowed or parked is whole again, and what it has registered comes into the state of its manifest. What is as this
 * rollout has never written it is somebody else's choice, and stays.
 */
export function heedOwnMarks(
  input: Pick<PlanInput, "written" | "narrowed" | "live">,
  world: Pick<World, "capabilities">,
): <One extends Assigned>(assignment: One) => One {
  const { written = [], narrowed } = input;
  if (written.length === 0 && narrowed.length === 0) return (assignment) => assignment;
  const marks: Marks = {
    world,
    tracks: trackWrites(written),
    writesOf: Map.groupBy(written, ({ kind, physical_name }) => `${kind}.${physical_name}`),
    writtenOut: new Set(listStillNarrowed(input)),
  };
  return (assignment) => {
    const state = ignores(assignment, "state") ? stateBefore(assignment, marks) : null;
    const clusters = ignores(assignment, "clusters") ? selectorBefore(assignment, marks) : null;
    if (state === null && clusters === null) return assignment;
    const { desired } = assignment;
    const heeded = new Set([...(state === null ? [] : ["state"]), ...(clusters === null ? [] : ["clusters"])]);
    const { ignore_changes, left, ...lifecycle } = desired.lifecycle;
    const wanted = {
      ...desired,
      ...(state !== null && { state }),
      ...("spec" in desired && clusters !== null && { spec: { ...desired.spec, clusters } }),
      lifecycle: {
        ...lifecycle,
        ignore_changes: ignore_changes.filter((field) => !heeded.has(field)),
        ...(left && { left: left.filter(([field = ""]) => !heeded.has(field)) }),
      },
    };
    return { ...assignment, desired: wanted, declared: desired };
  };
}

/** What an unfinished rollout is known to have written, by registration. */
interface Marks {
  readonly world: Pick<World, "capabilities">;
  readonly writesOf: ReadonlyMap<string, readonly OwnWrite[]>;
  readonly tracks: ReturnType<typeof trackWrites>;
  readonly writtenOut: ReadonlySet<string>;
}

/** Null: the rollout has not made the state what it is. */
function stateBefore({ desired, current }: Assigned, { world, writesOf, tracks }: Marks): "active" | "drained" | null {
  if (current === null || !world.capabilities[`${desired.kind}_state`]) return null;
  const { isRegistered, states } = traceStates(writesOf.get(`${desired.kind}.${current.name}`) ?? []);
  const left = listWritten(tracks.get(`${desired.kind}.${current.name}`), ["state"]);
  // A restored object has a state that nobody has set by name.
  const isOwn = states.length === 0 ? isRegistered : left.includes(settledState(current.state));
  if (!isOwn) return null;
  // Only what takes work is drained.
  return isRegistered ? desired.state : states[0] === "drained" ? "active" : null;
}

/**
 * Null: the rollout has not made the selector what it is. Whom a queue named before it was narrowed or parked is on record nowhere: it is to
 * name those of its manifest, as where it is made.
 */
function selectorBefore(
  { desired, current }: Assigned,
  { world, tracks, writtenOut }: Marks,
): readonly string[] | null {
  if (desired.kind !== "queue" || current?.kind !== "queue") return null;
  const { name, spec } = current;
  if (writtenOut.has(name)) return ["*"];
  // Queues without states are written out at most, and only narrowed for good.
  if (!world.capabilities.queue_state) return null;
  const left = listWritten(tracks.get(`queue.${name}`), ["clusters"]);
  const isOwn = left.some((clusters) => Array.isArray(clusters) && isSameSelector(clusters.map(String), spec.clusters));
  return isOwn ? desired.spec.clusters : null;
}

/** Whether the writes to a registration have made or restored it, and the states that they set, oldest first. */
function traceStates(writes: readonly OwnWrite[]): { isRegistered: boolean; states: readonly Json[] } {
  const since = writes.slice(writes.findLastIndex(({ op }) => op === "delete") + 1);
  return {
    isRegistered: since.some(({ op }) => REGISTERS.has(op)),
    states: since.map(readFields).flatMap(({ state }) => state ?? []),
  };
}
