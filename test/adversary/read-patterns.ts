import { globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "..", "..");

/** One regular expression of the program, wherever it is written. */
export interface Pattern {
  /** `FILE:LINE`, relative to the repository. */
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

/** What is found in the sources: patterns, and calls that put one together at run time, which nobody can judge. */
export interface Patterns {
  readonly literal: readonly Pattern[];
  /** `FILE:LINE` of each `RegExp(...)`. */
  readonly assembled: readonly string[];
}

/** Folders of `src` that look for credentials. */
const CREDENTIALS = /\/src\/(?:model|http)\//;

/**
 * The regular expressions of the hand-written sources and of the JSON Schemas, those that are written in sources included: of the folders that
 * look for credentials, or of all others.
 */
export function readPatterns(part: "credentials" | "others"): Patterns {
  const literal: Pattern[] = [];
  const assembled: string[] = [];
  for (const path of globSync(join(ROOT, "src/**/*.ts")).sort()) {
    if (path.includes("/gen/") || CREDENTIALS.test(path) !== (part === "credentials")) continue;
    const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      const place = `${relative(ROOT, path)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
      if (ts.isRegularExpressionLiteral(node)) literal.push({ place, ...readLiteral(node.text) });
      if (isConstruction(node)) assembled.push(place);
      const schema = readSchemaPattern(node);
      if (schema !== undefined) literal.push({ place, source: schema, flags: "u" });
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  for (const path of part === "others" ? globSync(join(ROOT, "schemas/*.json")).sort() : []) {
    const found = collectSchemaPatterns(JSON.parse(readFileSync(path, "utf8")));
    literal.push(...found.map((source) => ({ place: relative(ROOT, path), source, flags: "u" })));
  }
  return { literal, assembled };
}

function readLiteral(text: string): Pick<Pattern, "source" | "flags"> {
  const end = text.lastIndexOf("/");
  return { source: text.slice(1, end), flags: text.slice(end + 1) };
}

function isConstruction(node: ts.Node): boolean {
  return (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === "RegExp";
}

/** The text of `pattern: "..."` in a schema; what a template puts in is one digit, as only fixed words and counts are put in. */
function readSchemaPattern(node: ts.Node): string | undefined {
  if (!ts.isPropertyAssignment(node) || node.name.getText() !== "pattern") return undefined;
  const { initializer } = node;
  if (ts.isStringLiteralLike(initializer)) return initializer.text;
  if (!ts.isTemplateExpression(initializer)) return undefined;
  return initializer.head.text + initializer.templateSpans.map((span) => `9${span.literal.text}`).join("");
}

function collectSchemaPatterns(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, nested]) => [
    ...(key === "pattern" && typeof nested === "string" ? [nested] : []),
    ...(key === "patternProperties" && typeof nested === "object" ? Object.keys(nested ?? {}) : []),
    ...collectSchemaPatterns(nested),
  ]);
}
