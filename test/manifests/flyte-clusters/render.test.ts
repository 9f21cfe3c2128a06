import { globSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { renderFlyteClusters } from "../../../src/manifests/flyte-clusters/render-flyte-clusters.ts";
import { parseDocuments } from "../../../src/manifests/yaml/parse-documents.ts";
import { readFixture, readText } from "./read-fixture.ts";

const CASES = join(import.meta.dirname, "cases");

describe.each(readdirSync(CASES))("the files rendered for %s", (situation) => {
  const folder = join(CASES, situation);
  const { value } = readFixture(join(folder, "input.yaml"));
  const files = renderFlyteClusters(value);

  test("are those of the case, and no others", async () => {
    const found = globSync("rendered/**/*.*", { cwd: folder }).map((path) => relative("rendered", path));
    for (const { path, text } of files) await expect(text).toMatchFileSnapshot(join(folder, "rendered", path));
    if (found.length > 0) expect(found.sort()).toEqual(files.map(({ path }) => path));
  });

  test("are YAML, each document a map, sorted by path", () => {
    for (const { path, text } of files.filter((file) => file.path.endsWith(".yaml"))) {
      const { documents, broken } = parseDocuments(text);
      expect([path, broken]).toEqual([path, []]);
      for (const document of documents) expect(document.value).toEqual(expect.any(Object));
    }
    expect(files.map(({ path }) => path)).toEqual(files.map(({ path }) => path).toSorted());
  });

  test("give the same clusters and labels when they are read back", () => {
    const text = files.find(({ path }) => path.endsWith("/values-override.yaml"))?.text ?? "";
    const { name, delivery } = value;
    expect({ ...readText(text).value, name, delivery }).toEqual(value);
  });
});

describe("the rendered Helm values", () => {
  const render = (text: string) =>
    renderFlyteClusters(readText(text).value).find(({ path }) => path.endsWith("/values-override.yaml"))?.text ?? "";
  const CLUSTERS = `configmap:
  clusters:
    labelClusterMap: { label1: [{ id: one, weight: 1 }] }
    clusterConfigs:
      - name: one
        endpoint: https://one.example.com
        enabled: true
        auth: { tokenPath: /var/run/credentials/one_token, certPath: /var/run/credentials/one_ca }
`;

  test("a missing volume and mount are added", () => {
    expect(render(CLUSTERS)).toContain("mountPath: /var/run/credentials\n");
    expect(render(CLUSTERS)).toContain("secretName: cluster-credentials\n");
  });

  test("the volume of another name that holds the Secret is mounted, and not a second one", () => {
    const volume = "flyteadmin:\n  additionalVolumes: [{ name: mine, secret: { secretName: cluster-credentials } }]\n";
    const text = render(`${volume}${CLUSTERS}`);
    expect(text).toContain("- name: mine\n      mountPath: /var/run/credentials\n");
    expect(text.match(/secretName/g)).toHaveLength(1);
  });

  test("a mount that is there already is left as it is", () => {
    const mounts = `flyteadmin:
  additionalVolumes: [{ name: v, secret: { secretName: other } }]
  additionalVolumeMounts: [{ name: v, mountPath: /var/run }]
`;
    expect(render(`${mounts}${CLUSTERS}`).match(/mountPath/g)).toHaveLength(1);
  });

  test("fields of the manifest that are no Helm values are left out", () => {
    const own = "kind: FlyteClusters\nname: prod\npreviously: old\nlifecycle: { prevent_destroy: true }\n";
    expect(Object.keys(parseDocuments(render(`${own}${CLUSTERS}`)).documents[0]?.value as object)).toEqual([
      "flyteadmin",
      "configmap",
    ]);
  });

  test("text that reads as another type elsewhere stays text", () => {
    const text = render(`${CLUSTERS}image: { tag: "1.10", flag: "yes", octal: "017", time: "1:20" }\n`);
    expect(text).toContain('tag: "1.10"\n  flag: "yes"\n  octal: "017"\n  time: "1:20"\n');
  });
});
