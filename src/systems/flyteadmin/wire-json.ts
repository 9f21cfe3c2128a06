/** A JSON object as flyteadmin answers: by request headers, its fields are in snake_case or in lowerCamelCase. */
export type WireObject = Readonly<Record<string, unknown>>;

/** JSON that is not of the shape that was asked for; the message names the field. */
export class AnswerShapeError extends Error {}

/** Reads a text as a JSON object. Throws an AnswerShapeError for anything else. */
export function parseObject(text: string): WireObject {
  const object = findObject(text);
  if (object === undefined) throw new AnswerShapeError("it is not a JSON object");
  return object;
}

/** Reads a text as a JSON object; undefined for anything else. */
export function findObject(text: string): WireObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // Not JSON: a page of a gateway, for example. What it means is the caller's to say.
    return undefined;
  }
}

/** A field by its name in snake_case, of an object with either naming; undefined where it is not set. */
export function readField(object: WireObject, name: string): unknown {
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return object[name] ?? object[camel] ?? undefined;
}

/** A text field; "" where it is not set. Throws an AnswerShapeError for another type. */
export function readText(object: WireObject, name: string): string {
  const value = readField(object, name) ?? "";
  if (typeof value !== "string") throw new AnswerShapeError(`${name} is not text`);
  return value;
}

/** A list of objects; empty where it is not set. Throws an AnswerShapeError for anything else. */
export function readList(object: WireObject, name: string): readonly WireObject[] {
  const value = readField(object, name) ?? [];
  if (!Array.isArray(value) || !value.every(isObject)) throw new AnswerShapeError(`${name} is not a list of objects`);
  return value;
}

/**
 * A list of objects that every answer has, be it empty. Throws an AnswerShapeError where there is none: JSON of a proxy must not pass for
 * an empty list, by which missing objects would be given up.
 */
export function requireList(object: WireObject, name: string): readonly WireObject[] {
  if (readField(object, name) === undefined) throw new AnswerShapeError(`${name} is missing`);
  return readList(object, name);
}

/** An object in a field. Throws an AnswerShapeError where there is none. */
export function readInner(object: WireObject, name: string): WireObject {
  const value = readField(object, name);
  if (!isObject(value)) throw new AnswerShapeError(`${name} is missing`);
  return value;
}

/** An object in a field; an empty one where it is not set. */
export function findInner(object: WireObject, name: string): WireObject {
  const value = readField(object, name);
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
