import type { Json, JsonObject } from "./json.ts";

/** A JSON Schema (2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A check of a value, and the JSON Schema that says the same. */
export interface AnyShape {
  (value: unknown): boolean;
  readonly schema: JsonSchema;
}

/**
 * What the values of a type look like: whether one that comes from outside has its form, and the JSON Schema that says so to others. Types are written
 * in the model, and the compiler holds each shape to its type: a field that a shape lacks, or takes as more or less than its type, is an error. Fields
 * that a shape does not know are let be, as a newer release may have written them.
 */
export interface Shape<Value> extends AnyShape {
  (value: unknown): value is Value;
  /** Never there. By it, a shape of a part of the type is not one of the type: it would refuse what is right. */
  readonly exactly?: (value: Value) => Value;
}

/** The shape of an object, with those of its fields. */
export interface ObjectShape<Of extends object> extends Shape<Of> {
  readonly fields: Fields<Of>;
}

/** A field that may be left out. */
export interface Optional<Value> {
  readonly leftOutOr: Shape<Value>;
}

/** The shape of each field of a type. */
export type Fields<Of> = {
  readonly [Field in keyof Of]-?: undefined extends Of[Field]
    ? Optional<Exclude<Of[Field], undefined>>
    : object extends Pick<Of, Field>
      ? Optional<Exclude<Of[Field], undefined>>
      : Shape<Of[Field]>;
};

/** A shape of its own. The schema has to say what the check does. */
export function defineShape<Value>(check: (value: unknown) => boolean, schema: JsonSchema): Shape<Value> {
  return Object.assign((value: unknown): value is Value => check(value), { schema });
}

/** A text. Each call is another shape, known by its schema, as `rewriteSchema` needs it. */
export function textShape<Text extends string = string>(): Shape<Text> {
  return defineShape((value) => typeof value === "string", { type: "string" });
}

/** A number, likewise. */
export function numberShape(): Shape<number> {
  return defineShape((value) => typeof value === "number", { type: "number" });
}

export const isText = textShape();
export const isNumber = numberShape();
export const isBoolean: Shape<boolean> = defineShape((value) => typeof value === "boolean", { type: "boolean" });
/** A whole number from 0. */
export const isCount: Shape<number> = defineShape((value) => Number.isInteger(value) && Number(value) >= 0, {
  type: "integer",
  minimum: 0,
});
/** A moment. What reads it decides about one that is none. */
export const isTime = described(textShape(), "ISO 8601 in UTC");
export const isTrue = isOneOf(true);

/** One of these values. */
export function isOneOf<const Values extends readonly (string | number | boolean)[]>(
  ...values: Values
): Shape<Values[number]> {
  const known: ReadonlySet<unknown> = new Set(values);
  const [first, ...others] = values;
  if (others.length === 0) return defineShape((value) => value === first, { const: first });
  const isTexts = values.every((value) => typeof value === "string");
  return defineShape((value) => known.has(value), { ...(isTexts ? { type: "string" } : {}), enum: values });
}

/** The same shape, with what its values are, for people. */
export function described<Value>(shape: Shape<Value>, description: string): Shape<Value> {
  return defineShape(shape, { ...shape.schema, description });
}

/** Null, or of the shape. */
export function orNull<Value>(shape: Shape<Value>): Shape<Value | null> {
  return defineShape((value) => value === null || shape(value), { anyOf: [shape.schema, { type: "null" }] });
}

/** Of one of two shapes. */
export function either<One, Other>(one: Shape<One>, other: Shape<Other>): Shape<One | Other> {
  return defineShape((value) => one(value) || other(value), { anyOf: [one.schema, other.schema] });
}

/** A field that may be left out, and is of the shape otherwise. */
export function optional<Value>(shape: Shape<Value>): Optional<Value> {
  return { leftOutOr: shape };
}

/** A list of values of the shape. */
export function listOf<Value>(shape: Shape<Value>): Shape<readonly Value[]> {
  return defineShape((value) => Array.isArray(value) && value.every(shape), { type: "array", items: shape.schema });
}

/** Any names, each with a value of the shape. */
export function mapOf<Value, Name extends string = string>(shape: Shape<Value>): Shape<Readonly<Record<Name, Value>>> {
  return defineShape((value) => isRecord(value) && Object.values(value).every(shape), {
    type: "object",
    additionalProperties: shape.schema,
  });
}

/** An object of which the form of no field is known here. */
export function anyObject<Value extends object>(): Shape<Value> {
  return defineShape(isRecord, { type: "object", additionalProperties: true });
}

export const isJsonObject = anyObject<JsonObject>();
/** Anything that JSON can hold. */
export const isJson: Shape<Json> = defineShape((value) => value !== undefined, {});

/** An object with these fields. */
export function objectOf<Of extends object>(fields: Fields<Of>): ObjectShape<Of> {
  const checks = readFields(fields);
  const check = (value: unknown) => {
    if (!isRecord(value)) return false;
    for (const { name, shape, isOptional } of checks) {
      const field = value[name];
      if (field === undefined ? !isOptional : !shape(field)) return false;
    }
    return true;
  };
  return Object.assign(defineShape<Of>(check, describeObject(checks)), { fields });
}

/** A union of objects that are distinguished by their `kind`: the other fields of each. */
export function unionOf<Of extends { readonly kind: string }>(members: Members<Of>): Shape<Of> {
  const all = Object.entries<Fields<object>>(members);
  const shapes = new Map(all.map(([kind, fields]) => [kind, objectOf(fields)]));
  return defineShape(
    (value) => isRecord(value) && typeof value.kind === "string" && shapes.get(value.kind)?.(value) === true,
    { anyOf: all.map(([kind, fields]) => describeObject([asKind(kind), ...readFields(fields)])) },
  );
}

/** The fields of each member of a union, but for its `kind`. */
export type Members<Of extends { readonly kind: string }> = {
  readonly [Kind in Of["kind"]]: Fields<Omit<Extract<Of, { readonly kind: Kind }>, "kind">>;
};

interface Field {
  readonly name: string;
  readonly shape: AnyShape;
  readonly isOptional: boolean;
}

function readFields(fields: object): readonly Field[] {
  return Object.entries<AnyShape | { readonly leftOutOr: AnyShape }>({ ...fields }).map(([name, field]) =>
    "leftOutOr" in field
      ? { name, shape: field.leftOutOr, isOptional: true }
      : { name, shape: field, isOptional: false },
  );
}

function asKind(kind: string): Field {
  return { name: "kind", shape: isOneOf(kind), isOptional: false };
}

function describeObject(fields: readonly Field[]): JsonSchema {
  return {
    type: "object",
    required: fields.filter(({ isOptional }) => !isOptional).map(({ name }) => name),
    properties: Object.fromEntries(fields.map(({ name, shape }) => [name, shape.schema])),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
