import { type Rewriting, rewriteParts } from "../../../model/json/rewrite-schema.ts";
import type { AnyShape, JsonSchema } from "../../../model/json/shape.ts";
import { RECORD_SHAPES } from "./record-shapes.ts";

/** The name of a record. */
export type RecordName = keyof typeof RECORD_SHAPES;

const NAMES: ReadonlyMap<JsonSchema, string> = new Map(
  Object.entries<AnyShape>(RECORD_SHAPES).map(([name, { schema }]) => [schema, name]),
);

/** Records stand in each other by name, and hold nothing else. What differs by its kind is written as it is: to write the fields of a kind, all would be checked for each value. */
const FOR_ANSWERS: Rewriting = {
  replace: (part) => {
    const name = NAMES.get(part);
    return name === undefined ? undefined : { $ref: `${name}#` };
  },
  finish: (part) => openUnion(part) ?? joinNull(part) ?? closeRecord(part),
};

/** A plan may be megabytes: it is written as it is. `PLAN_SCHEMA` has its fields. */
const PLAN: JsonSchema = {
  ...{ type: "object", description: "As `poolkeeper plan --json` prints it", required: ["format_version", "digest"] },
  properties: { format_version: { type: "string" }, digest: { type: "string" } },
  additionalProperties: true,
};

/** JSON Schemas of what the API answers with, by name. Answers hold what stands there and nothing else. */
export const RECORD_SCHEMAS = {
  ...Object.fromEntries(
    Object.entries<AnyShape>(RECORD_SHAPES).map(([name, { schema }]) => [name, rewriteParts(schema, FOR_ANSWERS)]),
  ),
  Plan: PLAN,
} as Readonly<Record<RecordName, JsonSchema>>;

/** A list of one of the records. */
export function listOfRecords(name: RecordName): JsonSchema {
  return { type: "array", items: refer(name) };
}

/** One of the records. */
export function refer(name: RecordName): JsonSchema {
  return { $ref: `${name}#` };
}

/** An object of which all the fields are there, and no others. */
export function record(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", required: Object.keys(properties), properties, additionalProperties: false };
}

/** Of a union of objects that are distinguished by their `kind` the kinds; what belongs to each is not said. */
function openUnion({ anyOf: members, ...rest }: JsonSchema): JsonSchema | undefined {
  const kinds = listOfSchemas(members).map(({ properties }) => asSchema(asSchema(properties)?.kind)?.const);
  if (kinds.length === 0 || kinds.includes(undefined)) return undefined;
  const properties = { kind: { type: "string", enum: kinds } };
  return { type: "object", ...rest, required: ["kind"], properties, additionalProperties: true };
}

/** Of a plain value or null one schema of both types, which is written without trying each. */
function joinNull({ anyOf: members, ...rest }: JsonSchema): JsonSchema | undefined {
  const [one, other, ...more] = listOfSchemas(members);
  if (one === undefined || other?.type !== "null" || more.length > 0) return undefined;
  if (typeof one.type !== "string" || "properties" in one || "enum" in one) return undefined;
  return { ...one, type: [one.type, "null"], ...rest };
}

function closeRecord(schema: JsonSchema): JsonSchema {
  return schema.type === "object" && "properties" in schema ? { additionalProperties: false, ...schema } : schema;
}

function listOfSchemas(value: unknown): readonly JsonSchema[] {
  return Array.isArray(value) ? value : [];
}

function asSchema(value: unknown): JsonSchema | undefined {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
}
