import type { Json, JsonObject } from "../../model/json/json.ts";
import {
  LIMIT_DEFAULTS,
  LIMITS,
  type Limit,
  QUEUE_LIMITS,
  type QueueLimits,
} from "../../model/objects/queue-limits.ts";
import { compactBody } from "./manifest-draft.ts";

/** The limits of a live queue as its manifest says them: those that each manifest names, and others that differ from their defaults. */
export function draftLimits(limits: QueueLimits): JsonObject {
  return draft((limit) => (QUEUE_LIMITS[limit].isRequired ? limits[limit] : unlessDefault(limit, limits[limit])));
}

/** All limits of a queue that registering a cluster makes, where it differs from what it is made with. */
export function draftCoNamedLimits(limits: QueueLimits): JsonObject {
  return draft((limit) => unlessDefault(limit, limits[limit]));
}

function draft(say: (limit: Limit) => Json | undefined): JsonObject {
  return compactBody(Object.fromEntries(LIMITS.map((limit) => [limit, say(limit)])));
}

/** `unspecified` is what a server leaves in its own queues. */
function unlessDefault(limit: Limit, value: QueueLimits[Limit]): Json | undefined {
  if (typeof value === "object") return sortEntries(value);
  return value === LIMIT_DEFAULTS[limit] || value === "unspecified" ? undefined : value;
}

function sortEntries(map: Readonly<Record<string, string | number>>): JsonObject | undefined {
  const entries = Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
