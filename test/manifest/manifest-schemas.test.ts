import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { MANIFEST_SCHEMAS } from "../../src/manifest/manifest-schemas.ts";

const SCHEMAS = Object.entries(MANIFEST_SCHEMAS);

/** Paths of field schemas below `schema` that are not described. */
function findUndescribed(schema: unknown, path: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    const inner = findUndescribed(value, `${path}/${key}`);
    if (key !== "properties" || typeof value !== "object") return inner;
    const fields = Object.entries(value).filter(([, field]) => !isDescribed(field));
    return [...inner, ...fields.map(([field]) => `${path}/properties/${field}`)];
  });
}

function isDescribed(field: unknown): boolean {
  return typeof field === "object" && field !== null && ("description" in field || "$ref" in field);
}

describe.each(SCHEMAS)("the schema of %s", (_kind, schema) => {
  test("is valid JSON Schema 2020-12, and its own examples follow it", () => {
    const ajv = new Ajv2020({ strict: false });
    const validate = ajv.compile(schema);
    expect(schema.examples.length).toBeGreaterThan(0);
    for (const example of schema.examples) expect([validate(example), validate.errors]).toEqual([true, null]);
  });

  test("has a title, a description and an identifier, and describes every field", () => {
    expect(schema.$id).toMatch(/^urn:poolkeeper:schema:/);
    expect([schema.title, schema.description].every((text) => text.length > 0)).toBe(true);
    expect(findUndescribed(schema, "")).toEqual([]);
  });

  test("takes no field that it does not know", () => {
    expect(schema.additionalProperties).toBe(false);
  });

  test("has the lifecycle and the names of the other kinds", () => {
    const { lifecycle, name, duration } = MANIFEST_SCHEMAS.queue.$defs;
    expect(schema.$defs).toMatchObject({ lifecycle, name, duration });
  });
});
