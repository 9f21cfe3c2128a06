import fc from "fast-check";
import type { JsonSchema } from "../../src/model/json/shape.ts";

/** Values of every type that JSON has, most of which are wrong wherever they stand. */
const ANY: readonly unknown[] = [null, true, false, 0, 1, -1, 1.5, "", "queue.a", [], ["a"], {}, { kind: "queue" }];

/** Values that a schema of a shape allows. */
export function drawValues(schema: JsonSchema): fc.Arbitrary<unknown> {
  if ("const" in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const { properties, anyOf } = schema;
  if (Array.isArray(anyOf)) {
    // Of a step, each member has other schemas for some of the properties.
    const members = anyOf.map((member) =>
      properties === undefined
        ? member
        : { ...schema, anyOf: undefined, properties: { ...properties, ...member.properties } },
    );
    return fc.oneof(...members.map(drawValues));
  }
  switch (schema.type) {
    case "string":
      return fc.string({ maxLength: 5 });
    case "number":
      return fc.integer();
    case "integer":
      return fc.nat();
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(drawValues(schema.items as JsonSchema), { maxLength: 2 });
    case "object":
      return properties === undefined ? drawMaps(schema) : drawObjects(schema);
    default:
      return fc.constantFrom(...ANY);
  }
}

function drawMaps({ additionalProperties }: JsonSchema): fc.Arbitrary<unknown> {
  const values = typeof additionalProperties === "object" ? drawValues({ ...additionalProperties }) : drawValues({});
  return fc.dictionary(fc.constantFrom("a", "b c", "sealed"), values, { maxKeys: 2, noNullPrototype: true });
}

function drawObjects({ properties, required }: JsonSchema): fc.Arbitrary<unknown> {
  const fields = Object.entries({ ...(properties as Readonly<Record<string, JsonSchema>>) });
  const drawn = Object.fromEntries(fields.map(([name, field]) => [name, drawValues(field)]));
  return fc.record(drawn, { requiredKeys: required as string[], noNullPrototype: true });
}

/** The value with one of its parts, at any depth, taken out or replaced. `choices` decides which, and by what. */
export function spoil(value: unknown, [first = 0, ...choices]: readonly number[]): unknown {
  const names = typeof value === "object" && value !== null ? Object.keys(value) : [];
  const name = names[first % (names.length + 1)];
  if (name === undefined) return ANY[(choices[0] ?? 0) % ANY.length];
  const isGone = choices.length <= 1;
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === name ? spoil(item, choices) : item));
  const { [name]: inner, ...others } = value as Readonly<Record<string, unknown>>;
  return isGone ? others : { ...others, [name]: spoil(inner, choices) };
}
