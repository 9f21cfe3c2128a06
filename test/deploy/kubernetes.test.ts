import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { runDeployTool } from "../set-up/deploy-tools.ts";
import { readValues, renderChart } from "./render-chart.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "deploy", "kubernetes");
const PARTS = ["configmap", "deployment", "networkpolicy", "pdb", "pvc", "service", "serviceaccount"];

/** Lines that only make sense for a release of Helm. */
const HELM_LINES =
  /^ *(helm\.sh\/chart|app\.kubernetes\.io\/managed-by|checksum\/config): .*\n|^ *# Another configuration is another pod\.\n/gm;

/** A rendered file as one would write it by hand. */
function withoutHelm(text: string): string {
  return text
    .replace(HELM_LINES, "")
    .replace(/^ *annotations:\n *# It holds who owns.*\n *helm\.sh\/resource-policy: keep\n/m, "")
    .replace(/^ *annotations:\n(?= *spec:)/m, "")
    .trimStart();
}

describe("the plain manifests", () => {
  test.each(PARTS)("%s.yaml is what the chart renders (-u writes it anew)", async (part) => {
    const { files } = await renderChart(readValues("sqlite"));
    await expect(withoutHelm(files[`${part}.yaml`] ?? "")).toMatchFileSnapshot(join(FOLDER, `${part}.yaml`));
  });

  test("Kubernetes takes them", async () => {
    const files = PARTS.map((part) => join(FOLDER, `${part}.yaml`));
    const { stdout, stderr } = await runDeployTool("kubernetes-validate", ["--strict", "--quiet", ...files]);
    expect(stdout + stderr).toBe("");
  });

  test("the kustomization names all of them", () => {
    const { resources } = Object(load(readFileSync(join(FOLDER, "kustomization.yaml"), "utf8")));
    const files = readdirSync(FOLDER).filter((name) => name !== "kustomization.yaml");
    expect(resources.toSorted()).toEqual(files.toSorted());
  });
});
