import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const RENDERED = read("test/report/reviews/planned-move.md");

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

describe("the comment that the documentation shows", () => {
  test("is, as a whole, one that was rendered", () => {
    const [, shown = ""] = /^````markdown\n([\s\S]*?)^````$/m.exec(read("docs/pull-requests.md")) ?? [];
    expect(shown).toBe(RENDERED);
  });

  test("is in the README a part of the same", () => {
    const quoted = read("README.md")
      .split("\n")
      .filter((line) => line.startsWith("> "))
      .map((line) => line.slice(2));
    expect(quoted).toContain("```diff");
    for (const line of quoted) expect(RENDERED.split("\n")).toContain(line);
  });
});
