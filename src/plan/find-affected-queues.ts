import type { Address } from "../model/address.ts";
import type { Step } from "../model/plan.ts";
import type { Decisions } from "./decisions.ts";
import { isLive } from "./index-world.ts";
import type { WildcardQueues } from "./protect-wildcards.ts";

/** A queue whose work the plan waits for or would interrupt, with the changes that concern it. */
export interface AffectedQueue {
  readonly queue: string;
  readonly pool: string;
  readonly addresses: readonly Address[];
}

/**
 * The live queues with work that the plan touches: those that it drains, deletes or waits for, and those that may have sent
 * work to a cluster that leaves its place (its co-named queue, queues that name it, `*` queues of its pool).
 */
export function findAffectedQueues(
  { world, departures }: Decisions,
  steps: readonly Step[],
  wildcards: WildcardQueues,
): readonly AffectedQueue[] {
  const affected = new Map<string, Set<Address>>();
  const add = (queue: string, address: Address) => {
    if (isLive(world.queues.get(queue))) affected.set(queue, (affected.get(queue) ?? new Set<Address>()).add(address));
  };
  const chosen = new Set(steps.map((step) => step.address));
  for (const step of steps) {
    const stops = step.op === "drain" || step.op === "delete" || step.op === "await";
    if (step.kind === "queue" && stops) add(step.physical_name, step.address);
  }
  for (const { cluster, address } of departures.values()) {
    if (!chosen.has(address)) continue;
    const named = (world.pinning.get(cluster.name) ?? []).map((queue) => queue.name);
    for (const queue of [cluster.name, ...named, ...(wildcards.get(cluster.pool) ?? [])]) add(queue, address);
  }
  return [...affected].map(([queue, addresses]) => ({
    queue,
    pool: world.queues.get(queue)?.spec.cluster_pool ?? "",
    addresses: [...addresses].sort(),
  }));
}
