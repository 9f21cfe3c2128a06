import { serialize } from "node:v8";
import fc from "fast-check";
import { expect, test } from "vitest";
import { exceeds } from "../../../src/reconcile/workers/exceeds.ts";

/** What it counts, without a limit. */
function measure(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  const parts = value instanceof Map ? [...value] : value instanceof Set ? [...value] : Object.entries(value).flat();
  return parts.reduce<number>((sum, part) => sum + measure(part), 8);
}

test("what is far below a limit does not exceed it, and what is above it does", () => {
  fc.assert(
    fc.property(fc.anything({ withMap: true, withSet: true, withNullPrototype: false }), (value) => {
      const size = measure(value);
      // Short texts count as much as a number until they are looked at.
      expect(exceeds(value, 9 * size + 100)).toBe(false);
      expect(exceeds(value, Math.floor(size / 2) - 9)).toBe(true);
    }),
  );
});

test("of what is large it looks at no more than the limit", () => {
  let asked = 0;
  const endless = new Proxy([], {
    get: (target, key) => {
      if (key !== Symbol.iterator) return Reflect.get(target, key);
      return function* () {
        for (;;) {
          asked += 1;
          yield asked;
        }
      };
    },
  });
  expect(exceeds({ a: endless }, 16_384)).toBe(true);
  expect(asked).toBeLessThan(3_000);
});

test("what is sent once counts once, and a text as often as it is written", () => {
  const text = "x".repeat(1_000_000);
  const names = Array.from({ length: 40 }, () => text);
  expect(serialize(names).length).toBeGreaterThan(40_000_000);
  expect(exceeds(names, 39_000_000, new Set())).toBe(true);
  expect(serialize([names, names]).length).toBeLessThan(41_000_000);
  expect(exceeds([names, names], 41_000_000, new Set())).toBe(false);
  expect(exceeds([names, names], 41_000_000)).toBe(true);
});
