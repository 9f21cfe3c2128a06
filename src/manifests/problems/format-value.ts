import type { NodePath } from "../../model/diagnostics/position.ts";
import { maskCredentials } from "../../model/secrets/mask-credentials.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { namesSecret } from "../../model/secrets/sensitive-key.ts";

/** A path as people write it: `config.secret_store.type`, `clusters[1]`. A key may be a credential, and is masked. */
export function formatPath(path: NodePath): string {
  return path.reduce<string>((text, step) => {
    if (/^[0-9]+$/.test(String(step))) return `${text}[${step}]`;
    const key = maskCredentials(String(step));
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

/** A value of a document as a message names it; one whose path says that it is sensitive by its type alone. */
export function describeValue(value: unknown, path: NodePath = []): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a set of fields";
  if (isSensitive(path)) return typeof value === "string" ? "this text" : `a ${typeof value}`;
  return typeof value === "string" ? quoteText(value) : String(value);
}

/**
 * Whether no message may repeat the value at a path. Fields of ours may be about secrets, and hold none. Where the number of an App belongs, its
 * secret may have been written by mistake, which looks like any word.
 */
export function isSensitive(path: NodePath): boolean {
  if (path.some((key, at) => key === "app" && path[at - 1] === "pull_requests")) return true;
  return path[0] !== "delivery" && path.some((key) => key === "environment_variables" || namesSecret(String(key)));
}
