import type { Json } from "../../model/json/json.ts";

/** What stands in place of a text that is not kept. */
export const NOT_KEPT = "Dropped: it may show values that have become sensitive.";

/** Keys whose texts are names, codes and times of ours, and so never values of settings or files. */
const NAMES: ReadonlySet<string> = new Set([
  ...[
    "kind",
    "step",
    "phase",
    "code",
    "severity",
    "status",
    "reason",
    "op",
    "until",
    "ends",
    "name",
    "id",
    "because",
    "digest",
  ],
  ...[
    "file",
    "address",
    "addresses",
    "physical_name",
    "failing",
    "refused",
    "concerns",
    "begun",
    "left_drained",
    "out_of_service",
    "without",
  ],
]);

/** JSON of the same shape in which every text is replaced that may repeat what manifests and servers say, under any key. Pure. */
export function blankTexts(value: Json, key = ""): Json {
  if (typeof value === "string") return NAMES.has(key) ? value : NOT_KEPT;
  if (Array.isArray(value)) return value.map((item: Json) => blankTexts(item, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [name, blankTexts(below as Json, name)]));
}
