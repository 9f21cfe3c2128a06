import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import queueSchema from "../../schemas/queue.json" with { type: "json" };
import settingsSchema from "../../schemas/settings.json" with { type: "json" };
import { KIND_DEFINITIONS, KINDS, NAMED_KINDS } from "../../src/kinds/registry.ts";
import { SETTING_KEYS } from "../../src/model/objects/settings.ts";

/** What every schema of a kind has. */
type Published = Pick<typeof queueSchema, "$id" | "title" | "description"> & {
  readonly examples: readonly object[];
  readonly $defs: { readonly lifecycle: { readonly properties: object } };
};

const SCHEMAS = KINDS.map((kind) => [kind, KIND_DEFINITIONS[kind].schema as Published] as const);

/** Paths of field schemas below `schema` that are not described. */
function findUndescribed(schema: unknown, path: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    // A condition names fields that are described where they are declared.
    if (key === "if") return [];
    const inner = findUndescribed(value, `${path}/${key}`);
    if (key !== "properties" || typeof value !== "object") return inner;
    const fields = Object.entries(value).filter(([, field]) => !isDescribed(field));
    return [...inner, ...fields.map(([field]) => `${path}/properties/${field}`)];
  });
}

function isDescribed(field: unknown): boolean {
  return typeof field === "object" && field !== null && ("description" in field || "$ref" in field);
}

describe.each(SCHEMAS)("the schema of %s", (kind, schema) => {
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

  test("takes no field that it does not know, but for what is free text upstream", () => {
    const other: unknown = Reflect.get(schema, "additionalProperties");
    if (kind === "flyte_clusters") expect(other).toBeUndefined();
    else if (kind === "cluster_pool_map") expect(other).toMatchObject({ type: "array" });
    else expect(other).toBe(false);
  });

  test("has the names of the other kinds, and the lifecycle of those told by a name or by a place", () => {
    const { lifecycle, name, duration } = queueSchema.$defs;
    const placed = settingsSchema.$defs.lifecycle;
    const isNamed = NAMED_KINDS.some((named) => named === kind);
    expect(schema.$defs).toMatchObject({ name, ...(isNamed ? { lifecycle, duration } : { lifecycle: placed }) });
    expect(Object.keys(schema.$defs.lifecycle.properties)).toEqual(
      Object.keys((isNamed ? lifecycle : placed).properties),
    );
  });
});

describe("the schema of settings", () => {
  const { properties, $defs } = settingsSchema;

  test("has every key of the catalogue under settings and on the top level, and no other", () => {
    const own = ["kind", "scope", "settings", "authoritative", "sensitive", "lifecycle"];
    expect(Object.keys($defs.settings.properties)).toEqual([...SETTING_KEYS.keys()]);
    expect(Object.keys(properties).filter((key) => !own.includes(key))).toEqual([...SETTING_KEYS.keys()]);
  });

  test.each([...SETTING_KEYS])(
    "describes %s as the catalogue does, and takes its type",
    (key, { type, description }) => {
      const schema: unknown = Reflect.get($defs.settings.properties, key);
      const special = { "run.default_queue": "queue", "app.app_dns_strategy": "app_dns_strategy" };
      expect(schema).toMatchObject({
        $ref: `#/$defs/${Reflect.get(special, key) ?? type}_setting`,
        description: expect.stringContaining(description),
      });
    },
  );
});
