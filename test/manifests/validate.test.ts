import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { runPrintSchema } from "../../src/cli/commands/print-schema.ts";
import { runValidate } from "../../src/cli/commands/validate.ts";
import { KIND_TITLES } from "../../src/kinds/registry.ts";
import { renderDiagnostics } from "../../src/report/text/render-diagnostics.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

/** What the running test writes to stdout. */
function captureOutput(): () => string {
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  return () => written.mock.calls.map(([text]) => String(text)).join("");
}

function writeQueue(text: string): string {
  const folder = makeTemporaryFolder();
  mkdirSync(join(folder, "queues"));
  writeFileSync(
    join(folder, "queues", "batch.yaml"),
    `name: batch\nrun_concurrency: 5\naction_concurrency: 5\n${text}`,
  );
  return folder;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("validate", () => {
  test("of a valid folder says what it holds and exits with 0", async () => {
    const output = captureOutput();
    expect(await runValidate({ dir: writeQueue(""), json: false, colour: false })).toBe(0);
    expect(output()).toBe("Valid: 0 cluster pools, 0 clusters, 1 queue.\n");
  });

  test("counts the objects of every kind that the folder holds", async () => {
    const folder = writeQueue("");
    const files = {
      "settings/org.yaml": "run.default_queue: batch\n",
      "cluster-pool-maps/map.yaml": "prod: []\n",
      "cluster-pool-attributes/ml.yaml":
        "project: ml\nclusterPoolName: prod\n---\nproject: web\nclusterPoolName: prod\n",
      "execution-cluster-labels/ml.yaml": "project: ml\nvalue: gpu\n",
      "flyte-clusters/flyte.yaml": "configmap: { clusters: { labelClusterMap: {}, clusterConfigs: [] } }\n",
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(path)));
      writeFileSync(join(folder, path), text);
    }
    const output = captureOutput();
    expect(await runValidate({ dir: folder, json: false, colour: false })).toBe(0);
    expect(output()).toContain(
      "Valid: 0 cluster pools, 0 clusters, 1 queue, 1 settings scope, 1 cluster pool map, 2 cluster pool attributes, 1 Flyte control plane, 1 execution cluster label.\n",
    );
  });

  test("of a wrong folder shows place, address and remedy, and exits with 3", async () => {
    const output = captureOutput();
    expect(await runValidate({ dir: writeQueue("prioritty: min\n"), json: false, colour: false })).toBe(3);
    expect(output()).toBe(
      [
        'Error: Unknown field "prioritty"; did you mean "priority"? [unknown-field]',
        "  on queues/batch.yaml:4:1, queue.batch",
        '  Write "priority", or remove the field.',
        "",
        "1 error",
        "",
      ].join("\n"),
    );
  });

  test("with warnings alone exits with 0", async () => {
    const output = captureOutput();
    expect(await runValidate({ dir: writeQueue("lifecycle: {await: healthy}\n"), json: false, colour: false })).toBe(0);
    expect(output()).toContain("Warning: lifecycle.await has no effect here [no-effect]");
  });

  test("as JSON prints one document with the diagnostics and nothing else", async () => {
    const output = captureOutput();
    expect(await runValidate({ dir: writeQueue("clusters: []\n"), json: true, colour: false })).toBe(3);
    expect(JSON.parse(output())).toEqual({
      diagnostics: [
        {
          severity: "error",
          code: "empty-selector",
          summary: "The selector is empty",
          detail: 'Name the clusters, or write ["*"] for all clusters of the pool.',
          file: "queues/batch.yaml",
          line: 4,
          column: 11,
          address: "queue.batch",
        },
      ],
    });
  });

  test("as JSON of a valid folder prints an empty list", async () => {
    const output = captureOutput();
    expect(await runValidate({ dir: writeQueue(""), json: true, colour: false })).toBe(0);
    expect(JSON.parse(output())).toEqual({ diagnostics: [] });
  });
});

describe("a diagnostic as text", () => {
  test("shows no control characters of a file's name or content", () => {
    const text = String(
      renderDiagnostics([
        {
          severity: "error",
          code: "yaml-syntax",
          summary: "a\u001b[31m",
          detail: "b\u0007",
          file: "c\n.yaml",
          line: 1,
          column: 1,
          address: null,
        },
      ]),
    );
    expect(text).toBe("Error: a\\u001b[31m [yaml-syntax]\n  on c\\u000a.yaml:1:1\n  b\\u0007\n\n1 error\n");
  });
});

describe("schema", () => {
  test.each(["ClusterPool", "cluster-pool", "cluster_pool", "CLUSTERPOOL"])(
    "of %s prints the schema of pools",
    async (kind) => {
      const output = captureOutput();
      expect(await runPrintSchema({ kind })).toBe(0);
      expect(JSON.parse(output())).toMatchObject({ title: "ClusterPool", additionalProperties: false });
    },
  );

  test.each(KIND_TITLES)("of %s prints the schema of that kind", async (kind) => {
    const output = captureOutput();
    expect(await runPrintSchema({ kind })).toBe(0);
    expect(JSON.parse(output())).toMatchObject({ title: kind });
  });

  test("of something else names the kinds that there are", async () => {
    await expect(runPrintSchema({ kind: "Pod" })).rejects.toThrow(/ClusterPool, Cluster, Queue/);
  });
});
