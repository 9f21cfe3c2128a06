import type { JsonObject } from "../../model/json/json.ts";
import { isObject } from "../../model/json/json.ts";
import { parseQuantity } from "../../model/objects/quantity.ts";
import type { Change } from "../../model/plan/plan.ts";
import type { Finding } from "./finding.ts";

/** Resources that every task takes: where one of them is forbidden, no task starts. */
const OF_EVERY_TASK = ["cpu", "memory"] as const;

/**
 * Queues that a plan leaves in service, with `max_resources` of which no task can start: they select clusters, and no work of theirs reaches
 * one. A queue that takes no work already loses none.
 */
export function findForbiddenWork(changes: readonly Change[]): readonly Finding[] {
  return changes.flatMap(({ address, physical_name: name, before, after }): readonly Finding[] => {
    const forbidden = listForbidden(address, after);
    if (forbidden.length === 0 || isDrained(after)) return [];
    if (listForbidden(address, before).length > 0 && !isDrained(before)) return [];
    const caps = forbidden.map((resource) => `max_resources.${resource}`).join(" and ");
    const message = `Queue ${name} would start no work: ${caps} would be 0, and every task needs some. Raise it, or drain the queue.`;
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
    return typeof cap === "string" && parseQuantity(cap) === 0n;
  });
}

function isDrained(fields: JsonObject | null): boolean {
  return fields?.state === "drained";
}
