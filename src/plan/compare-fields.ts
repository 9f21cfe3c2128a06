import type { Json, JsonObject } from "../model/plan.ts";

/** Whether two JSON values are the same, whatever the order of their keys. */
export function sameJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (left === undefined || right === undefined || left === null || right === null) return false;
  if (typeof left !== "object" || typeof right !== "object") return false;
  if (Array.isArray(left) || Array.isArray(right)) return sameList(left, right);
  const one = left as JsonObject;
  const other = right as JsonObject;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => sameJson(one[key], other[key]));
}

function sameList(left: Json, right: Json): boolean {
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
  return left.every((value: Json, index) => sameJson(value, right[index]));
}

/**
 * The wanted fields with what `ignore_changes` names taken from the live side instead, so that an ignored field is never
 * a difference. A path that names nothing on the live side is taken out of both.
 */
export function keepIgnored(wanted: JsonObject, live: JsonObject, paths: readonly string[]): JsonObject {
  return paths.reduce((fields, path) => replaceAt(fields, live, path.split(".")), wanted);
}

/** The fields without the paths that `ignore_changes` names: what may be sent. */
export function dropIgnored(fields: JsonObject, paths: readonly string[]): JsonObject {
  return paths.reduce((rest, path) => replaceAt(rest, {}, path.split(".")), fields);
}

function replaceAt(fields: JsonObject, source: JsonObject, path: readonly string[]): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined || !(key in fields)) return fields;
  const { [key]: current, ...others } = fields;
  const replacement = source[key];
  if (rest.length > 0 && isObject(current)) {
    return { ...fields, [key]: replaceAt(current, isObject(replacement) ? replacement : {}, rest) };
  }
  return replacement === undefined ? others : { ...fields, [key]: replacement };
}

/** The keys of `wanted` whose values differ from those of `live`, in the order of `wanted`. */
export function changedKeys(wanted: JsonObject, live: JsonObject): readonly string[] {
  return Object.keys(wanted).filter((key) => !sameJson(wanted[key], live[key]));
}

/** Whether a JSON value is an object (neither null nor a list). */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
