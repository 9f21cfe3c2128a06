/**
 * The attacker has the name `poolkeeper` on a public registry, where poolkeeper is not published, and waits for a command that takes the
 * program from there: a document that is pasted as root, a unit, a job of a CI with its tokens, a text that the program prints.
 */
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");

/** All that people paste, that machines run, or that the program prints. */
const PUBLISHED = [
  ...["*.md", "*.yml", "*.json", "Dockerfile", ".pre-commit-hooks.yaml", ".ci/*"],
  ...["docs", "deploy", "src", "bin", "scripts", "examples", "schemas"].map((folder) => `${folder}/**/*`),
];

/** What loads a package by its name, and installs or runs it. */
const LOADERS = [
  String.raw`(?:npm|pnpm|yarn|bun)\s+(?:-\S+\s+)*(?:install|i|add|exec|x|dlx|create|update|up|upgrade|global add)`,
  "(?:npx|pnpx|bunx|uvx)",
  String.raw`(?:pip3?|pipx|uv|uv tool|brew|apt|apt-get|dnf|apk|gem|cargo|conda|snap)\s+(?:-\S+\s+)*(?:install|run|add)`,
].join("|");

/** Such a command whose package is the bare name: a path, a tarball or a flag's value is another word. */
const BY_NAME = new RegExp(
  String.raw`\b(?:${LOADERS})\s(?:[^\n|;&\x60]*[\s"'=])?poolkeeper(?:@[^\s"'\x60]*)?(?![\w./-])`,
  "g",
);

/** The commands of a text that load poolkeeper by its name; lines that are continued are one. */
function findLoads(text: string): readonly string[] {
  return [...text.replaceAll(/\\\n\s*/g, " ").matchAll(BY_NAME)].map(([command]) => command);
}

/** Paragraphs that warn of the name show it as code within a sentence: what they show there is no command to paste. */
function withoutWarnings(text: string): string {
  const paragraphs = text.split(/\n\s*\n/);
  return paragraphs
    .map((paragraph) => (/^\S[\s\S]*\bstranger/.test(paragraph) ? paragraph.replaceAll(/`[^`\n]*`/g, "") : paragraph))
    .join("\n\n");
}

test.each([
  "npm install --global poolkeeper          # on Node 24",
  "npm i -g poolkeeper@0.1.0",
  "npm --silent install \\\n    poolkeeper",
  "run: npx --yes poolkeeper plan routing/",
  "npm exec -- poolkeeper plan",
  'npm install "poolkeeper"',
  "yarn global add poolkeeper",
  "pnpm dlx poolkeeper",
  "pip install poolkeeper",
])("%j takes a stranger's program", (command) => {
  expect(findLoads(command)).toHaveLength(1);
  expect(findLoads(withoutWarnings(`    ${command}\n\nThe name is a stranger's.`))).toHaveLength(1);
});

test.each([
  "npm install --global --ignore-scripts ./poolkeeper-0.1.0.tgz",
  'npm install --prefix "$RUNNER_TEMP/poolkeeper" --ignore-scripts "$PWD/poolkeeper.tgz"',
  "git clone REPOSITORY poolkeeper && cd poolkeeper && npm ci",
  "npm ci && poolkeeper plan routing/",
])("%j does not", (command) => {
  expect(findLoads(command)).toEqual([]);
});

test("no document, template, unit or printed text takes poolkeeper from a registry by its name", () => {
  const files = globSync(PUBLISHED, { cwd: ROOT }).filter((file) => statSync(join(ROOT, file)).isFile());
  expect(files.length).toBeGreaterThan(500);
  const found = files.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return findLoads(file.endsWith(".md") ? withoutWarnings(text) : text).map((command) => `${file}: ${command}`);
  });
  expect(found).toEqual([]);
});
