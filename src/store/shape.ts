/**
 * Whether a value that was read back has the form of its type. Types are written once, in the model; the compiler holds each shape to its type: a
 * field that a shape lacks, or checks as something else, is an error. Fields that a newer release has written are let be.
 */
export type Shape<Value> = (value: unknown) => value is Value;

/** A field that may be left out. */
interface Optional<Value> {
  readonly leftOutOr: Shape<Value>;
}

/** The check of each field of a type. */
type Fields<Of> = {
  readonly [Field in keyof Of]-?: undefined extends Of[Field]
    ? Optional<Exclude<Of[Field], undefined>>
    : object extends Pick<Of, Field>
      ? Optional<Exclude<Of[Field], undefined>>
      : Shape<Of[Field]>;
};

export const isText: Shape<string> = (value) => typeof value === "string";
export const isNumber: Shape<number> = (value) => typeof value === "number";
export const isBoolean: Shape<boolean> = (value) => typeof value === "boolean";

/** One of these values. */
export function isOneOf<const Values extends readonly (string | number | boolean)[]>(
  ...values: Values
): Shape<Values[number]> {
  const known: ReadonlySet<unknown> = new Set(values);
  return (value): value is Values[number] => known.has(value);
}

/** Null, or of the shape. */
export function orNull<Value>(shape: Shape<Value>): Shape<Value | null> {
  return (value): value is Value | null => value === null || shape(value);
}

/** Of one of two shapes. */
export function either<One, Other>(one: Shape<One>, other: Shape<Other>): Shape<One | Other> {
  return (value): value is One | Other => one(value) || other(value);
}

/** A field that may be left out, and is of the shape otherwise. */
export function optional<Value>(shape: Shape<Value>): Optional<Value> {
  return { leftOutOr: shape };
}

/** A list of values of the shape. */
export function listOf<Value>(shape: Shape<Value>): Shape<readonly Value[]> {
  return (value): value is readonly Value[] => Array.isArray(value) && value.every(shape);
}

/** Any names, each with a value of the shape. */
export function mapOf<Value>(shape: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return (value): value is Readonly<Record<string, Value>> => isRecord(value) && Object.values(value).every(shape);
}

/** An object with these fields. */
export function objectOf<Of extends object>(fields: Fields<Of>): Shape<Of> {
  const checks = Object.entries<Shape<unknown> | Optional<unknown>>(fields);
  const isRight = (value: unknown, check: Shape<unknown> | Optional<unknown>) =>
    typeof check === "function" ? check(value) : value === undefined || check.leftOutOr(value);
  return (value): value is Of => isRecord(value) && checks.every(([name, check]) => isRight(value[name], check));
}

/** A union of objects that are distinguished by their `kind`: the other fields of each. */
export function unionOf<Of extends { readonly kind: string }>(
  members: {
    readonly [Kind in Of["kind"]]: Fields<Omit<Extract<Of, { readonly kind: Kind }>, "kind">>;
  },
): Shape<Of> {
  const shapes = new Map(Object.entries<Fields<object>>(members).map(([kind, fields]) => [kind, objectOf(fields)]));
  return (value): value is Of =>
    isRecord(value) && typeof value.kind === "string" && shapes.get(value.kind)?.(value) === true;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
