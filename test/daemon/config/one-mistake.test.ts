import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/daemon/config/read-config.ts";

const EXAMPLE: unknown = load(
  readFileSync(join(import.meta.dirname, "..", "..", "..", "examples", "poolkeeper.yaml"), "utf8"),
);
/** What could stand anywhere by mistake. */
const STRANGERS: readonly unknown[] = [
  null,
  "hunter2 hunter2",
  "",
  7,
  true,
  [],
  {},
  [null],
  { __proto__x: 1 },
  [["a"]],
];

type Path = readonly (string | number)[];

/** The paths of everything in a value, itself left out. */
function listPaths(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : Object.entries(value);
  return entries.flatMap(([key, inner]) => [[...path, key], ...listPaths(inner, [...path, key])]);
}

/** A copy with another value at a path. */
function replaceAt(value: unknown, [key, ...rest]: Path, stranger: unknown): unknown {
  if (key === undefined) return stranger;
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? replaceAt(item, rest, stranger) : item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    name === key ? replaceAt(inner, rest, stranger) : inner,
  ]);
  return Object.fromEntries(entries);
}

/** JSON is YAML. */
const read = (value: unknown) => parseConfig(JSON.stringify(value), "/etc/poolkeeper/poolkeeper.yaml", {});

const isSecret = (path: Path) =>
  /(^|\/)(token|secret|api_key|database_url|notifications\/\d+\/url)(\/env)?$/.test(path.join("/"));

describe("the example with one value replaced", () => {
  const paths = listPaths(EXAMPLE);

  test("has many places to be wrong in, secrets among them", () => {
    expect(paths.length).toBeGreaterThan(100);
    expect(paths.filter(isSecret).length).toBeGreaterThan(8);
  });

  test("is read without a fault, and has a configuration exactly where there is no error", () => {
    for (const path of paths) {
      for (const stranger of STRANGERS) {
        const { config, diagnostics } = read(replaceAt(EXAMPLE, path, stranger));
        const isValid = diagnostics.every(({ severity }) => severity === "warning");
        expect([path, stranger, config !== null]).toEqual([path, stranger, isValid]);
      }
    }
  });

  test("does not show what stands in the place of a secret", () => {
    for (const path of paths.filter(isSecret)) {
      const { config, diagnostics } = read(replaceAt(EXAMPLE, path, "hunter2 hunter2"));
      expect([path, config, JSON.stringify(diagnostics).includes("hunter2")]).toEqual([path, null, false]);
    }
  });

  test("names the place: the line of each mistake is within the file", () => {
    for (const path of paths.filter((_path, index) => index % 3 === 0)) {
      const text = JSON.stringify(replaceAt(EXAMPLE, path, [["a"]]), undefined, 1);
      const { diagnostics } = parseConfig(text, "poolkeeper.yaml", {});
      const lines = text.split("\n").length;
      expect(diagnostics.every(({ line, column }) => line >= 1 && line <= lines && column >= 1)).toBe(true);
    }
  });
});
