import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { READ_LIMITS } from "../../src/manifests/folder/read-folder.ts";
import { loadDesired } from "../../src/manifests/load-desired.ts";
import { CONFIG_CATALOGUE } from "../../src/model/diagnostics/config-catalogue.ts";
import type { Diagnostic } from "../../src/model/diagnostics/diagnostic.ts";
import { DIAGNOSTIC_CATALOGUE } from "../../src/model/diagnostics/diagnostic-catalogue.ts";
import { FLYTE_CLUSTERS_CATALOGUE } from "../../src/model/diagnostics/flyte-clusters-catalogue.ts";
import { REFERENCES_CATALOGUE } from "../../src/model/diagnostics/references-catalogue.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { writeCaseFiles } from "./write-case-files.ts";

const CASES = join(import.meta.dirname, "cases");
const SITUATIONS = readdirSync(CASES).toSorted();

function readExpected(situation: string): readonly Diagnostic[] {
  return JSON.parse(readFileSync(join(CASES, situation, "diagnostics.json"), "utf8"));
}

describe("a folder of manifests", () => {
  test.each(SITUATIONS)("%s: gives the diagnostics that the case names", async (situation) => {
    const target = makeTemporaryFolder();
    const limits = { ...READ_LIMITS, ...writeCaseFiles(join(CASES, situation), target) };
    const { diagnostics } = await loadDesired(target, { limits });
    const found = `${JSON.stringify(diagnostics, undefined, 2)}\n`;
    await expect(found).toMatchFileSnapshot(join(CASES, situation, "diagnostics.json"));
  });
});

describe("the catalogue of codes", () => {
  // `too-costly` is of what a machine takes: test/workers. `other-target` is of what a folder is read for: check-target-file.test.ts. Those of references are of places that no manifest knows: test/references. Those of Flyte's clusters each have a fixture in test/manifests/flyte-clusters/mistakes, those of the configuration in test/daemon/config/cases.
  const elsewhere = { ...FLYTE_CLUSTERS_CATALOGUE, ...CONFIG_CATALOGUE, ...REFERENCES_CATALOGUE };
  const codes = Object.keys(DIAGNOSTIC_CATALOGUE).filter(
    (code) => !["too-costly", "other-target"].includes(code) && !(code in elsewhere),
  );

  test.each(codes)("%s is produced by a case", (code) => {
    const producing = SITUATIONS.filter((situation) =>
      readExpected(situation).some((expected) => expected.code === code),
    );
    expect(producing).not.toEqual([]);
  });
});
