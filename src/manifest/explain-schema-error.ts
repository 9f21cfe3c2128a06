import type { DiagnosticCode } from "../model/diagnostic-catalogue.ts";
import type { NodePath } from "../model/position.ts";
import type { SuggestNearest } from "../model/suggest-nearest.ts";
import { CODE_KEYWORD, type SchemaError } from "../yaml/compile-schema.ts";

/** A schema error in a person's words, and the node that it is about. */
export interface ExplainedError {
  readonly code: DiagnosticCode;
  readonly path: NodePath;
  readonly part: "key" | "value";
  readonly summary: string;
  /** Undefined: the remedy of the code says it all. */
  readonly detail: string | undefined;
}

/** Says what a schema error means. Undefined for errors that only repeat another one. */
export function explainSchemaError(error: SchemaError, suggest: SuggestNearest): ExplainedError | undefined {
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
    case "propertyNames":
      return undefined;
    default:
      return explainRule(error);
  }
}

function explainUnknownField(error: SchemaError, suggest: SuggestNearest): ExplainedError {
  const field = String(error.params.additionalProperty);
  const path = [...readPath(error), field];
  if (field === "<<") {
    return { code: "yaml-merge-key", path, part: "key", summary: "Merge key `<<` is not allowed", detail: undefined };
  }
  const known = Object.keys(readObject(error.parentSchema?.properties));
  const meant = suggest(field, known) ?? known.find((name) => name.endsWith(`_${field}`) || field.endsWith(`_${name}`));
  const where = path.length > 1 ? ` in "${formatPath(readPath(error))}"` : "";
  return {
    code: "unknown-field",
    path,
    part: "key",
    summary: `Unknown field ${quote(field)}${where}${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    detail:
      meant === undefined
        ? `Remove it. The fields here are: ${known.join(", ")}.`
        : `Write "${meant}", or remove the field.`,
  };
}

function explainMissingField(error: SchemaError): ExplainedError {
  const path = readPath(error);
  const field = String(error.params.missingProperty);
  const about = readDescription(readObject(error.parentSchema?.properties)[field]);
  return {
    code: "missing-field",
    path,
    part: path.length === 0 ? "value" : "key",
    summary: `Missing field "${formatPath([...path, field])}"`,
    detail: about === undefined ? undefined : `Add it. ${about}`,
  };
}

function explainType(error: SchemaError): ExplainedError {
  const path = readPath(error);
  const expected = [error.params.type].flat().map(String);
  const field = `Field "${formatPath(path)}"`;
  const wantsInteger = expected.includes("integer") && !expected.includes("string");
  if (wantsInteger && typeof error.data === "string" && /^[-+]?[0-9][0-9a-fA-F_.xo+-]*$/.test(error.data)) {
    const plain = /^0*([0-9]+)$/.exec(error.data)?.[1];
    return {
      code: "quoted-integer",
      path,
      part: "value",
      summary: `${field} must be a plain whole number, not the text ${quote(error.data)}`,
      detail: plain === undefined ? undefined : `Write ${plain}, without quotes or leading zeros.`,
    };
  }
  const ruled = expected.includes("string") ? findOwnCode(error) : undefined;
  return {
    code: ruled === "bad-duration" || ruled === "bad-quantity" ? ruled : "wrong-type",
    path,
    part: "value",
    summary: `${field} must be ${describeTypes(expected)}, not ${describeValue(error.data)}`,
    detail: remedyType(expected, error),
  };
}

function remedyType(expected: readonly string[], error: SchemaError): string | undefined {
  const ruled = findOwnCode(error);
  if (ruled === "bad-duration" || ruled === "bad-quantity") return undefined;
  const scalar = typeof error.data === "string" || typeof error.data === "number" || typeof error.data === "boolean";
  if (expected.includes("string") && scalar) return `Put it in quotes: "${String(error.data)}".`;
  if (expected.includes("array") && scalar) return `Write a list: [${JSON.stringify(error.data)}].`;
  if (expected.includes("boolean")) return "Write true or false; yes, no, on and off are text in YAML 1.2.";
  const about = readDescription(error.parentSchema);
  return about === undefined ? undefined : `Write ${describeTypes(expected)}. ${about}`;
}

function explainEnum(error: SchemaError, suggest: SuggestNearest): ExplainedError {
  const words = new Set<string>();
  for (const allowed of [error.params.allowedValues].flat()) {
    const word = String(allowed);
    if (allowed !== null && !words.has(word.toLowerCase())) words.add(word);
  }
  const meant = typeof error.data === "string" ? suggest(error.data, words) : undefined;
  return {
    code: "wrong-value",
    path: readPath(error),
    part: "value",
    summary: `Field "${formatPath(readPath(error))}" cannot be ${describeValue(error.data)}`,
    detail: `Write one of: ${[...words].join(", ")}.${meant === undefined ? "" : ` Did you mean "${meant}"?`}`,
  };
}

function explainDuplicateEntry(error: SchemaError): ExplainedError {
  const second = Math.max(Number(error.params.i), Number(error.params.j));
  const path = [...readPath(error), second];
  const entry = Array.isArray(error.data) ? error.data[second] : undefined;
  return {
    code: "duplicate-entry",
    path,
    part: "value",
    summary: `Field "${formatPath(readPath(error))}" names ${describeValue(entry)} twice`,
    detail: undefined,
  };
}

/** Rules on a single value: pattern, length, range, number of entries. */
function explainRule(error: SchemaError): ExplainedError {
  const path = readPath(error);
  const key = error.propertyName;
  const code = findRuleCode(error);
  const subject = key === undefined ? describeValue(error.data) : quote(key);
  return {
    code,
    path: key === undefined ? path : [...path, key],
    part: key === undefined ? "value" : "key",
    summary:
      code === "empty-selector"
        ? "The selector is empty"
        : `Field "${formatPath(path)}": ${subject} ${BROKEN[code] ?? "is not allowed"}`,
    detail: undefined,
  };
}

const BROKEN: Readonly<Partial<Record<DiagnosticCode, string>>> = {
  "bad-name": "is not a valid name",
  "bad-duration": "is not a duration",
  "bad-quantity": "is not a quantity",
  "bad-uri": "is not a bucket's address",
  "bad-accelerator": "is not an accelerator selector",
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
    case "maxProperties":
      return "too-long";
    case "maxLength":
      return ruleCode === "bad-name" ? "bad-name" : "too-long";
    default:
      return ruleCode ?? "wrong-value";
  }
}

/** The code that the schema names for its own rule. */
function findOwnCode(error: SchemaError): (typeof RULE_CODES)[number] | undefined {
  const own: unknown = error.parentSchema?.[CODE_KEYWORD];
  return RULE_CODES.find((code) => code === own);
}

const RULE_CODES = [
  "bad-name",
  "bad-duration",
  "bad-quantity",
  "bad-uri",
  "bad-accelerator",
  "empty-selector",
] as const satisfies readonly DiagnosticCode[];

function readPath(error: SchemaError): readonly (string | number)[] {
  const steps = error.instancePath.split("/").slice(1);
  return steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A path as people write it: `config.secret_store.type`, `clusters[1]`. */
function formatPath(path: NodePath): string {
  return path.reduce<string>((text, step) => {
    if (/^[0-9]+$/.test(String(step))) return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${step}`;
  }, "");
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

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a set of fields";
  return typeof value === "string" ? quote(value) : String(value);
}

/** Text as shown in a message: escaped, at most 80 characters. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}

function readObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function readDescription(schema: unknown): string | undefined {
  const description = readObject(schema).description;
  return typeof description === "string" ? description : undefined;
}
