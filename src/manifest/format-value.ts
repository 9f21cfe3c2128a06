import { maskCredentials } from "../model/mask-credentials.ts";
import type { NodePath } from "../model/position.ts";

/** A path as people write it: `config.secret_store.type`, `clusters[1]`. */
export function formatPath(path: NodePath): string {
  return path.reduce<string>((text, step) => {
    if (/^[0-9]+$/.test(String(step))) return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${step}`;
  }, "");
}

/** A value of a document as a message names it. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a set of fields";
  return typeof value === "string" ? quote(value) : String(value);
}

/** Text as shown in a message: without credentials, escaped, at most 80 characters. */
export function quote(value: string): string {
  const text = maskCredentials(value);
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
