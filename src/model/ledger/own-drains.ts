import type { Op } from "../plan/step.ts";
import type { OwnWrite } from "./ledger.ts";
import type { DrainedObject } from "./refusal.ts";

/** What unfinished rollouts have drained, or restored and not activated, by their own writes, and not put into service since. */
export interface OwnDrain<Write extends OwnWrite = OwnWrite> extends DrainedObject {
  /** The drain. */
  readonly write: Write;
  /** Whether the queue was also parked on `*`: in service, it would get the work of other clusters. */
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
    const { kind, physical_name, op, set, has_arrived } = write;
    const name = `${kind}.${physical_name}`;
    const state = set.state ?? FIRST_STATES.get(op);
    if (state === "drained") {
      drains.set(name, write);
      if (op === "undelete") restored.add(name);
    } else if (typeof state === "string" && has_arrived) {
      drains.delete(name);
      restored.delete(name);
    }
    if (Array.isArray(set.clusters) && set.clusters.includes("*")) parked.add(name);
  }
  return [...drains].flatMap(([key, write]) => {
    const { kind, physical_name: name, address } = write;
    if (kind === "cluster_pool") return [];
    return [{ kind, name, address, write, is_parked: parked.has(key), is_restored: restored.has(key) }];
  });
}

/** Whether what was drained was to stay so only for a stage of its change: no manifest wanted it. False where that is unknown. */
export function isOnTheWay({ write }: OwnDrain): boolean {
  return write.on_the_way === true;
}
