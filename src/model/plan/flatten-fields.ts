import type { Json, JsonObject } from "../json/json.ts";
import { isSealed } from "../secrets/sealed.ts";

/** Nested fields by their dotted paths; lists, and what is empty, are one value each. */
export function flattenFields(fields: JsonObject, prefix = ""): Map<string, Json> {
  const flat = new Map<string, Json>();
  for (const [key, value] of Object.entries(fields)) {
    const path = `${prefix}${key}`;
    if (isMap(value) && Object.keys(value).length > 0) {
      for (const [nested, inner] of flattenFields(value, `${path}.`)) flat.set(nested, inner);
    } else flat.set(path, value);
  }
  return flat;
}

function isMap(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isSealed(value);
}
