import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkFlyteClusters } from "../../../src/manifests/flyte-clusters/check-flyte-clusters.ts";
import { nameClusters } from "../../../src/manifests/flyte-clusters/name-token-secrets.ts";
import { parseFlyteClusters } from "../../../src/manifests/flyte-clusters/parse-flyte-clusters.ts";
import { renderFlyteClusters } from "../../../src/manifests/flyte-clusters/render-flyte-clusters.ts";
import { resolveLabels } from "../../../src/manifests/flyte-clusters/resolve-labels.ts";
import { parseDocuments } from "../../../src/manifests/yaml/parse-documents.ts";
import { NAME_PATTERN } from "../../../src/model/address.ts";
import type { FlyteClustersBody } from "../../../src/model/objects/flyte-clusters.ts";

const word = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const id = fc.oneof(fc.constantFrom("one", "dataplane_1", "dataplane-1", "Data Plane", "yes", "1.0", "~"), word);
const weight = fc.oneof(
  fc.constantFrom(0, 1, "0.5", ".25", "1e-3"),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);
const path = word.map((name) => `/var/run/credentials/${name}`);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const leaf = fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null));
const helm = fc.dictionary(
  word,
  fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(word, leaf, { maxKeys: 3 })),
  {
    maxKeys: 4,
  },
);

const config = fc.record(
  {
    name: id,
    endpoint: maybe(fc.oneof(word, fc.constant("https://one.example.com:443"))),
    enabled: maybe(fc.boolean()),
    inCluster: maybe(fc.boolean()),
    auth: maybe(fc.record({ type: maybe(word), tokenPath: maybe(path), certPath: maybe(path) })),
    kubeClientConfig: maybe(fc.record({ qps: fc.nat(), timeout: fc.constant("30s") })),
  },
  { requiredKeys: ["name"] },
);
const entries = fc.array(fc.record({ id, weight: maybe(weight) }), { maxLength: 3 });
const labels = fc.oneof(
  fc.dictionary(word, entries, { maxKeys: 4 }),
  fc.array(
    fc.tuple(word, entries).map(([label, members]) => ({ [label]: members })),
    { minLength: 1, maxLength: 4 },
  ),
);
const OURS = ["kind", "name", "previously", "lifecycle", "delivery", "flyteadmin", "configmap"];
const body: fc.Arbitrary<FlyteClustersBody> = fc
  .record({ configs: fc.array(config, { maxLength: 4 }), labels, fallback: maybe(word), admin: helm, others: helm })
  .map(({ configs, labels, fallback, admin, others }) => {
    const rest = Object.fromEntries(Object.entries(others).filter(([key]) => !OURS.includes(key)));
    const clusters = { clusterConfigs: configs, labelClusterMap: labels, defaultExecutionLabel: fallback ?? null };
    // Undefined fields are fields that were left out.
    return structuredClone({ ...rest, flyteadmin: admin, configmap: { clusters } }) as FlyteClustersBody;
  });

function readBack(text: string) {
  const { documents, broken } = parseDocuments(text);
  expect(broken).toEqual([]);
  return parseFlyteClusters(documents[0]?.value as FlyteClustersBody, "prod");
}

const valuesOf = (files: ReturnType<typeof renderFlyteClusters>) =>
  files.find((file) => file.path === "prod/values-override.yaml")?.text ?? "";

describe("rendering", () => {
  test("what is rendered reads back as the same value, and renders to the same bytes", () => {
    fc.assert(
      fc.property(body, (written) => {
        const value = parseFlyteClusters(written, "prod");
        const files = renderFlyteClusters(value);
        const again = readBack(valuesOf(files));
        expect(again).toEqual(value);
        expect(renderFlyteClusters(again)).toEqual(files);
      }),
      { numRuns: 300 },
    );
  });

  test("no two files have one path, and every other file is YAML", () => {
    fc.assert(
      fc.property(body, (written) => {
        const files = renderFlyteClusters(parseFlyteClusters(written, "prod"));
        expect(new Set(files.map((file) => file.path)).size).toBe(files.length);
        for (const { text } of files.filter((file) => file.path.endsWith(".yaml")))
          expect(parseDocuments(text).broken).toEqual([]);
      }),
    );
  });

  test("each cluster has a Kubernetes name of its own, whatever the order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 8 }), (ids) => {
        const configs = ids.map((name) => ({ name }));
        const names = (list: readonly { name: string }[]) =>
          nameClusters(parseFlyteClusters({ configmap: { clusters: { clusterConfigs: list } } }, "prod"));
        const given = names(configs);
        expect(new Set(given.values()).size).toBe(ids.length);
        for (const name of given.values())
          expect(`${name}-token`).toSatisfy((text: string) => NAME_PATTERN.test(text) && text.length <= 63);
        expect(new Map([...names(configs.toReversed())].sort())).toEqual(new Map([...given].sort()));
      }),
    );
  });

  test("checking ends for anything, leaves its input alone, and the shares of a label sum to 1", () => {
    fc.assert(
      fc.property(body, (written) => {
        const value = parseFlyteClusters(written, "prod");
        const before = structuredClone(value);
        const findings = checkFlyteClusters(value, new Map());
        expect(value).toEqual(before);
        if (findings.some(({ code }) => code === "weight-out-of-range")) return;
        for (const shares of resolveLabels(value).values())
          expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
      }),
    );
  });
});
