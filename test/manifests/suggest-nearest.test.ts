import { describe, expect, test } from "vitest";
import { createSuggestNearest, measureDistance } from "../../src/model/text/suggest-nearest.ts";

describe("the nearest name", () => {
  test.each([
    ["priority", "prority", 1],
    ["medium", "meduim", 1],
    ["east", "east", 0],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
  ])("of %s and %s is %i edits away", (from, to, edits) => {
    expect(measureDistance(from, to)).toBe(edits);
    expect(measureDistance(to, from)).toBe(edits);
  });

  test("is the one with the fewest edits", () => {
    expect(createSuggestNearest()("prd", ["dev", "prod", "pre"])).toBe("prod");
  });

  test("is none when all are far", () => {
    expect(createSuggestNearest()("batch", ["interactive", "experiments"])).toBeUndefined();
  });

  test("is none once very many names were compared", () => {
    const suggest = createSuggestNearest();
    const many = Array.from({ length: 600_000 }, () => "something-else");
    suggest("x", many);
    expect(suggest("prd", ["prod"])).toBeUndefined();
  });
});
