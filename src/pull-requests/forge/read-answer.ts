import { beginForeign } from "../../model/secrets/cut-foreign.ts";
import { copyText } from "../../model/text/copy-text.ts";
import { redactKnownSecrets } from "../../systems/http/known-secrets.ts";

/** A JSON object as a forge answers. */
export type AnswerObject = Readonly<Record<string, unknown>>;

/** JSON that is not what the forge's API has; the message says what is wrong with it. */
export class AnswerShapeError extends Error {}

/** An object. Throws an AnswerShapeError for anything else. */
export function readObject(value: unknown): AnswerObject {
  if (!isObject(value)) throw new AnswerShapeError("it is not a JSON object");
  return value;
}

/** A list of objects. Throws an AnswerShapeError for anything else: a response that a proxy made up must not pass for an empty list. */
export function readList(value: unknown): readonly AnswerObject[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw new AnswerShapeError("it is not a list of objects");
  return value;
}

/**
 * Most characters of a name, a title, an address or an id; those of forges have a few hundred at most. They are recorded, and read again with each
 * look at a target's requests.
 */
const LONGEST_NAME = 4_096;

/** A name, a title, an address or an id. Throws an AnswerShapeError where there is none, or one that is too long to be one. */
export function readText(object: AnswerObject, name: string): string {
  return requireShort(readProse(object, name), name);
}

/** The title of a request, without credentials that a user may have pasted into it, and secrets of ours that the forge has: it is recorded, and shown to others. */
export function readTitle(object: AnswerObject): string {
  return beginForeign(readText(object, "title"), LONGEST_NAME, redactKnownSecrets);
}

/** A text as {@link readText} that may be missing, null or empty: null then. */
export function findText(object: AnswerObject, name: string): string | null {
  const text = findProse(object, name);
  return text === null ? null : requireShort(text, name);
}

/** Characters of a text that are read; GitLab has as many in a comment, GitHub 65,536. All that is done with a text costs time by its length. */
const LONGEST_PROSE = 1_000_000;

/** A text that a person wrote: its first million characters. Throws an AnswerShapeError where there is none. */
export function readProse(object: AnswerObject, name: string): string {
  const value = object[name];
  if (typeof value !== "string") throw new AnswerShapeError(`${name} is not text`);
  return beginProse(value);
}

/** The same where it may be missing, null or empty: null then. */
export function findProse(object: AnswerObject, name: string): string | null {
  const value = object[name];
  return typeof value === "string" && value !== "" ? beginProse(value) : null;
}

/** What JSON is parsed into are no views. */
function beginProse(text: string): string {
  return text.length <= LONGEST_PROSE ? text : copyText(text.slice(0, LONGEST_PROSE));
}

function requireShort(text: string, name: string): string {
  if (text.length <= LONGEST_NAME) return text;
  throw new AnswerShapeError(`${name} has more than ${LONGEST_NAME.toLocaleString("en-US")} characters`);
}

/** A whole number. Throws an AnswerShapeError where there is none. */
export function readNumber(object: AnswerObject, name: string): number {
  const value = object[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new AnswerShapeError(`${name} is not a number`);
  return value;
}

/** An object in a field; an empty one where it is missing or null. */
export function findInner(object: AnswerObject, name: string): AnswerObject {
  const value = object[name];
  return isObject(value) ? value : {};
}

/** A time as {@link readTime}, in a field that may be missing or null: null then. */
export function findTime(object: AnswerObject, name: string): string | null {
  return findText(object, name) === null ? null : readTime(object, name);
}

/** A time with any offset, as ISO 8601 in UTC. Throws an AnswerShapeError where there is none. */
export function readTime(object: AnswerObject, name: string): string {
  const time = new Date(readText(object, name));
  if (Number.isNaN(time.getTime())) throw new AnswerShapeError(`${name} is not a time`);
  return time.toISOString();
}

/** Most characters of a time with a fraction and an offset. */
const LONGEST_TIME = 40;

/** A time as the forge writes it: records name comments by that. Throws an AnswerShapeError where it is none, or more than that. */
export function readWrittenTime(object: AnswerObject, name: string): string {
  readTime(object, name);
  const text = readText(object, name);
  if (text.length > LONGEST_TIME) throw new AnswerShapeError(`${name} is not a time`);
  return text;
}

function isObject(value: unknown): value is AnswerObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
