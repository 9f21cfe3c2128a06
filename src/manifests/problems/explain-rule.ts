import type { DiagnosticCode } from "../../model/diagnostics/diagnostic-catalogue.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { CODE_KEYWORD, type SchemaError } from "../yaml/compile-schema.ts";
import { explainBadName } from "./explain-bad-name.ts";
import { type ExplainedError, readPath } from "./explained-error.ts";
import { describeValue, formatPath } from "./format-value.ts";

/** Rules on a single value: pattern, length, range, number of entries. */
export function explainRule(error: SchemaError): ExplainedError {
  const path = readPath(error);
  const key = error.propertyName;
  const code = findRuleCode(error);
  const where = formatPath(key === undefined ? path : path.slice(0, -1));
  const subject = key === undefined ? describeValue(error.data, path) : quoteText(key);
  return {
    code,
    path,
    part: key === undefined ? "value" : "key",
    summary:
      code === "empty-selector"
        ? "The selector is empty"
        : `${where === "" ? "" : `Field "${where}": `}${subject} ${BROKEN[code] ?? "is not allowed"}`,
    detail: remedyRule(code, error),
  };
}

const BROKEN: Readonly<Partial<Record<DiagnosticCode, string>>> = {
  "bad-name": "is not a valid name",
  "bad-duration": "is not a duration",
  "bad-quantity": "is not a quantity",
  "bad-uri": "is not a bucket's address",
  "bad-accelerator": "is not an accelerator selector",
  "bad-setting": "is not valid",
  "bad-reference": "is not a reference",
  "workflow-with-slash":
    "has a slash or a control character, or is `.` or `..`, so its attributes can't be written over HTTP",
  "empty-label": "is empty",
  "out-of-range": "is out of range",
  "too-long": "is too long",
};

function findRuleCode(error: SchemaError): DiagnosticCode {
  const ruleCode = findOwnCode(error);
  switch (error.keyword) {
    case "minimum":
    case "maximum":
      return ruleCode ?? "out-of-range";
    case "maxItems":
      return "too-long";
    case "maxProperties":
      return ruleCode === "bad-reference" ? ruleCode : "too-long";
    case "maxLength":
      return ruleCode === "bad-name" ? "bad-name" : "too-long";
    default:
      return ruleCode ?? "wrong-value";
  }
}

/** The code that the schema names for its own rule. */
export function findOwnCode(error: SchemaError): (typeof RULE_CODES)[number] | undefined {
  const own: unknown = error.parentSchema?.[CODE_KEYWORD];
  return RULE_CODES.find((code) => code === own);
}

const RULE_CODES = [
  "bad-name",
  "bad-duration",
  "bad-quantity",
  "bad-uri",
  "bad-accelerator",
  "bad-setting",
  "bad-reference",
  "workflow-with-slash",
  "empty-label",
  "empty-selector",
] as const satisfies readonly DiagnosticCode[];

/** What to do, where the value or the schema allows a more specific remedy than the code's own. */
function remedyRule(
  code: DiagnosticCode,
  { data, keyword, params, parentSchema, propertyName }: SchemaError,
): string | undefined {
  if (code === "bad-name" && typeof data === "string") return explainBadName(data);
  if (code === "bad-setting" && propertyName !== undefined)
    return "Write the key without control characters and other invisible characters.";
  if (code === "too-long")
    return `Shorten it to at most ${String(params.limit)} ${keyword === "maxLength" ? "characters" : "entries"}.`;
  const { minimum, maximum } = parentSchema ?? {};
  if (code !== "out-of-range" || minimum === undefined) return undefined;
  return `Write a whole number from ${String(minimum)} to ${String(maximum)}.`;
}
