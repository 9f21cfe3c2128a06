import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CatalogueEntry } from "../../src/model/diagnostics/catalogue-entry.ts";
import { DIAGNOSTIC_CATALOGUE } from "../../src/model/diagnostics/diagnostic-catalogue.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const ENTRIES: readonly (readonly [string, CatalogueEntry])[] = Object.entries(DIAGNOSTIC_CATALOGUE);

function readSources(): string {
  const paths = globSync("src/{manifests,model,daemon/config,reconcile/source}/**/*.ts", {
    cwd: ROOT,
  });
  const texts = paths
    .filter((path) => !path.endsWith("-catalogue.ts"))
    .map((path) => readFileSync(join(ROOT, path), "utf8"));
  return [
    ...texts,
    ...globSync("schemas/*.json", { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), "utf8")),
  ].join("\n");
}

describe("the catalogue of codes", () => {
  const sources = readSources();

  test.each(ENTRIES)("%s is used by the source", (code) => {
    expect(sources).toContain(`"${code}"`);
  });

  test.each(ENTRIES)("%s is a plain word with a summary, a cause and a remedy that are sentences", (code, entry) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(entry.summary).toMatch(/^[A-Z`].*[^.]$/);
    expect(entry.cause).toMatch(/^[A-Z`].*\.$/);
    expect(entry.remedy).toMatch(/^[A-Z`].*\.$/);
  });
});
