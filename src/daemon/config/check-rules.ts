import { quoteText } from "../../model/secrets/quote-text.ts";
import { compileRule } from "../../plan/policy/compile-rule.ts";
import { type ConfigFile, type Draft, placeEntries } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";
import { listPolicies } from "./list-policies.ts";

/** Finds rules that are not CEL, or speak of what there is not. Whether they fit a plan shows only when they are evaluated. */
export function checkRules(file: Draft<ConfigFile>): readonly ConfigFinding[] {
  const rules = listPolicies(file).flatMap(({ value, path }) => placeEntries(value.rules, [...path, "rules"]));
  return rules.flatMap(({ value: { name = "", when }, path }) => {
    const fault = when === undefined ? null : findFault(when);
    if (fault === null) return [];
    return [
      {
        code: "config-bad-rule",
        path: [...path, "when"],
        summary: `Rule ${quoteText(name)} can't be evaluated: ${fault}`,
      },
    ];
  });
}

function findFault(expression: string): string | null {
  try {
    compileRule(expression);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // What the parser would have taken is a long list.
    const [, line, column, words = message] = /^<input>:(\d+):(\d+): (.*?)(?: but expecting .*)?$/s.exec(message) ?? [];
    return line === undefined ? words : `${words} at line ${line}, column ${column} of the expression`;
  }
}
