import type { NodePath } from "../../model/diagnostics/position.ts";
import { holdsCredentials } from "../../model/secrets/mask-credentials.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import type { SuggestNearest } from "../../model/text/suggest-nearest.ts";
import { CODE_KEYWORD, findPointer, type SchemaError } from "../yaml/compile-schema.ts";
import { joinPointer } from "../yaml/pointer-tree.ts";
import { explainRule, findOwnCode } from "./explain-rule.ts";
import { type ExplainedError, readPath } from "./explained-error.ts";
import { findMeant } from "./find-meant.ts";
import { describeValue, formatPath, isSensitive } from "./format-value.ts";

/** Says what the schema errors of one document mean; errors that only repeat another one are left out. */
export function explainSchemaErrors(errors: readonly SchemaError[], suggest: SuggestNearest): ExplainedError[] {
  const explained = errors.flatMap((error) => {
    const explanation = explainSchemaError(error, suggest);
    return explanation === undefined ? [] : { about: findPointer(error), explanation };
  });
  const misspelt = new Set(explained.map(({ explanation }) => explanation.meant));
  return explained
    .filter(({ about, explanation }) => explanation.code !== "missing-field" || !misspelt.has(about))
    .map(({ explanation }) => explanation);
}

/** Undefined for an error that only repeats another one. */
function explainSchemaError(error: SchemaError, suggest: SuggestNearest): ExplainedError | undefined {
  switch (error.keyword) {
    case "additionalProperties":
      return explainUnknownField(error, suggest);
    case "required":
      return explainMissingField(error);
    case "type":
      return explainType(error);
    case "enum":
      return explainEnum(error, suggest);
    case "uniqueItems":
      return explainDuplicateEntry(error);
    case CODE_KEYWORD:
      return explainNumber(error);
    case "propertyNames":
    case "if":
      return undefined;
    default:
      return explainRule(error);
  }
}

function explainUnknownField(error: SchemaError, suggest: SuggestNearest): ExplainedError {
  const field = String(error.params.additionalProperty);
  const path = readPath(error);
  if (field === "<<") {
    return { code: "yaml-merge-key", path, part: "key", summary: "Merge key `<<` is not allowed", detail: undefined };
  }
  if (findOwnCode(error) === "bad-reference") return explainNoReference(field, path);
  const known = Object.keys(readObject(error.parentSchema?.properties));
  const meant = findMeant(field, known, suggest) ?? known.find((name) => isPart(field, name));
  const where = path.length > 1 ? ` in "${formatPath(path.slice(0, -1))}"` : "";
  return {
    code: "unknown-field",
    path,
    part: "key",
    summary: `Unknown field ${quoteText(field)}${where}${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    detail:
      meant === undefined
        ? `Remove it. The fields here are: ${known.join(", ")}.`
        : `Write "${meant}", or remove the field.`,
    meant: meant === undefined ? undefined : joinPointer(error.instancePath, meant),
  };
}

/** Where a value may be a reference, a mapping is one or nothing. */
function explainNoReference(field: string, path: NodePath): ExplainedError {
  const summary = `Field "${formatPath(path.slice(0, -1))}": a reference has no ${quoteText(field)}`;
  return { code: "bad-reference", path, part: "key", summary, detail: undefined };
}

/** Whether a field is another one's name with a word too few or too many: `clusterPool`, `run`, `queue_depth`. */
function isPart(field: string, name: string): boolean {
  return name.endsWith(`_${field}`) || field.endsWith(`_${name}`) || (field.length > 2 && name.startsWith(field));
}

function explainMissingField(error: SchemaError): ExplainedError {
  const missing = readPath(error);
  const path = missing.slice(0, -1);
  const about = readDescription(readObject(error.parentSchema?.properties)[String(error.params.missingProperty)]);
  return {
    code: "missing-field",
    path,
    part: path.length === 0 ? "value" : "key",
    summary: `Missing field "${formatPath(missing)}"`,
    detail: about === undefined ? undefined : `Add it. ${about}`,
  };
}

function explainType(error: SchemaError): ExplainedError {
  const path = readPath(error);
  const expected = [error.params.type].flat().map(String);
  const field = `Field "${formatPath(path)}"`;
  const wantsInteger = expected.includes("integer") && !expected.includes("string");
  if (wantsInteger && typeof error.data === "string" && /^[-+]?[0-9][0-9a-fA-F_.xo+-]*$/.test(error.data)) {
    const plain = /^[0-9]+$/.test(error.data) ? error.data.replace(/^0+/, "") || "0" : undefined;
    return {
      code: "quoted-integer",
      path,
      part: "value",
      summary: `${field} must be a plain whole number, not ${isSensitive(path) ? "this text" : `the text ${quoteText(error.data)}`}`,
      detail: plain === undefined || isSensitive(path) ? undefined : `Write ${plain}, without quotes or leading zeros.`,
    };
  }
  const ruled = expected.includes("string") ? findOwnCode(error) : undefined;
  return {
    code: ruled === "bad-duration" || ruled === "bad-quantity" ? ruled : "wrong-type",
    path,
    part: "value",
    summary: `${field} must be ${describeTypes(expected)}, not ${describeValue(error.data, path)}`,
    detail: remedyType(expected, error),
  };
}

function remedyType(expected: readonly string[], error: SchemaError): string | undefined {
  const ruled = findOwnCode(error);
  if (ruled === "bad-duration" || ruled === "bad-quantity") return undefined;
  const scalar = typeof error.data === "string" || typeof error.data === "number" || typeof error.data === "boolean";
  if (expected.includes("string") && scalar) {
    return isUnshown(error) ? "Put it in quotes." : `Put it in quotes: "${String(error.data)}".`;
  }
  if (expected.includes("array") && scalar)
    return isUnshown(error) ? "Write a list." : `Write a list: [${JSON.stringify(error.data)}].`;
  if (expected.includes("boolean")) return "Write true or false; yes, no, on and off are text in YAML 1.2.";
  const about = readDescription(error.parentSchema);
  return about === undefined ? undefined : `Write ${describeTypes(expected)}. ${about}`;
}

/** Whether no remedy may repeat what is written. */
function isUnshown(error: SchemaError): boolean {
  return isSensitive(readPath(error)) || holdsCredentials(String(error.data));
}

/** A name that is text here and a number to others, who would write another one: `0123` is 83, 123 or "0123". */
function explainNumber(error: SchemaError): ExplainedError {
  const path = readPath(error);
  return {
    code: "wrong-type",
    path,
    part: "value",
    summary: `Field "${formatPath(path)}" must be text: without quotes, ${String(error.data)} is a number in YAML`,
    detail: `Put it in quotes: "${String(error.data)}".`,
  };
}

function explainEnum(error: SchemaError, suggest: SuggestNearest): ExplainedError {
  const words = new Set<string>();
  for (const allowed of [error.params.allowedValues].flat()) {
    const word = String(allowed);
    if (allowed !== null && !words.has(word.toLowerCase())) words.add(word);
  }
  const meant = typeof error.data === "string" ? findMeant(error.data, [...words], suggest) : undefined;
  return {
    code: "wrong-value",
    path: readPath(error),
    part: "value",
    summary: `Field "${formatPath(readPath(error))}" cannot be ${describeValue(error.data, readPath(error))}`,
    detail: `Write one of: ${[...words].join(", ")}.${meant === undefined ? "" : ` Did you mean "${meant}"?`}`,
  };
}

function explainDuplicateEntry(error: SchemaError): ExplainedError {
  const path = readPath(error);
  const entry = Array.isArray(error.data) ? error.data[Number(path.at(-1))] : undefined;
  return {
    code: "duplicate-entry",
    path,
    part: "value",
    summary: `Field "${formatPath(path.slice(0, -1))}" lists ${describeValue(entry, path)} twice`,
    detail: undefined,
  };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a set of fields",
  null: "nothing",
};

function describeTypes(types: readonly string[]): string {
  const words = types.filter((type) => type !== "null").map((type) => TYPE_WORDS[type] ?? type);
  return words.join(" or ");
}

function readObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function readDescription(schema: unknown): string | undefined {
  const description = readObject(schema).description;
  return typeof description === "string" ? description : undefined;
}
