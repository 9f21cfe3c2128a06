import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLocators } from "../../src/yaml/locate-document.ts";
import { parseDocuments } from "../../src/yaml/parse-documents.ts";

function readValue(text: string): unknown {
  const { documents, problems } = parseDocuments(text);
  expect(problems).toEqual([]);
  return documents[0]?.value;
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

  test("are read although another one of the file is wrong", () => {
    const { documents, problems } = parseDocuments("a: 1\na: 2\n---\nb: 1\n---\nc: &x 1\nd: *x\n");
    expect(documents.map((document) => document.value)).toEqual([{ b: 1 }]);
    expect(problems).toEqual([
      { code: "yaml-duplicate-key", reason: "a", line: 2, column: 1 },
      { code: "yaml-alias", reason: "x", line: 7, column: 4 },
    ]);
  });

  test("of 20,000 in one file are read in a time that grows with the file", () => {
    const { documents } = parseDocuments("---\na: 1\n".repeat(20_000));
    expect(documents).toHaveLength(20_000);
    expect(documents.at(-1)?.line).toBe(40_000);
  });
});

describe("a locator", () => {
  const text = "a: 1\n---\nname: x\nlist:\n  - 'one'\n  - two: {deep: 1}\n  -\nempty:\na/b~c: 1\n";
  const locate = createLocators()(text, 1);

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
        const { documents, problems } = parseDocuments(text);
        for (const { line, column } of problems) expect(line >= 1 && column >= 1).toBe(true);
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
  ])("of %s is given up after some of them", (_what, text) => {
    const { problems } = parseDocuments(text);
    expect(problems.length).toBeGreaterThan(20);
    expect(problems.length).toBeLessThan(150);
  });
});
