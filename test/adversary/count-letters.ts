import { Hmac } from "node:crypto";

/** How many letters and entries some of the engine's own functions went through while something ran. */
let letters = 0;

/**
 * Counts what {@link countSteps} can't see: what a function of the engine does is one step there, and all of its text here. Strings are
 * flattened and hashed as keys of maps and sets, printed and hashed as JSON, split and replaced; lists are spread and searched.
 */
export function countLetters(run: () => unknown): number {
  const before = letters;
  run();
  return letters - before;
}

/** The same for what ends later. */
export async function countLettersUntil(run: () => Promise<unknown>): Promise<number> {
  const before = letters;
  await run();
  return letters - before;
}

const measure = (value: unknown) => (typeof value === "string" ? value.length : 0);

// biome-ignore lint/suspicious/noExplicitAny: functions of the engine, whatever they take
type Anything = any;

/** From now on, in this process: what a call costs is added to the letters. */
function watch(owner: object, name: PropertyKey, cost: (self: Anything, args: Anything[], result: Anything) => number) {
  const original: Anything = Reflect.get(owner, name);
  const watched = function (this: Anything, ...args: Anything[]) {
    const result = Reflect.apply(original, this, args);
    letters += cost(this, args, result);
    return result;
  };
  Object.defineProperty(owner, name, { value: watched, writable: true, configurable: true });
}

for (const name of ["get", "set", "has", "delete"]) watch(Map.prototype, name, (_self, [key]) => measure(key));
for (const name of ["add", "has", "delete"]) watch(Set.prototype, name, (_self, [key]) => measure(key));
for (const name of ["replace", "replaceAll", "split", "matchAll", "toLowerCase"]) {
  watch(String.prototype, name, (self) => self.length);
}
watch(String.prototype, "indexOf", (self, [, from = 0], found) => (found === -1 ? self.length : found) - from);
watch(String.prototype, "lastIndexOf", (self, [, from = self.length], found) => Math.min(from, self.length) - found);
watch(Array.prototype, "join", (self, _args, text) => self.length + measure(text));
watch(Array.prototype, "includes", (self) => self.length);
watch(Array.prototype, "flat", (_self, _args, result) => result.length);
watch(JSON, "stringify", (_self, _args, text) => measure(text));
watch(Hmac.prototype, "update", (_self, [text]) => measure(text));

// Spreading a list goes through it with its iterator, once that is no longer the engine's own.
watch(Array.prototype, Symbol.iterator, (self) => self.length);
