import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLocators } from "../../../src/manifests/yaml/locate-document.ts";
import { parseDocuments } from "../../../src/manifests/yaml/parse-documents.ts";
import type { YamlProblem } from "../../../src/manifests/yaml/yaml-problem.ts";

function readValue(text: string): unknown {
  const { documents } = parseDocuments(text);
  expect(listProblems(text)).toEqual([]);
  return documents[0]?.value;
}

/** What is wrong in a text, sorted by line. */
function listProblems(text: string): readonly YamlProblem[] {
  const { documents, broken } = parseDocuments(text);
  return [...documents, ...broken].flatMap(({ problems }) => problems).sort((a, b) => a.line - b.line);
}

describe("scalars of a manifest", () => {
  test("are numbers only as plain whole numbers", () => {
    expect(readValue("[0, 5, -3, 4294967295]")).toEqual([0, 5, -3, 4_294_967_295]);
    const texts = ["017", "0o17", "0x1f", "1_000", "1e3", "5.0", "+5", ".inf", "99999999999999999999"];
    expect(readValue(`[${texts.join(", ")}]`)).toEqual(texts);
  });

  test("are booleans only as true and false", () => {
    expect(readValue("[true, false, yes, no, on, off, y, n]")).toEqual([
      true,
      false,
      "yes",
      "no",
      "on",
      "off",
      "y",
      "n",
    ]);
  });

  test("are nothing as null, ~ and an empty place, and text when they look like a date", () => {
    expect(readValue("a: null\nb: ~\nc:\nd: 2001-12-14\n")).toEqual({ a: null, b: null, c: null, d: "2001-12-14" });
  });
});

describe("documents of a file", () => {
  test("are numbered with the empty ones and know the line of their content", () => {
    const { documents } = parseDocuments("# head\n---\n---\n# more\na: 1\n---\r\n\r\nb: 2\n");
    expect(documents.map(({ index, line, value }) => ({ index, line, value }))).toEqual([
      { index: 0, line: 1, value: null },
      { index: 1, line: 5, value: { a: 1 } },
      { index: 2, line: 8, value: { b: 2 } },
    ]);
  });

  test("with a prototype's name as key stay plain data", () => {
    const value = readValue("__proto__: {polluted: 1}\nconstructor: 2\n");
    expect(Object.keys(Object(value))).toEqual(["__proto__", "constructor"]);
    expect(Object.hasOwn({}, "polluted")).toBe(false);
  });

  test("are read although another one of the file is no YAML, even where the parser would read on into it", () => {
    for (const wrong of ["a: [1", 'a: "1', "a: {b", "a: b: c", "\ta: 1", "a: 'x", "%"]) {
      const { documents, broken } = parseDocuments(`b: 1\n---\n${wrong}\n---\nc: 1\n`);
      expect(documents.map(({ line, value }) => ({ line, value }))).toEqual([
        { line: 1, value: { b: 1 } },
        { line: 5, value: { c: 1 } },
      ]);
      expect(broken.map(({ text, linesBefore }) => ({ text, linesBefore }))).toEqual([
        { text: `---\n${wrong}\n`, linesBefore: 1 },
      ]);
    }
  });

  test("with duplicate keys, aliases or tags are read past them, and say which values are not to be relied on", () => {
    const { documents } = parseDocuments("a: 1\na: 2\n---\nb: 1\n---\nc: &x 1\nd: [*x]\ne: !t {f: 1}\n");
    expect(documents.map(({ value, doubtful }) => ({ value, doubtful }))).toEqual([
      { value: { a: 2 }, doubtful: ["/a"] },
      { value: { b: 1 }, doubtful: [] },
      { value: { c: 1, d: [null], e: { f: 1 } }, doubtful: ["/d/0", "/e"] },
    ]);
    expect(documents.map(({ problems }) => problems)).toEqual([
      [{ code: "yaml-duplicate-key", reason: "a", line: 2, column: 1 }],
      [],
      [
        { code: "yaml-alias", reason: "", line: 7, column: 5 },
        { code: "yaml-tag", reason: "", line: 8, column: 4 },
      ],
    ]);
  });

  test("after comments and directives of a file that is wrong are counted as in one that is not", () => {
    const { documents, broken } = parseDocuments("# head\n%YAML 1.2\n---\na: 1\n---\nb: [\n");
    expect(documents.map(({ line, value }) => ({ line, value }))).toEqual([{ line: 4, value: { a: 1 } }]);
    expect(broken).toHaveLength(1);
  });

  test("never grow by aliases", () => {
    const levels = Array.from({ length: 9 }, (_, index) => `k${index + 1}: &l${index + 1} [*l${index}, *l${index}]`);
    const { documents } = parseDocuments(`k0: &l0 [x]\n${levels.join("\n")}\n`);
    expect(JSON.stringify(documents[0]?.value).length).toBeLessThan(300);
  });

  test("of 20,000 in one file are read in a time that grows with the file", () => {
    const { documents } = parseDocuments("---\na: 1\n".repeat(20_000));
    expect(documents).toHaveLength(20_000);
    expect(documents.at(-1)?.line).toBe(40_000);
  });
});

describe("a locator", () => {
  const text = "a: 1\n---\nname: x\nlist:\n  - 'one'\n  - two: {deep: 1}\n  -\nempty:\na/b~c: 1\n";
  const locate = createLocators()({ part: { text, linesBefore: 0 }, index: 1 });

  test("finds values and keys, counted from 1", () => {
    expect(locate(["name"])).toEqual({ line: 3, column: 7 });
    expect(locate(["name"], "key")).toEqual({ line: 3, column: 1 });
    expect(locate(["list", 0])).toEqual({ line: 5, column: 5 });
    expect(locate(["list", 1, "two", "deep"])).toEqual({ line: 6, column: 17 });
    expect(locate(["a/b~c"])).toEqual({ line: 9, column: 8 });
  });

  test("gives the key of an empty value, and the list of an empty entry", () => {
    expect(locate(["empty"])).toEqual({ line: 8, column: 1 });
    expect(locate(["list", 2])).toEqual({ line: 5, column: 3 });
  });

  test("of a part of a file gives lines of the file", () => {
    const part = createLocators()({ part: { text: "---\na: 1\n", linesBefore: 40 }, index: 0 });
    expect(part(["a"])).toEqual({ line: 42, column: 4 });
  });

  test("gives the nearest ancestor of what is not there", () => {
    expect(locate(["list", 1, "three"])).toEqual({ line: 6, column: 5 });
    expect(locate(["nothing"])).toEqual({ line: 3, column: 1 });
  });
});

describe("any text", () => {
  const yamlish = fc
    .array(
      fc.constantFrom(
        "a",
        "- ",
        ": ",
        "\n",
        "  ",
        "{",
        "}",
        "[",
        "]",
        "'",
        '"',
        "&x ",
        "*x",
        "!t ",
        "---\n",
        "|",
        ">",
        "?",
        "#",
        "\t",
        "%",
        ",",
      ),
    )
    .map((parts) => parts.join(""));

  test("gives documents or problems with a place, and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(yamlish, fc.string({ unit: "binary" })), (text) => {
        const { documents } = parseDocuments(text);
        for (const { line, column } of listProblems(text)) expect(line >= 1 && column >= 1).toBe(true);
        for (const document of documents) expect(document.line).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 1000, seed: 7 },
    );
  });
});

describe("a file full of mistakes", () => {
  test.each([
    ["duplicate keys", "f: 1\n".repeat(45_000)],
    ["aliases", `a: &a 1\n${Array.from({ length: 20_000 }, (_, index) => `k${index}: *x${index}\n`).join("")}`],
    ["documents with unknown tags", "---\na: !x q\n".repeat(20_000)],
    ["documents that are no YAML", "---\n[\n".repeat(150_000)],
  ])("of %s is given up after some of them", (_what, text) => {
    const problems = listProblems(text);
    expect(problems.length).toBeGreaterThan(20);
    expect(problems.length).toBeLessThan(150);
  });
});
