import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equalQuantities, normaliseQuantity, parseQuantity } from "../../../src/model/objects/quantity.ts";

describe("quantities", () => {
  test.each([
    ["1000m", "1"],
    ["1Gi", "1024Mi"],
    ["0.5", "500m"],
    ["1e3", "1k"],
    ["1E3", "1000"],
    ["1E", "1000P"],
    ["1.5Gi", "1536Mi"],
    [".5", "0.50"],
    ["5.", "5"],
    ["0", "0Gi"],
    ["100u", "0.1m"],
    ["+2", "2"],
    ["0.1n", "1n"],
  ])("%s is the same amount as %s", (left, right) => {
    expect(parseQuantity(left)).toBeDefined();
    expect(equalQuantities(left, right)).toBe(true);
  });

  test.each([
    ["1G", "1Gi"],
    ["1m", "1M"],
    ["1", "-1"],
    ["8", "80"],
  ])("%s is another amount than %s", (left, right) => {
    expect(equalQuantities(left, right)).toBe(false);
  });

  test.each(["", "Gi", "1 Gi", "1gi", "0x10", "1e", "--1", "1.2.3", "unlimited", "1e999"])(
    "%j is no quantity and is kept as it is",
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
      expect(normaliseQuantity(text)).toBe(text);
    },
  );

  test.each([
    ["549755813888", "512Gi"],
    ["64", "64"],
    ["1024", "1024"],
    ["0.25", "250m"],
    ["-1Gi", "-1Gi"],
  ])("%s is shown as %s", (text, shown) => {
    expect(normaliseQuantity(text)).toBe(shown);
  });

  test("a normal form means the same amount and is its own normal form", () => {
    const suffix = fc.constantFrom("", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "Ti", "e3", "E-2");
    const number = fc
      .tuple(fc.nat(99_999), fc.option(fc.nat(9_999)))
      .map(([a, b]) => (b === null ? `${a}` : `${a}.${b}`));
    fc.assert(
      fc.property(number, suffix, (digits, unit) => {
        const once = normaliseQuantity(digits + unit);
        expect(parseQuantity(once)).toBe(parseQuantity(digits + unit));
        expect(normaliseQuantity(once)).toBe(once);
      }),
    );
  });
});
