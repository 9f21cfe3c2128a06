import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import schema from "../../../schemas/poolkeeper.schema.json" with { type: "json" };
import { CONFIG_SCHEMA } from "../../../src/daemon/config/config-schema.ts";
import { KINDS } from "../../../src/kinds/registry.ts";
import { ROLES } from "../../../src/model/daemon/daemon-config.ts";
import { EVENT_TYPES } from "../../../src/model/daemon/notification-names.ts";
import { GRADES } from "../../../src/model/plan/plan.ts";

/** Paths of field schemas below `part` that are not described. */
function findUndescribed(part: unknown, path: string): string[] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => {
    const inner = findUndescribed(value, `${path}/${key}`);
    if (key !== "properties" || typeof value !== "object" || value === null) return inner;
    const bare = Object.entries(value).filter(([, field]) => !isDescribed(field));
    return [...inner, ...bare.map(([field]) => `${path}/properties/${field}`)];
  });
}

function isDescribed(field: unknown): boolean {
  return typeof field === "object" && field !== null && ("description" in field || "$ref" in field);
}

describe("the schema of the configuration", () => {
  test("is valid JSON Schema 2020-12, and its own example follows it", () => {
    const validate = new Ajv2020({ strict: false }).compile(schema);
    for (const example of schema.examples) expect([validate(example), validate.errors]).toEqual([true, null]);
  });

  test("describes every field, and takes none that it does not know", () => {
    expect(findUndescribed(schema, "")).toEqual([]);
    const objects = JSON.stringify(schema).match(/"type":(?:"object"|\["object","null"\])/g) ?? [];
    expect(JSON.stringify(schema).match(/"additionalProperties":false/g)).toHaveLength(objects.length);
  });

  test("has the grades, roles, kinds and events that there are", () => {
    const { policy, drift } = schema.$defs;
    expect(policy.properties.auto_apply.enum).toEqual(GRADES);
    expect(schema.properties.http.properties.tokens.items.properties.role.enum).toEqual(ROLES);
    expect(Object.keys(drift.properties.kinds.properties)).toEqual(KINDS);
    expect(CONFIG_SCHEMA).toEqual(schema);
    expect(schema.$defs.notification.properties.events.items.enum).toEqual(EVENT_TYPES);
  });
});
