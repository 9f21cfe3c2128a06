import { YAMLException } from "js-yaml";
import type { Position } from "../../model/diagnostics/position.ts";

/** What is wrong with a YAML text before anything is known about its meaning. */
export interface YamlProblem extends Position {
  readonly code:
    | "yaml-syntax"
    | "yaml-tab"
    | "yaml-tag"
    | "yaml-too-deep"
    | "yaml-too-many-values"
    | "path-too-long"
    | "yaml-alias"
    | "yaml-anchor"
    | "yaml-duplicate-key"
    | "more-diagnostics";
  /** The parser's words, or the key or number concerned. Nothing of a value: it may be a secret. */
  readonly reason: string;
}

const CODES: readonly (readonly [RegExp, YamlProblem["code"]])[] = [
  [/^nesting exceeded/, "yaml-too-deep"],
  [/^tab characters/, "yaml-tab"],
  [/^unknown (scalar|sequence|mapping) tag |^undeclared tag handle |explicit tag$/, "yaml-tag"],
  [/^aliases exceeded/, "yaml-alias"],
];

/** The problem that the parser gave up on. Anything but a parser's exception is thrown again. */
export function readParserError(error: unknown): YamlProblem {
  if (!(error instanceof YAMLException)) throw error;
  const { reason, mark } = error;
  const code = CODES.find(([pattern]) => pattern.test(reason))?.[1] ?? "yaml-syntax";
  return { code, reason: withoutValues(reason), line: (mark?.line ?? 0) + 1, column: (mark?.column ?? 0) + 1 };
}

/** The parser's words without the names that it took from the text, which may be the begin of a secret: `!x`, `"x"`. */
function withoutValues(reason: string): string {
  const unquoted = reason.replace(/ ?"[^"]*"/g, "");
  const ends = [unquoted.indexOf(": "), unquoted.indexOf("!<")].filter((end) => end >= 0);
  return unquoted.slice(0, Math.min(...ends, unquoted.length)).trimEnd();
}
