import { isObject } from "./json.ts";
import type { Json, JsonObject } from "./plan.ts";
import type { QueueSpec } from "./spec.ts";

/** The fields of a queue that are maps. The control plane replaces each as a whole, so a write puts its entries onto a fresh read. */
export const LIMIT_MAPS = ["max_resources", "max_accelerators"] as const;

/**
 * What an update sets of a queue. Its maps say what becomes of single entries, as a JSON merge patch does: one that is left out stays as it is
 * live when the write is sent, null takes one out.
 */
export type QueuePatch = Partial<Omit<QueueSpec, (typeof LIMIT_MAPS)[number]>> & {
  readonly max_resources?: Readonly<Record<string, string | null>>;
  readonly max_accelerators?: Readonly<Record<string, number | null>>;
};

/** The fields with each map as a patch that makes it of what is live. */
export function patchMaps(wanted: JsonObject, live: JsonObject): JsonObject {
  return onMaps(wanted, (entries, key) => {
    const there = live[key];
    const gone = Object.keys(isObject(there) ? there : {}).filter((name) => !Object.hasOwn(entries, name));
    return { ...entries, ...Object.fromEntries(gone.map((name) => [name, null])) };
  });
}

/** The fields with what an update sets; an entry that it takes out is null. */
export function mergeMaps(fields: JsonObject, set: JsonObject): JsonObject {
  const entries = onMaps(set, (patch, key) => {
    const there = fields[key];
    return { ...(isObject(there) ? there : {}), ...patch };
  });
  return { ...fields, ...entries };
}

/** The fields without the entries that are null: what is there once it is written. */
export function withoutGone(fields: JsonObject): JsonObject {
  return onMaps(fields, (entries) => Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== null)));
}

function onMaps(
  fields: JsonObject,
  change: (entries: JsonObject, key: string) => { [name: string]: Json },
): JsonObject {
  const maps = LIMIT_MAPS.flatMap((key) => {
    const entries = fields[key];
    return isObject(entries) ? [[key, change(entries, key)] as const] : [];
  });
  return { ...fields, ...Object.fromEntries(maps) };
}
