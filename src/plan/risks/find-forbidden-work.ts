import type { JsonObject } from "../../model/json/json.ts";
import { isObject } from "../../model/json/json.ts";
import { parseQuantity } from "../../model/objects/quantity.ts";
import type { Change } from "../../model/plan/plan.ts";
import type { Finding } from "../compare/finding.ts";

/**
 * The least that can be requested of what every task takes, in nano-units: Kubernetes counts CPU in thousandths, and memory in bytes. A smaller
 * cap admits what a cap of 0 admits, and no task starts. How little a real task gets by with is unknown: a cap from here on passes.
 */
const LEAST = { cpu: 1_000_000n, memory: 1_000_000_000n } as const;
const OF_EVERY_TASK = ["cpu", "memory"] as const;

/**
 * Queues that a plan leaves in service, with `max_resources` of which no task can start: they select clusters, and no work of theirs reaches
 * one. A queue that takes no work already loses none. Nor does one with a limit of 0: for concurrency and depth that is no limit.
 */
export function findForbiddenWork(changes: readonly Change[]): readonly Finding[] {
  return changes.flatMap(({ address, physical_name: name, before, after }): readonly Finding[] => {
    const forbidden = listForbidden(address, after);
    if (forbidden.length === 0 || isDrained(after)) return [];
    if (listForbidden(address, before).length > 0 && !isDrained(before)) return [];
    const caps = forbidden.map((resource) => `max_resources.${resource}`).join(" and ");
    const message = `Queue ${name} would start no work: ${caps} would be less than the least that a task can request. Raise it, or drain the queue.`;
    return [{ check: "black-hole", status: "fail", message, addresses: [address] }];
  });
}

/** What every task needs and the queue of a change allows nothing of; of a cluster, its own queue. */
function listForbidden(address: string, fields: JsonObject | null): readonly string[] {
  const limits = address.startsWith("cluster.") ? fields?.queue : (fields ?? undefined);
  const caps = isObject(limits) ? limits.max_resources : undefined;
  if (!isObject(caps)) return [];
  return OF_EVERY_TASK.filter((resource) => {
    const cap = caps[resource];
    const amount = typeof cap === "string" ? parseQuantity(cap) : undefined;
    return amount !== undefined && amount < LEAST[resource];
  });
}

function isDrained(fields: JsonObject | null): boolean {
  return fields?.state === "drained";
}
