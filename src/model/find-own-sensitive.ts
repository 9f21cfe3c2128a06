import type { Kind } from "./address.ts";
import { DIAGNOSTIC_CATALOGUE, type DiagnosticCode } from "./diagnostic-catalogue.ts";
import { createPathMatcher, type PathMatcher } from "./match-paths.ts";
import type { NodePath } from "./position.ts";

/** What the body of a document says of its own values, sound or not. */
export interface SensitiveBody {
  readonly sensitive?: unknown;
}

/** Says whether a manifest calls what stands at a path of its body sensitive. */
export function findOwnSensitive(kind: Kind | undefined, { sensitive }: SensitiveBody): (path: NodePath) => boolean {
  const patterns = [sensitive].flat().filter((pattern) => typeof pattern === "string");
  if (patterns.length === 0) return () => false;
  let matcher: PathMatcher | undefined;
  return (path) => {
    matcher ??= createPathMatcher({ patterns, paths: [] });
    const { begin, read } = matcher;
    const keys = path.map(String).filter((key) => !/^\d+$/.test(key));
    // Settings stand at the top, or below `settings`.
    const own = kind === "settings" && keys[0] === "settings" ? keys.slice(1) : keys;
    return own.reduce((state, key) => read(state, `${key}.`), begin).isCovered;
  };
}

/** What is said of a mistake in a sensitive value: where it is, and nothing of it. */
export function describeUnseen(code: DiagnosticCode, path: NodePath) {
  const { summary, remedy } = DIAGNOSTIC_CATALOGUE[code];
  return { summary: `Field "${path.join(".")}", which is sensitive: ${summary}`, detail: remedy };
}
