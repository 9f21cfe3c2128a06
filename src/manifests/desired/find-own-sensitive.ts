import type { Kind } from "../../kinds/registry.ts";
import { DIAGNOSTIC_CATALOGUE, type DiagnosticCode } from "../../model/diagnostics/diagnostic-catalogue.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { createPathMatcher, type PathMatcher } from "../../model/secrets/match-paths.ts";

/** What the body of a document says of its own values, sound or not. */
export interface SensitiveBody {
  readonly sensitive?: unknown;
}

/** What a message is about: the value at a path, or the last key of it. */
export type Part = "key" | "value";

/**
 * Says whether a manifest calls what stands at a path of its body sensitive: what a pattern covers, keys within it, and a single value that
 * stands in place of the map in which a pattern names something.
 */
export function findOwnSensitive(
  kind: Kind | undefined,
  body: SensitiveBody,
): (path: NodePath, part?: Part) => boolean {
  const patterns = [body.sensitive].flat().filter((pattern) => typeof pattern === "string");
  if (patterns.length === 0) return () => false;
  let matcher: PathMatcher | undefined;
  const isCovered = (keys: readonly string[]) => {
    matcher ??= createPathMatcher({ patterns, paths: [] });
    const { begin, read } = matcher;
    return keys.reduce((state, key) => read(state, `${key}.`), begin).isCovered;
  };
  const leads = patterns.map((pattern) => pattern.split("*", 1)[0] ?? "");
  return (path, part = "value") => {
    const keys = listKeys(kind, part === "key" ? path.slice(0, -1) : path);
    if (isCovered(keys)) return true;
    if (part === "key" || isObject(readAt(body, path))) return false;
    const above = keys.map((key) => `${key}.`).join("");
    return path.length > 0 && leads.some((lead) => lead.startsWith(above));
  };
}

/** Without the places of lists; settings stand at the top, or below `settings`. */
function listKeys(kind: Kind | undefined, path: NodePath): readonly string[] {
  const keys = path.map(String).filter((key) => !/^\d+$/.test(key));
  return kind === "settings" && keys[0] === "settings" ? keys.slice(1) : keys;
}

function readAt(body: unknown, path: NodePath): unknown {
  return path.reduce((value, key) => (isObject(value) ? (value as Record<string, unknown>)[key] : undefined), body);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** What is said of a mistake in a sensitive value: where it is, and nothing of it. */
export function describeUnseen(code: DiagnosticCode, path: NodePath, part: Part = "value") {
  const { summary, remedy } = DIAGNOSTIC_CATALOGUE[code];
  const place = part === "key" ? path.slice(0, -1) : path;
  return { summary: `Field "${place.join(".")}", which is sensitive: ${summary}`, detail: remedy };
}
