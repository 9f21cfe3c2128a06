import { dump } from "js-yaml";
import type { Json } from "../../model/json/json.ts";

/**
 * A value as a YAML document in block style, the order of its keys kept. Text that a reader of YAML 1.1 or 1.2 could take for
 * something else (`yes`, `0.5`, `017`, `1:20`, a date) is quoted; lines are not folded; nothing is written as an alias.
 */
export function printYaml(value: Json): string {
  return dump(value, { lineWidth: -1, noRefs: true, quoteStyle: "double" });
}
