import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KIND_DEFINITIONS } from "../../src/kinds/registry.ts";
import { resolveDesired } from "../../src/manifests/desired/resolve-desired.ts";
import { hasErrors } from "../../src/manifests/load-desired.ts";
import { createParseCache } from "../../src/manifests/parse-cache.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import {
  limitDiagnostics,
  MAX_DIAGNOSTIC_CHARACTERS,
  MAX_DIAGNOSTICS,
} from "../../src/model/diagnostics/limit-diagnostics.ts";
import { readDocuments } from "./read-documents.ts";

const FOLDERS = [
  "pools",
  "clusters",
  "queues",
  "settings",
  "cluster-pool-maps",
  "cluster-pool-attributes",
  "execution-cluster-labels",
  "flyte-clusters",
  ".",
];
const FIELDS = [
  ...new Set(Object.values(KIND_DEFINITIONS).flatMap(({ schema }) => Object.keys(Reflect.get(schema, "properties")))),
];

/** Bodies made of fields that exist and of values that may fit. */
const body = fc.dictionary(
  fc.constantFrom(...FIELDS, "extra"),
  fc.oneof(
    fc.constantFrom<unknown>("default", "prod", "*", "", "active", "5", 5, 0, -1, true, null, [], {}),
    fc.array(fc.constantFrom<unknown>("prod", "east", "*", 1, null)),
    fc.jsonValue({ maxDepth: 3 }),
  ),
);

describe("whatever the files hold", () => {
  test("parsing and resolving never throws, and every diagnostic has a place and a remedy", () => {
    const file = fc.tuple(fc.constantFrom(...FOLDERS), fc.array(fc.oneof(body, fc.jsonValue()), { maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(file, { maxLength: 6 }), (files) => {
        const texts = files.map(([folder, bodies], index) => [
          `${folder}/${index}.yaml`,
          bodies.map((value) => JSON.stringify(value)).join("\n---\n"),
        ]);
        for (const diagnostic of readDocuments(Object.fromEntries(texts)).diagnostics) {
          expect(diagnostic.line >= 1 && diagnostic.column >= 1).toBe(true);
          expect(diagnostic.summary.length * diagnostic.detail.length * diagnostic.file.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500, seed: 11 },
    );
  });

  test("a file of any text gives no crash", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        readDocuments({ "queues/any.yaml": text, "clusters/any.yaml": `name: ${text}` });
      }),
      { numRuns: 500, seed: 13 },
    );
  });
});

describe("more objects than a folder may hold", () => {
  test("stop the reading with a diagnostic, and what was not read makes no reference unknown", () => {
    const queue = "run_concurrency: 1\naction_concurrency: 1\n";
    const files = [
      { path: "queues/a.yaml", text: `name: a\n${queue}clusters: [east]\n` },
      { path: "queues/b.yaml", text: `name: b\n${queue}` },
      { path: "queues/c.yaml", text: `name: c\n${queue}` },
    ];
    const { manifests, claims, diagnostics } = parseManifests(files, { maxManifests: 2 });
    expect(manifests).toHaveLength(2);
    expect(diagnostics.map(({ code, file }) => `${file} ${code}`)).toEqual(["queues/c.yaml folder-too-large"]);
    expect(resolveDesired(manifests, claims).diagnostics).toEqual([]);
  });

  test("of a folder with too many values reading stops, also where they are known from before", () => {
    const text = (name: string) => `name: ${name}\nrun_concurrency: 1\naction_concurrency: 1\nclusters: [east]\n`;
    const files = ["a", "b", "c"].map((name) => ({ path: `queues/${name}.yaml`, text: text(name) }));
    const cache = createParseCache();
    for (const known of [undefined, cache, cache]) {
      const options = known === undefined ? {} : { cache: known };
      expect(parseManifests(files, { ...options, maxValues: 24 }).diagnostics).toEqual([]);
      const { manifests, diagnostics } = parseManifests(files, { ...options, maxValues: 23 });
      expect(manifests).toHaveLength(2);
      expect(diagnostics).toMatchObject([
        {
          code: "folder-too-large",
          file: "queues/c.yaml",
          summary: "The folder contains more than 23 values: reading stopped here",
        },
      ]);
    }
  });

  test("of 10,000 objects of a hundred values each all are read", () => {
    const limits = Array.from({ length: 90 }, (_, index) => `    k${index}: "1"\n`).join("");
    const text = Array.from(
      { length: 100 },
      (_, index) => `scope: { domain: d${index} }\nsettings:\n  labels:\n${limits}`,
    );
    expect(
      parseManifests([{ path: "settings/a.yaml", text: text.join("---\n") }], { maxValues: 2_000_000 / 100 })
        .diagnostics,
    ).toEqual([]);
  });
});

describe("very many mistakes", () => {
  const files = Array.from({ length: 3000 }, (_, index) => ({
    path: `queues/${index}.yaml`,
    text: `name: q${index}\nwrong: 1\n`,
  }));

  test("are built only as far as they are listed", () => {
    const { diagnostics, manifests } = parseManifests(files);
    expect(diagnostics.length).toBeLessThan(MAX_DIAGNOSTICS + 25);
    expect(manifests).toHaveLength(3000);
  });

  test("of which not even names can be read are bounded in memory", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `- c${index}\n`).join("");
    const broken = Array.from({ length: 40 }, (_, index) => ({
      path: `pools/${index}.yaml`,
      text: `name: p${index}\nmembers:\n${names}`,
    }));
    expect(parseManifests(broken).claims.length).toBeLessThan(300_000);
  });

  test("are cut at the limit, with a last entry that says so and is an error", () => {
    const limited = limitDiagnostics(parseManifests(files).diagnostics);
    expect(limited).toHaveLength(MAX_DIAGNOSTICS + 1);
    expect(limited.filter(({ code }) => code === "more-diagnostics")).toHaveLength(1);
    expect(hasErrors(limited)).toBe(true);
  });

  test("in files with very long paths are cut where they take much together, with a last entry that says so", () => {
    const deep = files.slice(0, 1_500).map(({ path, text }) => ({ path: `queues/${"d/".repeat(2_000)}${path}`, text }));
    const found = parseManifests(deep).diagnostics;
    const warnings = found.map((diagnostic) => ({ ...diagnostic, severity: "warning" }) as const);
    const limited = limitDiagnostics([...found, ...warnings]);
    expect(JSON.stringify(limited).length).toBeLessThan(2 * MAX_DIAGNOSTIC_CHARACTERS + 20_000);
    expect(limited.length).toBeGreaterThan(200);
    const rest = limited.filter(({ code }) => code === "more-diagnostics").map(({ summary }) => summary);
    const count = limited.length / 2 - 1;
    expect(rest).toEqual(["error", "warning"].map((word) => expect.stringContaining(`only ${count} ${word}s in all`)));
    const [error] = found;
    if (error === undefined) return expect.fail();
    const large = { ...error, summary: "s".repeat(MAX_DIAGNOSTIC_CHARACTERS) };
    expect(limitDiagnostics([large])).toEqual([large]);
  });

  test("never push out the errors when warnings come first", () => {
    const [error] = parseManifests(files).diagnostics;
    const warnings = Array.from({ length: 5 }, () => ({ ...error, severity: "warning", file: "a" }) as const);
    const mixed = [...warnings, ...(error === undefined ? [] : [error])] as Parameters<typeof limitDiagnostics>[0];
    expect(limitDiagnostics(mixed, 2).map(({ severity }) => severity)).toEqual([
      "warning",
      "warning",
      "warning",
      "error",
    ]);
  });

  test("among very many names stay cheap to suggest for", () => {
    const clusters = Array.from({ length: 5000 }, (_, index) => `name: cluster-${index}\n`).join("---\n");
    const queues = Array.from(
      { length: 3000 },
      (_, index) => `name: q${index}\nrun_concurrency: 1\naction_concurrency: 1\nclusters: [clutser-${index}]\n`,
    ).join("---\n");
    const { diagnostics } = readDocuments({ "clusters/all.yaml": clusters, "queues/all.yaml": queues });
    expect(diagnostics).toHaveLength(MAX_DIAGNOSTICS + 1);
    expect(diagnostics[0]?.summary).toContain('did you mean "cluster-');
  });
});
