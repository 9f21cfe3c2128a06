import { createHash } from "node:crypto";
import type { Json } from "../../src/model/json/json.ts";

/** Columns that a line of a golden plan may take. */
const WIDTH = 120;

/** Words that need no quotes: nothing that reads as another type or as punctuation. */
const PLAIN = /^(?!(?:true|false|null)$)[A-Za-z*_-][\w.:/*@-]*$/;

/** A value on one line, written as in YAML, but with a bare `*`. A text of several lines is there by its digest. */
export function formatFlow(value: Json): string {
  if (typeof value === "string") return formatText(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(formatFlow).join(", ")}]`;
  const fields = Object.entries(value).map(([key, item]) => `${formatText(key)}: ${formatFlow(item)}`);
  return `{${fields.join(", ")}}`;
}

function formatText(text: string): string {
  if (!text.includes("\n")) return PLAIN.test(text) ? text : JSON.stringify(text);
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return `<${text.split("\n").length - 1} lines, sha256 ${digest}>`;
}

/** A line broken where it has spaces, each further line indented by four more than the first. */
export function breakLine(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? "";
  const lines = [indent];
  for (const word of line.trim().split(" ")) {
    const last = lines.at(-1) ?? "";
    const joined = last.trim() === "" ? last + word : `${last} ${word}`;
    if (joined.length <= WIDTH || last.trim() === "") lines[lines.length - 1] = joined;
    else lines.push(`${indent}    ${word}`);
  }
  return lines.join("\n");
}
