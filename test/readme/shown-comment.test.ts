import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const RENDERED = read("test/report/review/reviews/planned-move.md");

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

describe("the comment that the documentation shows", () => {
  test("is, as a whole, one that was rendered", () => {
    const [, shown = ""] = /^````markdown\n([\s\S]*?)^````$/m.exec(read("docs/pull-requests.md")) ?? [];
    expect(shown).toBe(RENDERED);
  });
});
