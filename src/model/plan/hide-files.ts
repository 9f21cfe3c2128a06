import type { Kind } from "../../kinds/registry.ts";
import type { Json, JsonObject } from "../json/json.ts";
import { isCut } from "../secrets/keep-values.ts";

/** What is shown of a file: it is long, and may hold what became sensitive since. What a record did not keep of it is shown as that. */
export function hideFile(text: Json): Json {
  return typeof text === "string" && !isCut(text) ? `(a file of ${text.split("\n").length} lines)` : text;
}

/** Fields of an object of a kind, without the texts of files. */
export function hideFiles(kind: Kind, fields: JsonObject | null): JsonObject | null {
  const files = fields?.files;
  if (kind !== "flyte_clusters" || typeof files !== "object" || files === null || Array.isArray(files)) return fields;
  const hidden = Object.entries(files).map(([path, text]) => [path, hideFile(text)] as const);
  return { ...fields, files: Object.fromEntries(hidden) };
}
