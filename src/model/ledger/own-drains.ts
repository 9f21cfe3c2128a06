import type { LiveQueue } from "../objects/live.ts";
import type { Op } from "../plan/step.ts";
import type { OwnWrite } from "./ledger.ts";
import type { DrainedObject } from "./refusal.ts";

/** What unfinished rollouts have drained, or restored and not activated, by their own writes, and not put into service since. */
export interface OwnDrain<Write extends OwnWrite = OwnWrite> extends DrainedObject {
  /** The drain. */
  readonly write: Write;
  /** Whether the queue was also parked on `*`, and no later write of its clusters is known to have taken effect. */
  readonly is_parked: boolean;
  /** Whether it was restored, and never in service since. */
  readonly is_restored: boolean;
}

/** The state that a registration begins with, where its write names none: what is restored is out of service until it is activated. */
export const FIRST_STATES: ReadonlyMap<Op, string> = new Map([
  ["create", "active"],
  ["undelete", "drained"],
]);

/**
 * Lists the own drains, of writes that are oldest first. A write that put an object back into service counts only once it is known to have
 * taken effect.
 */
export function listOwnDrains<Write extends OwnWrite>(written: readonly Write[]): readonly OwnDrain<Write>[] {
  const drains = new Map<string, Write>();
  const [parked, restored] = [new Set<string>(), new Set<string>()];
  for (const write of written) {
    const { kind, physical_name, op, phase, set, has_arrived } = write;
    const name = `${kind}.${physical_name}`;
    const state = set.state ?? FIRST_STATES.get(op);
    if (state === "drained") {
      drains.set(name, write);
      if (op === "undelete") restored.add(name);
    } else if (typeof state === "string" && has_arrived) {
      drains.delete(name);
      restored.delete(name);
    }
    // A queue that its manifest wants on all clusters is written as `*` as well.
    if (phase === "park") parked.add(name);
    else if (set.clusters !== undefined && has_arrived) parked.delete(name);
  }
  return [...drains].flatMap(([key, write]) => {
    const { kind, physical_name: name, address } = write;
    if (kind === "cluster_pool") return [];
    return [{ kind, name, address, write, is_parked: parked.has(key), is_restored: restored.has(key) }];
  });
}

interface NamedClusters {
  readonly spec: Pick<LiveQueue["spec"], "clusters">;
}

/**
 * Whether a drained queue, as it is live, is parked on `*` still: in service, it would get the work of clusters that it never named. The write
 * that ends that may have taken effect without a response.
 */
export function isStillParked({ is_parked }: OwnDrain, live: NamedClusters | undefined): boolean {
  return is_parked && live?.spec.clusters.includes("*") === true;
}

/** Whether what was drained was to stay so only for a stage of its change: no manifest wanted it. False where that is unknown. */
export function isOnTheWay({ write }: OwnDrain): boolean {
  return write.on_the_way === true;
}
