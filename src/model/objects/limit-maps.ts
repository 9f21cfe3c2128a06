import type { Json, JsonObject } from "../json/json.ts";
import { isObject as isAnyObject, sameJson } from "../json/json.ts";
import { isSealed } from "../secrets/sealed.ts";
import { LIMIT_MAPS, type LimitMap } from "./queue-limits.ts";
import type { PoolPatch, QueueSpec } from "./spec.ts";

/**
 * The fields of which an update names single entries: those, and the config of a pool and the settings of a scope, whose entries are put onto a
 * fresh read as deep as they go.
 */
const PATCHED = [...LIMIT_MAPS, "config", "settings"] as const;

/**
 * What an update sets of a queue. Its maps say what becomes of single entries, as a JSON merge patch does: one that is left out stays as it is
 * live when the write is sent, null takes one out.
 */
export type QueuePatch = Partial<Omit<QueueSpec, LimitMap>> & {
  readonly [M in LimitMap]?: Readonly<Record<string, QueueSpec[M][string] | null>>;
};

/** What makes some fields of what is live: those that differ, of maps the entries, where null takes one out. */
export type Patch<F> = {
  readonly [K in keyof F]?: K extends LimitMap ? QueuePatch[K] & {} : K extends "config" ? PoolPatch : F[K];
};

/** The fields with each map as a patch that makes it of what is live. */
export function patchMaps<F extends JsonObject>(wanted: F, live: JsonObject): Patch<F> {
  return onMaps(wanted, (entries, key) => {
    const there = live[key];
    const gone = Object.keys(isObject(there) ? there : {}).filter((name) => !Object.hasOwn(entries, name));
    return { ...entries, ...Object.fromEntries(gone.map((name) => [name, null])) };
  }) as Patch<F>;
}

/**
 * What an update sets so that what is live becomes what is wanted: the fields that differ, and the entries that do, besides those of
 * `always`. What is equal is not sent: a change by another writer before the write stays.
 */
export function patchFields<F extends JsonObject>(
  wanted: F,
  live: JsonObject,
  always: readonly string[] = [],
): Patch<F> {
  const isSent = (key: string) => always.includes(key) || !sameJson(wanted[key], live[key]);
  const sent = Object.fromEntries(Object.entries(wanted).filter(([key]) => isSent(key)));
  return onMaps(
    patchMaps<JsonObject>(sent, live) as JsonObject,
    (entries, key) => listDifferent(entries, live[key]),
    PATCHED,
  ) as Patch<F>;
}

function listDifferent(entries: JsonObject, live: Json | undefined): { [name: string]: Json } {
  const there = isObject(live) ? live : {};
  const different = Object.entries(entries).filter(([name, value]) => !sameJson(value, there[name]));
  const inner = different.map(([name, value]) => {
    return [name, isObject(value) && isObject(there[name]) ? listDifferent(value, there[name]) : value] as const;
  });
  return Object.fromEntries(inner);
}

/** The fields with what an update sets; an entry that it takes out is null. */
export function mergeMaps(fields: JsonObject, set: JsonObject): JsonObject {
  return { ...fields, ...onMaps(set, (patch, key) => mergeEntries(fields[key], patch), PATCHED) };
}

function mergeEntries(fields: Json | undefined, patch: JsonObject): { [name: string]: Json } {
  const there = isObject(fields) ? fields : {};
  const set = Object.entries(patch).map(([name, value]) => {
    return [name, isObject(value) && isObject(there[name]) ? mergeEntries(there[name], value) : value] as const;
  });
  return { ...there, ...Object.fromEntries(set) };
}

/** The fields of which an update says something: of those that it patches, the entries that it names. */
export function keepNamed(fields: JsonObject, set: JsonObject): JsonObject {
  const named = Object.fromEntries(Object.entries(fields).filter(([key]) => Object.hasOwn(set, key)));
  return onMaps(named, (entries, key) => keepEntries(entries, set[key]), PATCHED);
}

function keepEntries(entries: JsonObject, named: Json | undefined): { [name: string]: Json } {
  if (!isObject(named)) return entries;
  const kept = Object.entries(entries).filter(([name]) => Object.hasOwn(named, name));
  return Object.fromEntries(
    kept.map(([name, value]) => [name, isObject(value) ? keepEntries(value, named[name]) : value]),
  );
}

/** Whether one update of a field sets nothing that another one does not set, too. */
export function isPartOf(key: string, value: Json | undefined, whole: Json | undefined): boolean {
  const isPatched = PATCHED.some((patched) => patched === key);
  return isPatched && isObject(value) && isObject(whole)
    ? sameJson(mergeEntries(whole, value), whole)
    : sameJson(value, whole);
}

/** The fields without the entries that are null: what is there once it is written. */
export function withoutGone(fields: JsonObject): JsonObject {
  return onMaps(fields, (entries) => Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== null)));
}

function onMaps(
  fields: JsonObject,
  change: (entries: JsonObject, key: string) => { [name: string]: Json },
  keys: readonly string[] = LIMIT_MAPS,
): JsonObject {
  const maps = keys.flatMap((key) => {
    const entries = fields[key];
    return isObject(entries) ? [[key, change(entries, key)] as const] : [];
  });
  return { ...fields, ...Object.fromEntries(maps) };
}

/** What stands in place of a sensitive value is one value, not a map. */
function isObject(value: Json | undefined): value is JsonObject {
  return isAnyObject(value) && !isSealed(value);
}
