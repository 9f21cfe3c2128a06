import { dump } from "js-yaml";
import type { Json } from "../../model/json/json.ts";
import { printYaml } from "./print-yaml.ts";
import type { ScalarNode } from "./read-nodes.ts";

/** A value on one line, as it may appear within `{}` and `[]`. */
export function printInline(value: Json): string {
  // A value on its own need not be quoted where a list's entry has to be.
  const list = dump([value], { flowLevel: 0, lineWidth: -1, noRefs: true, quoteStyle: "double" });
  return list.trim().slice(1, -1).trim();
}

/** A scalar in the style of the one whose place it takes. */
export function printLike(value: Json, style: ScalarNode["style"], inFlow: boolean): string {
  if (typeof value === "string" && style === "double") return JSON.stringify(value);
  if (typeof value === "string" && style === "single" && !/[\p{Cc}\u2028\u2029]/u.test(value)) {
    return `'${value.replaceAll("'", "''")}'`;
  }
  const printed = printYaml(value).trimEnd();
  if (inFlow) return printInline(value);
  return printed.includes("\n") ? JSON.stringify(value) : printed;
}
