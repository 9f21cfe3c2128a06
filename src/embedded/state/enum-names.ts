/** A generated enum at run time: names to numbers, and back. */
type EnumValues = Readonly<Record<string, string | number>>;

/** The name of an enum value, lower-case; `unknown(N)` for a number without a name in the wire definitions. */
export function enumName(values: EnumValues, value: number): string {
  const name = values[value];
  return typeof name === "string" ? name.toLowerCase() : `unknown(${value})`;
}

/** The number of a name of {@link enumName}, case-insensitive; undefined for a name that the wire definitions do not have. */
export function enumValue(values: EnumValues, name: string): number | undefined {
  const value = values[name.toUpperCase()] ?? /^unknown\((\d+)\)$/.exec(name)?.[1];
  return value === undefined ? undefined : Number(value);
}
