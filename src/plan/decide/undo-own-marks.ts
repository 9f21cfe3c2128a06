import type { Json } from "../../model/json/json.ts";
import type { OwnedObject, OwnWrite } from "../../model/ledger/ledger.ts";
import type { Lifecycle } from "../../model/objects/desired.ts";
import { isSameSelector } from "../../model/objects/selector.ts";
import { settledState } from "../fields/queue-fields.ts";
import type { World } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { type ClusterAssignment, ignores, type QueueAssignment } from "./assign-registrations.ts";
import { listStillNarrowed, listWritten, readFields, trackWrites } from "./find-own-writes.ts";

type Assigned = ClusterAssignment | QueueAssignment;

/**
 * Has assignments ask for what was there before an unfinished rollout changed it on its way, where their manifests (or this plan) leave that
 * alone: what is ignored is what others choose, and this was no one's choice. What it has drained is active again in the end, a selector that
 * it has written out, narrowed or parked is whole again, and what it has registered comes into the state of its manifest. What is as this
 * rollout has never written it is another writer's choice, and stays.
 */
export function undoOwnMarks(
  input: Pick<PlanInput, "written" | "narrowed" | "live" | "owned">,
  world: Pick<World, "capabilities">,
): <One extends Assigned>(assignment: One) => One {
  const { written = [], narrowed } = input;
  if (written.length === 0 && narrowed.length === 0) return (assignment) => assignment;
  const marks: Marks = {
    world,
    tracks: trackWrites(written),
    writesOf: Map.groupBy(written, ({ kind, physical_name }) => `${kind}.${physical_name}`),
    writtenOut: new Set(listStillNarrowed(input)),
    ignoredState: new Set(input.owned.filter(ignoredStateOf).map((one) => `${one.kind}.${one.physical_name}`)),
  };
  return (assignment) => {
    const state = ignores(assignment, "state") ? stateBefore(assignment, marks) : null;
    const clusters = ignores(assignment, "clusters") ? selectorBefore(assignment, marks) : null;
    if (state === null && clusters === null) return assignment;
    const { desired } = assignment;
    const undone = new Set([...(state === null ? [] : ["state"]), ...(clusters === null ? [] : ["clusters"])]);
    const { ignore_changes, left, ...lifecycle } = desired.lifecycle;
    const wanted = {
      ...desired,
      ...(state !== null && { state }),
      ...("spec" in desired && clusters !== null && { spec: { ...desired.spec, clusters } }),
      lifecycle: {
        ...lifecycle,
        ignore_changes: ignore_changes.filter((field) => !undone.has(field)),
        ...(left && { left: left.filter(([field = ""]) => !undone.has(field)) }),
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
  /** Whose state was ignored by the manifest that was applied last: no rollout since has had it for its goal. */
  readonly ignoredState: ReadonlySet<string>;
}

function ignoredStateOf({ manifest }: OwnedObject): boolean {
  const { ignore_changes = [] } = (manifest?.lifecycle ?? {}) as Partial<Lifecycle>;
  return ignore_changes.includes("state");
}

/** Null: the rollout has not made the state what it is. */
function stateBefore(
  { desired, current }: Assigned,
  { world, writesOf, tracks, ignoredState }: Marks,
): "active" | "drained" | null {
  if (current === null || !world.capabilities[`${desired.kind}_state`]) return null;
  const name = `${desired.kind}.${current.name}`;
  if (!listWritten(tracks.get(name), ["state"]).includes(settledState(current.state))) return null;
  const { isRegistered, first } = traceStates(writesOf.get(name) ?? []);
  if (isRegistered) return desired.state;
  // Only what takes work is drained. Where its manifest may have asked for that, and still does, it stays so.
  const isOnTheWay = desired.state === "active" || ignoredState.has(name);
  return first === "drained" && isOnTheWay ? "active" : null;
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
  // Queues without states are written out at most, and only narrowed permanently.
  if (!world.capabilities.queue_state) return null;
  const left = listWritten(tracks.get(`queue.${name}`), ["clusters"]);
  const isOwn = left.some((clusters) => Array.isArray(clusters) && isSameSelector(clusters.map(String), spec.clusters));
  return isOwn ? desired.spec.clusters : null;
}

/**
 * Whether the writes to a live registration have made or restored it, and the first state that they have set. A delete after that has never
 * arrived.
 */
function traceStates(writes: readonly OwnWrite[]): { isRegistered: boolean; first: Json | undefined } {
  const isRegistered = writes.some(({ op }) => op === "create" || op === "undelete");
  return { isRegistered, first: writes.map(readFields).find(({ state }) => state !== undefined)?.state };
}
