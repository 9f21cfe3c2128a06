import type { JsonSchema } from "./shape.ts";

/** How a schema is rewritten. */
export interface Rewriting {
  /** What stands in place of a part, which is looked for as the object that it is; undefined: the part itself, with its parts rewritten. */
  readonly replace: (part: JsonSchema) => JsonSchema | undefined;
  /** What becomes of a part that is not replaced, once its own parts are rewritten. `former`: as it was, for the same comparison. */
  readonly finish: (part: JsonSchema, former: JsonSchema) => JsonSchema;
}

/** A schema of a shape for another use: each of its parts replaced or finished, from the whole to its fields. Pure. */
export function rewriteSchema(schema: JsonSchema, rewriting: Rewriting): JsonSchema {
  return rewriting.replace(schema) ?? rewriteParts(schema, rewriting);
}

/** The same for the parts of a schema that itself is not replaced. */
export function rewriteParts(schema: JsonSchema, rewriting: Rewriting): JsonSchema {
  const parts = Object.entries(schema).map(([key, value]) => [key, rewriteUnder(key, value, rewriting)]);
  return rewriting.finish(Object.fromEntries(parts), schema);
}

function rewriteUnder(key: string, value: unknown, rewriting: Rewriting): unknown {
  if (key === "anyOf") return Array.isArray(value) ? value.map((part) => rewriteSchema(part, rewriting)) : value;
  if (!isSchema(value)) return value;
  if (key === "items" || key === "additionalProperties") return rewriteSchema(value, rewriting);
  if (key !== "properties") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, isSchema(part) ? rewriteSchema(part, rewriting) : part]),
  );
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
