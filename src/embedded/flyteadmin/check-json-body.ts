import { type DescField, type DescMessage, type JsonObject, type JsonValue, ScalarType } from "@bufbuild/protobuf";

/** A JSON body that does not match its message type, with the server's error message. */
export class JsonBodyError extends Error {}

/** The options of a check. */
export interface JsonBodyRules {
  /** The body as sent, for positions. */
  readonly text: string;
  /** True: an unknown field is refused; false: it is dropped. */
  readonly refuseUnknown: boolean;
}

/** Reads a JSON text; an empty one is `{}`. Throws a JsonBodyError. */
export function parseJsonBody(text: string): JsonValue {
  if (text.trim() === "") {
    return {};
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = isCutShort(text) ? "unexpected EOF" : "invalid character in the JSON text";
    throw new JsonBodyError(reason, { cause });
  }
}

/** Checks a JSON body against a message as the server's JSON codec does. Throws a JsonBodyError that names field and place. */
export function checkJsonBody(schema: DescMessage, json: JsonValue, rules: JsonBodyRules): void {
  if (!isObject(json)) {
    throw new JsonBodyError(`proto: syntax error (line 1:1): unexpected token ${JSON.stringify(json)}`);
  }
  const oneofs = new Set<string>();
  for (const [key, value] of Object.entries(json)) {
    const field = schema.fields.find((one) => one.name === key || one.jsonName === key);
    if (field === undefined) {
      if (rules.refuseUnknown) {
        throw mistake(rules, key, "key", `unknown field ${JSON.stringify(key)}`);
      }
    } else if (value !== null) {
      checkOneof(field, key, oneofs, rules);
      checkField(field, key, value, rules);
    }
  }
}

function checkOneof(field: DescField, key: string, seen: Set<string>, rules: JsonBodyRules): void {
  if (field.oneof === undefined) {
    return;
  }
  const name = `${field.parent.typeName}.${field.oneof.name}`;
  if (seen.has(name)) {
    throw mistake(rules, key, "key", `error parsing ${JSON.stringify(key)}, oneof ${name} is already set`);
  }
  seen.add(name);
}

function checkField(field: DescField, key: string, value: JsonValue, rules: JsonBodyRules): void {
  const unexpected = () => mistake(rules, key, "value", `unexpected token ${JSON.stringify(value)}`);
  switch (field.fieldKind) {
    case "list":
      if (!Array.isArray(value)) throw unexpected();
      for (const item of value) checkItem(field, field.name, key, item, rules);
      return;
    case "map":
      if (!isObject(value)) throw unexpected();
      for (const [name, item] of Object.entries(value)) checkItem(field, "value", name, item, rules);
      return;
    default:
      checkItem(field, field.jsonName, key, value, rules);
  }
}

function checkItem(field: DescField, shown: string, key: string, value: JsonValue, rules: JsonBodyRules): void {
  if (field.message !== undefined) {
    // Wrappers of the well-known types are plain values in JSON.
    if (!field.message.typeName.startsWith("google.protobuf.")) checkJsonBody(field.message, value, rules);
    return;
  }
  const kind = field.enum === undefined ? kindOf(field.scalar) : "enum";
  if (!(field.enum === undefined ? fitsScalar(kind, value) : fitsEnum(field.enum.values, value))) {
    throw mistake(rules, key, "value", `invalid value for ${kind} field ${shown}: ${JSON.stringify(value)}`);
  }
}

function fitsEnum(values: readonly { readonly name: string }[], value: JsonValue): boolean {
  return Number.isInteger(value) || values.some(({ name }) => name === value);
}

function kindOf(scalar: ScalarType | undefined): string {
  return (ScalarType[scalar ?? ScalarType.STRING] ?? "string").toLowerCase();
}

function fitsScalar(kind: string, value: JsonValue): boolean {
  if (kind === "string") return typeof value === "string";
  if (kind === "bool") return typeof value === "boolean";
  return (typeof value === "number" || typeof value === "string") && Number.isInteger(Number(value));
}

/** The error with its position: that of the first such key, or of its value; line and column count from 1. */
function mistake({ text }: JsonBodyRules, key: string, part: "key" | "value", what: string): JsonBodyError {
  const [place, length] = findKey(text, JSON.stringify(key));
  const offset = place + (part === "value" ? length : 0);
  const before = text.slice(0, offset).split("\n");
  return new JsonBodyError(`proto: (line ${before.length}:${(before.at(-1)?.length ?? 0) + 1}): ${what}`);
}

/** The position of a key, and its length with the colon and the blanks around that. */
function findKey(text: string, name: string): readonly [place: number, length: number] {
  for (let place = text.indexOf(name); place !== -1; place = text.indexOf(name, place + 1)) {
    const behind = text.slice(place + name.length).trimStart();
    if (behind.startsWith(":")) return [place, text.length - place - behind.slice(1).trimStart().length];
  }
  return [0, 0];
}

/** Whether a text ends inside a string, an object or a list. */
function isCutShort(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let place = 0; place < text.length; place += 1) {
    const sign = text.charAt(place);
    if (inString && sign === "\\") place += 1;
    else if (sign === '"') inString = !inString;
    else if (!inString && "[{".includes(sign)) depth += 1;
    else if (!inString && "]}".includes(sign)) depth -= 1;
  }
  return inString || depth > 0;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
