import { createHash } from "node:crypto";
import { isObject, type Json, type JsonObject } from "../json/json.ts";
import { isSealed } from "./sealed.ts";

/**
 * Characters of JSON that a record keeps of an object's values: twenty times what an object has with all its fields. A control plane may say
 * more than that, and says it again with each try.
 */
export const LONGEST_KEPT = 64 * 1024;

/** Maps within maps that are looked into: settings have two. What is nested deeper is one value, so that a text costs what its length costs. */
const DEEPEST = 4;

/** Room for what says that entries of a map are left out. */
const MORE_LENGTH = 160;

/** The values as a record keeps them: where they are longer than {@link LONGEST_KEPT}, the longest ones by their lengths and hashes alone. */
export function keepValues(values: JsonObject): JsonObject {
  return JSON.stringify(values).length <= LONGEST_KEPT ? values : cutMap(values, LONGEST_KEPT, DEEPEST);
}

/** Whether a value stands for a longer one. No name of an object is spelled so. */
export function isCut(value: Json | undefined): boolean {
  return typeof value === "string" && CUT.test(value);
}

const CUT = /^\(too long to keep: [0-9,]{1,16} characters, SHA-256 [0-9a-f]{64}\)$/;

/** Whether two values are equal, where either may be cut. */
export function sameKept(left: Json, right: Json): boolean {
  return left === right || (isCut(left) !== isCut(right) && cutValue(left) === cutValue(right));
}

function cutValue(value: Json): Json {
  return isCut(value) ? value : mark(JSON.stringify(value));
}

function mark(text: string): string {
  const hash = createHash("sha256").update(text).digest("hex");
  return `(too long to keep: ${text.length.toLocaleString("en-US")} characters, SHA-256 ${hash})`;
}

interface Entry {
  readonly key: string;
  readonly value: Json;
  readonly length: number;
}

const measure = (key: string, value: Json): Entry => ({
  ...{ key, value },
  length: JSON.stringify(key).length + JSON.stringify(value).length + 2,
});

/** Short entries stay as they are, and leave what they do not use to longer ones. It stays a map, since readers take it for one. */
function cutMap(values: JsonObject, room: number, deepest: number): JsonObject {
  const entries = Object.entries<Json>(values).map(([key, value]) => measure(key, value));
  const kept = new Map<string, Json>();
  let left = room - MORE_LENGTH;
  for (const [index, entry] of entries.toSorted((one, other) => one.length - other.length).entries()) {
    const share = Math.floor(left / (entries.length - index));
    const short = entry.length <= share ? entry : shorten(entry, share, deepest);
    if (short.length > share) continue;
    kept.set(short.key, short.value);
    left -= short.length;
  }
  const shown = entries.flatMap(({ key }) => (kept.has(key) ? [[key, kept.get(key) ?? null] as const] : []));
  const others = entries.filter(({ key }) => !kept.has(key));
  if (others.length === 0) return Object.fromEntries(shown);
  return Object.fromEntries([...shown, ["(more)", mark(JSON.stringify(others.map(({ key, value }) => [key, value])))]]);
}

function shorten({ key, value }: Entry, share: number, deepest: number): Entry {
  const room = share - JSON.stringify(key).length - 2;
  const isMap = isObject(value) && !isSealed(value) && deepest > 1 && room > MORE_LENGTH;
  return measure(key, isMap ? cutMap(value, room, deepest - 1) : cutValue(value));
}
