import type { OwnWrite } from "./ledger.ts";
import type { DrainedObject } from "./refusal.ts";

/** What unfinished rollouts have drained, by their own writes, and not put back into service since. */
export interface OwnDrain<Write extends OwnWrite = OwnWrite> extends DrainedObject {
  /** The drain. */
  readonly write: Write;
  /** Whether the queue was also parked on `*`: in service, it would get the work of other clusters. */
  readonly is_parked: boolean;
}

/**
 * Lists the own drains, of writes that are oldest first. A write that put an object back into service counts only once it is known to have
 * taken effect.
 */
export function listOwnDrains<Write extends OwnWrite>(written: readonly Write[]): readonly OwnDrain<Write>[] {
  const drains = new Map<string, Write>();
  const parked = new Set<string>();
  for (const write of written) {
    const { kind, physical_name, set, has_arrived } = write;
    const name = `${kind}.${physical_name}`;
    if (set.state === "drained") drains.set(name, write);
    else if (typeof set.state === "string" && has_arrived) drains.delete(name);
    if (Array.isArray(set.clusters) && set.clusters.includes("*")) parked.add(name);
  }
  return [...drains].flatMap(([key, write]) => {
    const { kind, physical_name: name, address } = write;
    return kind === "cluster_pool" ? [] : [{ kind, name, address, write, is_parked: parked.has(key) }];
  });
}

/** Whether what was drained was to stay so only for a stage of its change: no manifest wanted it. False where that is unknown. */
export function isOnTheWay({ write }: OwnDrain): boolean {
  return write.on_the_way === true;
}
