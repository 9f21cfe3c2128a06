import type { Json, JsonObject } from "../../model/plan.ts";
import { QUEUE_DEFAULTS, type QueueLimits } from "../../model/spec.ts";
import { compactBody } from "./manifest-draft.ts";

/** The limits that have defaults, where a live queue differs from them. `unspecified` is what a server leaves in its own queues. */
export function draftLimits(limits: QueueLimits): JsonObject {
  const { depth, priority, fairness, scheduling, max_resources, max_accelerators } = limits;
  return compactBody({
    depth: unless(depth, QUEUE_DEFAULTS.depth),
    priority: unless(priority, QUEUE_DEFAULTS.priority),
    fairness: unless(fairness, QUEUE_DEFAULTS.fairness),
    scheduling: scheduling === "unspecified" ? undefined : unless(scheduling, QUEUE_DEFAULTS.scheduling),
    max_resources: sortEntries(max_resources),
    max_accelerators: sortEntries(max_accelerators),
  });
}

/** All limits of a queue that registering a cluster makes, where it differs from what it is made with. */
export function draftCoNamedLimits(limits: QueueLimits): JsonObject {
  return {
    ...compactBody({
      run_concurrency: unless(limits.run_concurrency, 0),
      action_concurrency: unless(limits.action_concurrency, 0),
    }),
    ...draftLimits(limits),
  };
}

function unless<T extends Json>(value: T, usual: T): T | undefined {
  return value === usual ? undefined : value;
}

function sortEntries(map: Readonly<Record<string, string | number>>): JsonObject | undefined {
  const entries = Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
