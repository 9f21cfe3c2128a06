import { createDiagnostic } from "../../model/diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import type { YamlProblem } from "../yaml/yaml-problem.ts";

/** A YAML problem as the diagnostic of a file, and of an object where its address could be read. */
export function describeProblem(problem: YamlProblem, file: string, address: string | null): Diagnostic {
  const { code, reason, line, column } = problem;
  return createDiagnostic(code, { summary: PROBLEM_TEXT[code](reason), file, line, column, address });
}

const PROBLEM_TEXT: Readonly<Record<YamlProblem["code"], (reason: string) => string>> = {
  "yaml-syntax": (reason) => `Not YAML: ${reason}`,
  "yaml-tab": () => "A tab is used for indentation",
  "yaml-tag": () => "A value begins with `!`, which makes it an unknown tag. If it is text, write it in quotes",
  "yaml-too-deep": () => "Collections are nested more than 100 deep",
  "yaml-too-many-values": (reason) => `The file has ${reason} keys and values, more than 100,000`,
  "path-too-long": (reason) => `The keys that lead to ${reason}`,
  "yaml-alias": () => "A value begins with `*`, which makes it an alias. If it is text, write it in quotes",
  "yaml-anchor": () => "A value begins with `&`, which makes it an anchor. If it is text, write it in quotes",
  "yaml-duplicate-key": (reason) => `Duplicate key ${quoteText(reason)}`,
  "more-diagnostics": (reason) => `Too many errors: only ${reason} invalid documents of a file are reported`,
};
