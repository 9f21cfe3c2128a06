import { globSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PLAN_SCHEMA } from "../../src/cli/saved-plan/plan-schema.ts";
import { type AnyShape, defineShape } from "../../src/model/json/shape.ts";
import { drawValues, spoil } from "./draw-values.ts";

const SOURCES = join(import.meta.dirname, "..", "..", "src");
const ajv = new Ajv2020({ strict: false, validateFormats: false });

function isShape(value: unknown): value is AnyShape {
  return typeof value === "function" && "schema" in value;
}

/** Every shape that a file of shapes exports, by its name. */
async function listShapes(): Promise<readonly (readonly [name: string, shape: AnyShape])[]> {
  const files = globSync(["model/**/{*-,}shape.ts", "store/**/*-shape.ts"], { cwd: SOURCES }).sort();
  const modules = await Promise.all(files.map((file) => import(join(SOURCES, file))));
  return modules.flatMap((module) =>
    Object.entries<unknown>({ ...module }).flatMap(([name, value]) => (isShape(value) ? [[name, value] as const] : [])),
  );
}

const SHAPES = await listShapes();

describe("every shape", () => {
  test("is found", () => {
    expect(SHAPES.length).toBeGreaterThan(40);
  });

  test.each(SHAPES)(
    "%s takes what its schema allows, and what is spoiled only where the schema allows that",
    (_name, shape) => {
      const allows = ajv.compile(shape.schema);
      const drawn = drawValues(shape.schema);
      const choices = fc.array(fc.nat(1000), { minLength: 1, maxLength: 8 });
      fc.assert(
        fc.property(drawn, choices, (value, chosen) => {
          expect([shape(value), allows(value)]).toEqual([true, true]);
          const spoiled = spoil(value, chosen);
          expect([spoiled, shape(spoiled)]).toEqual([spoiled, allows(spoiled)]);
        }),
        { numRuns: 200 },
      );
    },
  );
});

test("a check that says other than its schema is found by that", () => {
  const wrong = defineShape<string>((value) => typeof value === "string" && value !== "", { type: "string" });
  expect([wrong(""), ajv.compile(wrong.schema)("")]).toEqual([false, true]);
});

test("the schema of plans in files is one of JSON Schema 2020-12", () => {
  expect(ajv.validateSchema(PLAN_SCHEMA)).toBe(true);
});
