import type { Kind } from "../../kinds/registry.ts";
import type { Json, JsonObject } from "../json/json.ts";

/** What is shown of a file: it is long, and may hold what became sensitive since. */
export function hideFile(text: Json): Json {
  return typeof text === "string" ? `(a file of ${text.split("\n").length} lines)` : text;
}

/** Fields of an object of a kind, without the texts of files. */
export function hideFiles(kind: Kind, fields: JsonObject | null): JsonObject | null {
  const files = fields?.files;
  if (kind !== "flyte_clusters" || typeof files !== "object" || files === null || Array.isArray(files)) return fields;
  const hidden = Object.entries(files).map(([path, text]) => [path, hideFile(text)] as const);
  return { ...fields, files: Object.fromEntries(hidden) };
}
