import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkFlyteClusters } from "../../../src/manifests/flyte-clusters/check-flyte-clusters.ts";
import { findUnknownLabels, indexLabelUses } from "../../../src/manifests/flyte-clusters/check-label-uses.ts";
import { createDiagnostic } from "../../../src/model/diagnostics/create-diagnostic.ts";
import { FLYTE_CLUSTERS_CATALOGUE } from "../../../src/model/diagnostics/flyte-clusters-catalogue.ts";
import { readFixture } from "./read-fixture.ts";

const MISTAKES = join(import.meta.dirname, "mistakes");
const NAMES = readdirSync(MISTAKES)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => name.replace(/\.yaml$/, ""));

function diagnose(name: string) {
  const { value, uses, locate } = readFixture(join(MISTAKES, `${name}.yaml`));
  const findings = [...checkFlyteClusters(value, indexLabelUses(uses)), ...findUnknownLabels([value], uses)];
  return findings.map(({ code, path, part, summary, detail }) =>
    createDiagnostic(code, {
      summary,
      ...(detail === undefined ? {} : { detail }),
      file: `${name}.yaml`,
      ...locate(path, part),
      address: "flyte_clusters.x",
    }),
  );
}

describe("the mistakes of Flyte's clusters", () => {
  test.each(Object.keys(FLYTE_CLUSTERS_CATALOGUE))("%s has a fixture that shows it", (code) => {
    expect(NAMES).toContain(code);
    expect(diagnose(code).map((found) => found.code)).toContain(code);
  });

  test.each(NAMES)("%s is found where it is, with a remedy", async (name) => {
    const found = diagnose(name);
    expect(found.length).toBeGreaterThan(0);
    const text = found.map(
      ({ severity, code, file, line, column, summary, detail }) =>
        `${file}:${line}:${column}: ${severity} ${code}: ${summary}\n    ${detail}\n`,
    );
    await expect(text.join("")).toMatchFileSnapshot(join(MISTAKES, `${name}.txt`));
  });

  test("a secret is never told", () => {
    expect(JSON.stringify(diagnose("secret-in-manifest"))).not.toMatch(/eyJ|PRIVATE KEY|bm90/);
  });
});
