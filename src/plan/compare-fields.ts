import { isObject, sameJson } from "../model/json.ts";
import type { JsonObject } from "../model/plan.ts";

export { isObject, sameJson };

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
