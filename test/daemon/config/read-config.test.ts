import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../../src/daemon/config/read-config.ts";
import { CONFIG_CATALOGUE } from "../../../src/model/diagnostics/config-catalogue.ts";
import type { Diagnostic } from "../../../src/model/diagnostics/diagnostic.ts";

const CASES = join(import.meta.dirname, "cases");
const SITUATIONS = readdirSync(CASES).toSorted();
const ENVIRONMENT = { SET: "something", EMPTY: " " };

function readExpected(situation: string): readonly Diagnostic[] {
  return JSON.parse(readFileSync(join(CASES, situation, "diagnostics.json"), "utf8"));
}

describe("a configuration", () => {
  test.each(SITUATIONS)("%s: gives the diagnostics that the case names", async (situation) => {
    const folder = join(CASES, situation);
    const { config, diagnostics } = readConfig(join(folder, "poolkeeper.yaml"), ENVIRONMENT);
    const found = `${JSON.stringify(diagnostics, undefined, 2)}\n`.replaceAll(folder, "FOLDER");
    await expect(found).toMatchFileSnapshot(join(folder, "diagnostics.json"));
    expect(found).not.toMatch(/hunter2|1234567/);
    expect(config === null).toBe(diagnostics.some(({ severity }) => severity === "error"));
  });

  test("a file that is not there is a diagnostic that says what to name", () => {
    const { config, diagnostics } = readConfig(join(CASES, "nowhere.yaml"));
    expect([config, diagnostics]).toEqual([
      null,
      [
        expect.objectContaining({
          code: "file-unreadable",
          detail: expect.stringContaining("Pass the daemon's configuration file"),
        }),
      ],
    ]);
  });
});

describe("the catalogue of codes", () => {
  test.each(Object.keys(CONFIG_CATALOGUE))("%s is produced by a case", (code) => {
    const producing = SITUATIONS.filter((situation) => readExpected(situation).some((found) => found.code === code));
    expect(producing).not.toEqual([]);
  });
});
