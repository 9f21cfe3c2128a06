import type { Json, JsonObject } from "../json/json.ts";
import { isObject, sameJson } from "../json/json.ts";

/** What each field is set to, by its path as JSON; undefined: it is taken out. */
export type Writes = ReadonlyMap<string, Json | undefined>;

/**
 * What is written to get from one value to another, leaf by leaf at any depth. A list is one value, as is an object without keys. An object
 * that takes the place of a plain value, or is new, is listed by its leaves as well, so that what stands beside a leaf changes nothing.
 */
export function listWrites(before: Json | undefined, after: Json | undefined, path: readonly string[] = []): Writes {
  if (sameJson(before, after)) return new Map();
  const [from, to] = [fieldsOf(before), fieldsOf(after)];
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const below = keys.flatMap((key) => [...listWrites(own(from, key), own(to, key), [...path, key])]);
  // What its leaves say already is not said once more.
  const said = isObject(after) ? to : after === undefined ? from : {};
  const isSaid = (isObject(before) && isObject(after)) || Object.keys(said).length > 0;
  return new Map(isSaid ? below : [[JSON.stringify(path), after] as const, ...below]);
}

function fieldsOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function own(fields: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}
