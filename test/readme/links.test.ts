/** Every link and anchor in the documents leads somewhere, and so does every document that a source, a template or a help names. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const DOCUMENTS = globSync(["*.md", "docs/**/*.md", "examples/**/*.md"], { cwd: ROOT });
const SOURCES = globSync(
  ["src/**/*.ts", "deploy/**/*", "examples/**/*.yaml", "bench/*.ts", "schemas/*.json", "action.yml", "Dockerfile"],
  { cwd: ROOT },
).filter((path) => /\.\w+$|Dockerfile$/.test(path) && !path.includes("/gen/"));

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** What is shown as code is no link. */
function withoutCode(text: string): string {
  return text.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, "").replaceAll(/`[^`\n]*`/g, "");
}

/** The anchors of a document's headings, as forges make them. */
function listAnchors(path: string): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const headings = read(path)
    .replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, "")
    .matchAll(/^#+ (.*)$/gm);
  const anchors = [...headings].map(([, heading = ""]) => {
    const plain = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    const count = counts.get(plain) ?? 0;
    counts.set(plain, count + 1);
    return count === 0 ? plain : `${plain}-${count}`;
  });
  return new Set(anchors);
}

function findBroken(path: string): readonly string[] {
  const links = [...withoutCode(read(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : normalize(join(dirname(path), file));
    if (!existsSync(join(ROOT, target))) return [`${path}: ${link}`];
    return anchor === undefined || listAnchors(target).has(anchor) ? [] : [`${path}: ${link}`];
  });
}

test("every link in a document leads to a file and an anchor that exist", () => {
  expect(DOCUMENTS.length).toBeGreaterThan(50);
  expect(DOCUMENTS.flatMap(findBroken)).toEqual([]);
});

test("every document that a source or a template names exists", () => {
  const named = SOURCES.flatMap((path) =>
    [...read(path).matchAll(/\bdocs\/[\w/-]+\.md\b/g)].map(([document]) => [path, document] as const),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(([, document]) => !existsSync(join(ROOT, document)))).toEqual([]);
});

test("every source file that a document names exists", () => {
  const files = globSync("{src,test,bench,examples}/**/*.ts", { cwd: ROOT });
  const names = new Set(files.flatMap((path) => [path, path.split("/").at(-1)]));
  const named = globSync(["*.md", "docs/*.md"], { cwd: ROOT }).flatMap((path) =>
    [...read(path).matchAll(/`((?:[\w-]+\/)*[\w-]+(?:\.test)?\.ts)`/g)].map(([, file = ""]) => [path, file] as const),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(([, file]) => !names.has(file))).toEqual([]);
});
