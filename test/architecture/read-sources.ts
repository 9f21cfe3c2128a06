import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

const SOURCES = join(import.meta.dirname, "..", "..", "src");

/** One import statement or call of a source file. */
export interface SourceImport {
  /** What is imported, relative to src, for example `plan/compute-plan.ts`; a package's name as it is. */
  readonly target: string;
  /** True for `import type`: nothing of it is there at run time. */
  readonly isType: boolean;
}

/** A hand-written file below src. */
export interface SourceFile {
  /** Relative to src, with `/`. */
  readonly path: string;
  /** The folder directly below src; "" for a file in src itself. */
  readonly room: string;
  readonly text: string;
  /** The text without comments, line breaks kept. */
  readonly code: string;
  readonly lines: number;
  readonly imports: readonly SourceImport[];
}

/** All hand-written TypeScript below src, sorted by path. */
export function readSources(): readonly SourceFile[] {
  const paths = globSync("**/*.ts", { cwd: SOURCES }).map((path) => path.split(sep).join("/"));
  return paths
    .filter((path) => !path.includes("/gen/"))
    .sort()
    .map(readSource);
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(SOURCES, path), "utf8");
  const code = withoutComments(text);
  return {
    path,
    room: path.includes("/") ? path.slice(0, path.indexOf("/")) : "",
    text,
    code,
    lines: text.split("\n").length - 1,
    imports: readImports(path, code),
  };
}

/** Comments at a line's begin and blocks; what stands behind code in a line stays, and so do strings with `//`. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (block) => block.replace(/[^\n]/g, "")).replace(/^\s*\/\/.*$/gm, "");
}

const STATEMENT = /^(?:import|export)\s+(type\s)?[^;"']*?from\s+["']([^"']+)["']|^import\s+["']([^"']+)["']/gm;
const CALL = /\bimport\(\s*["']([^"']+)["']/g;

function readImports(path: string, code: string): readonly SourceImport[] {
  const statements = [...code.matchAll(STATEMENT)].map(([, type, from, bare]) => ({
    target: resolveTarget(path, from ?? bare ?? ""),
    isType: type !== undefined,
  }));
  const calls = [...code.matchAll(CALL)].map(([, target]) => ({
    target: resolveTarget(path, target ?? ""),
    isType: false,
  }));
  return [...statements, ...calls];
}

function resolveTarget(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return relative(SOURCES, join(SOURCES, dirname(path), specifier))
    .split(sep)
    .join("/");
}
