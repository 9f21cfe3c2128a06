import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BANNED_WORDS } from "./banned-words.ts";
import { readSources, type SourceFile } from "./read-sources.ts";
import { readTexts } from "./read-words.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Strings that are values in the store, and stay as they are. */
const STORED: ReadonlySet<string> = new Set(["told", "somebody"]);

const sources = readSources();
const rooms = [...new Set(sources.map(({ room }) => room))];

describe("the words", () => {
  test.each(rooms)("of src/%s are the field's standard terms", (room) => {
    expect(sources.filter(({ room: own }) => own === room).flatMap(findInSource)).toEqual([]);
  });

  test("of the documents are the field's standard terms", () => {
    const documents = globSync(["*.md", "docs/*.md", "docs/adr/*.md", "examples/**/*.md"], { cwd: ROOT }).sort();
    expect(documents.length).toBeGreaterThan(12);
    expect(documents.flatMap(findInDocument)).toEqual([]);
  });

  test("a banned word is found in comments, strings and templates, and nowhere else", () => {
    const source = '// whoever\nconst whoever = `a somebody`;\n/** Nobody. */\nf("anew", /at once/);\n';
    expect(
      readTexts("some.ts", source).flatMap(({ line, text }) => explain(text).map(([word]) => [line, word])),
    ).toEqual([
      [1, "whoever"],
      [2, "somebody"],
      [3, "Nobody"],
      [4, "anew"],
    ]);
  });
});

/** For each banned word in a text, the word and what to write instead. */
function explain(text: string): readonly (readonly [word: string, instead: string])[] {
  if (STORED.has(text)) return [];
  const line = text.replace(/\s+/g, " ");
  return BANNED_WORDS.flatMap(({ pattern, instead }) => {
    const [word] = pattern.exec(line) ?? [];
    return word === undefined ? [] : [[word, instead] as const];
  });
}

function findInSource({ path, text }: SourceFile): readonly string[] {
  return readTexts(path, text).flatMap(({ line, text: part }) =>
    explain(part).map(([word, instead]) => `src/${path}:${line}: "${word}": write ${instead}`),
  );
}

function findInDocument(path: string): readonly string[] {
  const lines = readFileSync(join(ROOT, path), "utf8").split("\n");
  return lines.flatMap((text, index) =>
    explain(text).map(([word, instead]) => `${path}:${index + 1}: "${word}": write ${instead}`),
  );
}
