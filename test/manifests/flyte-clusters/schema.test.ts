import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import schema from "../../../schemas/flyte-clusters.json" with { type: "json" };
import settings from "../../../schemas/settings.json" with { type: "json" };
import { explainSchemaErrors } from "../../../src/manifests/problems/explain-schema-errors.ts";
import { compileSchema } from "../../../src/manifests/yaml/compile-schema.ts";
import { parseDocuments } from "../../../src/manifests/yaml/parse-documents.ts";
import { createSuggestNearest } from "../../../src/model/text/suggest-nearest.ts";

const check = compileSchema(schema);
const SEED = readFileSync(join(import.meta.dirname, "cases", "one-data-plane", "input.yaml"), "utf8");

function explain(text: string) {
  const errors = check(parseDocuments(text).documents[0]?.value);
  return explainSchemaErrors(errors, createSuggestNearest()).map(({ code, summary }) => `${code}: ${summary}`);
}

function findUndescribed(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const nested = findUndescribed(inner, `${path}/${key}`);
    if (key !== "properties") return nested;
    const fields = Object.entries<object>(inner).filter(([, field]) => !("description" in field || "$ref" in field));
    return [...nested, ...fields.map(([field]) => `${path}/${field}`)];
  });
}

describe("the schema of FlyteClusters", () => {
  test("is valid JSON Schema 2020-12, and its own examples follow it", () => {
    const validate = new Ajv2020({ strict: false }).compile(schema);
    for (const example of schema.examples) expect([validate(example), validate.errors]).toEqual([true, null]);
  });

  test("describes every field, and has the lifecycle and the names of the other kinds", () => {
    expect(findUndescribed(schema, "")).toEqual([]);
    const { lifecycle, name } = settings.$defs;
    expect(schema.$defs).toMatchObject({ lifecycle, name });
  });

  test("a values file of the documents follows it unchanged", () => {
    expect(explain(SEED)).toEqual([]);
  });

  test("any other Helm value is taken", () => {
    expect(explain(`${SEED}\ncommon: { ingress: { host: a } }\nanything: [1, two, null]\n`)).toEqual([]);
  });

  test("a field of a cluster that flyteadmin would ignore is a mistake with the nearest known name", () => {
    const wrong = SEED.replace("tokenPath:", "tokenpath:").replace("endpoint:", "endpont:");
    expect(explain(wrong)).toEqual([
      'unknown-field: Unknown field "endpont" in "configmap.clusters.clusterConfigs[0]"; did you mean "endpoint"?',
      'unknown-field: Unknown field "tokenpath" in "configmap.clusters.clusterConfigs[0].auth"; did you mean "tokenPath"?',
    ]);
  });

  test("a misspelt field beside the clusters is a mistake too", () => {
    expect(explain(SEED.replace("labelClusterMap:", "labelClustersMap:"))).toEqual([
      'unknown-field: Unknown field "labelClustersMap" in "configmap.clusters"; did you mean "labelClusterMap"?',
    ]);
  });

  test.each([
    ["a weight that is no number", SEED.replace("weight: 1", "weight: all"), "wrong-value"],
    ["enabled as a word of YAML 1.1", SEED.replace("enabled: true", "enabled: yes"), "wrong-type"],
    [
      "an empty label map",
      SEED.replace(/labelClusterMap:[\s\S]*?clusterConfigs/, "labelClusterMap:\n   clusterConfigs"),
      "wrong-type",
    ],
    ["no clusters at all", "configmap: {}\n", "missing-field"],
    ["a folder that leads out", `${SEED}\ndelivery: { path: ../elsewhere }\n`, "wrong-value"],
    [
      "two labels in one entry of the list",
      SEED.replace(/labelClusterMap:[\s\S]*?clusterConfigs/, "labelClusterMap: [{ a: [], b: [] }]\n   clusterConfigs"),
      "too-long",
    ],
  ])("%s is refused", (_what, text, code) => {
    expect(explain(text)[0]).toMatch(new RegExp(`^${code}: `));
  });
});
