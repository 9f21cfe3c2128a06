import type { JsonObject } from "../../model/json/json.ts";
import { isObject, sameJson } from "../../model/json/json.ts";
import { normaliseAcceleratorSelector } from "../../model/objects/accelerator.ts";

export { isObject, sameJson };

/**
 * The wanted fields with what `ignore_changes` names taken from the live side instead, so that an ignored field is never
 * a difference. A path that names nothing on the live side is taken out of both.
 */
export function keepIgnored<F extends JsonObject>(wanted: F, live: JsonObject, paths: readonly string[]): F {
  return paths.reduce<JsonObject>((fields, path) => replaceAt(fields, live, splitIgnored(path)), wanted) as F;
}

/** The fields without the paths that `ignore_changes` names: what may be sent. */
export function dropIgnored<Patch extends JsonObject>(fields: Patch, paths: readonly string[]): Patch {
  return paths.reduce<JsonObject>((rest, path) => replaceAt(rest, {}, splitIgnored(path)), fields) as Patch;
}

/** The keys that a path of `ignore_changes` names one by one. The name of an accelerator is one key in any spelling. */
export function splitIgnored(path: string): readonly string[] {
  const [, parent = "", selector] = /^((?:queue\.)?max_accelerators)\.(.+)$/s.exec(path) ?? [];
  if (selector === undefined) return path.split(".");
  return [...parent.split("."), normaliseAcceleratorSelector(selector) ?? selector];
}

/** A field that is not managed stays so; below one, an entry may be live alone. */
function replaceAt(fields: JsonObject, source: JsonObject, path: readonly string[], isBelow = false): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined || !(isBelow || Object.hasOwn(fields, key))) return fields;
  const { [key]: current, ...others } = fields;
  const replacement = Object.hasOwn(source, key) ? source[key] : undefined;
  if (rest.length > 0 && isObject(current)) {
    return { ...fields, [key]: replaceAt(current, isObject(replacement) ? replacement : {}, rest, true) };
  }
  return replacement === undefined ? others : { ...fields, [key]: replacement };
}

/** The keys of `wanted` whose values differ from those of `live`, in the order of `wanted`. */
export function changedKeys(wanted: JsonObject, live: JsonObject): readonly string[] {
  return Object.keys(wanted).filter((key) => !sameJson(wanted[key], live[key]));
}
