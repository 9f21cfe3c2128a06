import type { Address } from "../../model/address.ts";
import type { Step } from "../../model/plan/step.ts";
import type { Decisions } from "../decide/decisions.ts";
import { append, isLive } from "../input/index-world.ts";
import type { WildcardQueues } from "../order/order-departures.ts";
import { listFormerSenders } from "../steps/plan-idle-waits.ts";

/** A queue whose work the plan waits for or would interrupt, with the changes that concern it. */
export interface AffectedQueue {
  readonly queue: string;
  readonly pool: string;
  /** Sorted; one list for all `*` queues of a pool that nothing else concerns. */
  readonly addresses: readonly Address[];
}

/**
 * The live queues with work that the plan touches: those that it drains, deletes or waits for, and those that may have sent
 * work to a cluster that leaves its place (its co-named queue, queues that name it or release it, `*` queues of its pool).
 */
export function findAffectedQueues(
  { world, departures, input }: Decisions,
  steps: readonly Step[],
  wildcards: WildcardQueues,
): readonly AffectedQueue[] {
  const affected = new Map<string, Set<Address>>();
  const addressesOf = (queue: string) => affected.get(queue) ?? new Set<Address>();
  const add = (queue: string, address: Address) => {
    if (isLive(world.queues.get(queue))) affected.set(queue, addressesOf(queue).add(address));
  };
  const former = { world, released: input.released, narrowed: new Set(input.narrowed) };
  const chosen = new Set(steps.map((step) => step.address));
  for (const step of steps) {
    const stops = step.op === "drain" || step.op === "delete" || step.op === "await";
    if (step.kind === "queue" && stops) add(step.physical_name, step.address);
  }
  const leaving = new Map<string, Set<Address>>();
  const poolsOf = new Map<string, string[]>();
  for (const { cluster, address } of departures.values()) {
    if (!chosen.has(address)) continue;
    add(cluster.name, address);
    for (const { name } of world.pinning.get(cluster.name) ?? []) add(name, address);
    for (const name of listFormerSenders(cluster, former)) add(name, address);
    const known = leaving.get(cluster.pool);
    leaving.set(cluster.pool, (known ?? new Set<Address>()).add(address));
    for (const queue of known === undefined ? (wildcards.get(cluster.pool) ?? []) : []) {
      if (!isLive(world.queues.get(queue))) continue;
      affected.set(queue, addressesOf(queue));
      append(poolsOf, queue, cluster.pool);
    }
  }
  const shared = new Map([...leaving].map(([pool, addresses]) => [pool, [...addresses].sort()]));
  return [...affected].map(([queue, own]) => {
    const lists = (poolsOf.get(queue) ?? []).map((pool) => shared.get(pool) ?? []);
    const [list = []] = lists;
    const isShared = own.size === 0 && lists.length === 1;
    return {
      queue,
      pool: world.queues.get(queue)?.spec.cluster_pool ?? "",
      addresses: isShared ? list : [...new Set([...own, ...lists.flat()])].sort(),
    };
  });
}
