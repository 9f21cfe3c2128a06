/** What a newcomer pastes from a document works: its configurations pass `config check`, its commands have options that exist. */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import yargs from "yargs";
import { defineCommands } from "../../src/cli/define-commands.ts";
import { readConfig } from "../../src/daemon/config/read-config.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const DOCUMENTS = globSync(["README.md", "docs/*.md"], { cwd: ROOT });
const TARGETS = `targets: [{name: production, folder: {path: .}, control_plane: {endpoint: "https://acme.example.com", org: acme}}]\n`;

interface Shown {
  readonly document: string;
  readonly text: string;
}

function read(document: string): string {
  return readFileSync(join(ROOT, document), "utf8");
}

/** Every fenced block of YAML. */
const YAML: readonly Shown[] = DOCUMENTS.flatMap((document) =>
  [...read(document).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => ({ document, text })),
);

/** Whole configurations as they stand; single parts with what they need beside them. */
function readAsConfiguration({ text }: Shown): string | null {
  const keys = Object.keys((load(text) as Readonly<Record<string, unknown>> | null) ?? {});
  if (keys.includes("targets") && keys.includes("org")) return null;
  if (keys.includes("targets")) return text;
  if (keys[0] === "notifications") return `${TARGETS}${text}`;
  if (keys[0] === "rules") return `${TARGETS}policy:\n${text.replaceAll(/^(?=.)/gm, "  ")}`;
  return null;
}

const CONFIGURATIONS = YAML.flatMap((shown) => {
  const text = readAsConfiguration(shown);
  return text === null ? [] : [{ ...shown, text }];
});

/** Every command line: indented, or in a fence without a language or of a shell; comments and what is piped to are left out. */
const COMMANDS: readonly Shown[] = DOCUMENTS.flatMap((document) => {
  const lines = [...read(document).matchAll(/^ {4}(?:.*&& )?(poolkeeper .*)$/gm)].map(([, line = ""]) => line);
  return lines.map((text) => ({ document, text }));
});

/** The words of a command line of a document, as a shell has them. */
function splitWords(line: string): readonly string[] {
  const [command = ""] = line.split(/\s+(?:#|\||>|<|&&)|\s\|\|/);
  const words = command.replaceAll(/\s?\[[^\]]*\](?:\.\.\.)?/g, "").match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.slice(1).map((word) => word.replaceAll(/^["']|["']$/g, ""));
}

async function parse(words: readonly string[]): Promise<void> {
  const cli = yargs([...words])
    .option("color", { type: "boolean", default: false })
    .exitProcess(false)
    .demandCommand(1)
    .strict()
    .parserConfiguration({ "parse-positional-numbers": false, "duplicate-arguments-array": true })
    .fail((message, error) => {
      throw error ?? new Error(message);
    });
  await defineCommands(cli, { args: words, run: async () => {} }).parseAsync();
}

describe("a configuration in a document", () => {
  test("is there in each document that has some", () => {
    expect([...new Set(CONFIGURATIONS.map(({ document }) => document))].toSorted()).toEqual([
      "docs/operate.md",
      "docs/pull-requests.md",
      "docs/reference.md",
    ]);
  });

  test.each(CONFIGURATIONS)("of $document has no error: $text", ({ text }) => {
    const file = join(makeTemporaryFolder(), "poolkeeper.yaml");
    writeFileSync(file, text);
    const { diagnostics } = readConfig(file);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});

describe("a command in a document", () => {
  test("is found in most of them", () => {
    expect(COMMANDS.length).toBeGreaterThan(40);
  });

  test.each(COMMANDS)("of $document is one that the command line takes: $text", async ({ text }) => {
    await expect(parse(splitWords(text))).resolves.toBeUndefined();
  });
});
