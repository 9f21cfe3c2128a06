import { describe, expect, test } from "vitest";
import { resolveDesired } from "../../../src/manifests/desired/resolve-desired.ts";
import { parseManifests } from "../../../src/manifests/parse-manifests.ts";
import { readDocuments } from "../read-documents.ts";

const DEFAULT_LIFECYCLE = {
  prevent_destroy: false,
  on_remove: "delete",
  ignore_changes: [],
  drain_timeout_ms: null,
  await: "registered",
};

/** What files want that are valid, warnings aside. */
function wantedBy(files: Readonly<Record<string, string>>) {
  const { desired, diagnostics } = readDocuments(files);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return desired;
}

describe("settings", () => {
  test("of a project have its scope in their name and every value in the form that is compared", () => {
    const text = `
scope: { domain: production, project: ml }
authoritative: true
settings:
  run.max_action_concurrency: 7
  task_resource.min.cpu: 1000m
  task_resource.mirror_limits_request: false
  task_resource.default_accelerator: H100
  security.service_account: ~unset
  labels: { team: ml, cost-center: "12" }
`;
    expect(wantedBy({ "settings/ml.yaml": text }).settings).toEqual([
      {
        kind: "settings",
        address: "settings.ORG/production/ml",
        name: "ORG/production/ml",
        previously: null,
        lifecycle: DEFAULT_LIFECYCLE,
        source: { file: "settings/ml.yaml", line: 2 },
        scope: { domain: "production", project: "ml" },
        authoritative: true,
        sensitive: [],
        values: {
          "run.max_action_concurrency": "7",
          "security.service_account": "~unset",
          "task_resource.min.cpu": "1",
          "task_resource.mirror_limits_request": false,
          "task_resource.default_accelerator": "nvidia-h100",
          labels: { "cost-center": "12", team: "ml" },
        },
      },
    ]);
  });

  test("of the organization are named after it, where it is known", () => {
    const files = [{ path: "settings/org.yaml", text: "settings: {}\n---\nscope: {domain: dev}\n" }];
    const { desired } = resolveDesired(parseManifests(files, { org: "acme" }).manifests);
    expect(desired.settings.map(({ address, scope }) => [address, scope])).toEqual([
      ["settings.acme", { domain: null, project: null }],
      ["settings.acme/dev", { domain: "dev", project: null }],
    ]);
  });

  test("say the same under `settings` and on the top level", () => {
    const { settings } = wantedBy({
      "settings/a.yaml": "scope: {domain: a}\nsettings:\n  task_resource.max.memory: 1024Mi\n",
      "settings/b.yaml": "scope: {domain: b}\ntask_resource.max.memory: 1Gi\n",
    });
    expect(settings[0]?.values).toEqual(settings[1]?.values);
  });
});

describe("attributes and labels", () => {
  test("of a project, a domain and a workflow are told by their scope", () => {
    const { rows } = wantedBy({
      "execution-cluster-labels/a.yaml":
        "project: ml\nvalue: gpu\n---\nproject: ml\ndomain: dev\nvalue: cpu\n---\nproject: ml\ndomain: dev\nworkflow: my wf.main\nvalue: Gpu\n",
      "cluster-pool-attributes/a.yaml":
        "domain: dev\nproject: ml\nclusterPoolName: default\nlifecycle: {on_remove: orphan}\n",
    });
    expect(rows.execution_cluster_label.map(({ address, scope, value }) => [address, scope, value])).toEqual([
      ["execution_cluster_label.ml", { project: "ml", domain: null, workflow: null }, "gpu"],
      ["execution_cluster_label.ml/dev", { project: "ml", domain: "dev", workflow: null }, "cpu"],
      ["execution_cluster_label.ml/dev/my wf.main", { project: "ml", domain: "dev", workflow: "my wf.main" }, "Gpu"],
    ]);
    expect(rows.cluster_pool_attributes).toMatchObject([
      { kind: "cluster_pool_attributes", name: "ml/dev", value: "default", lifecycle: { on_remove: "orphan" } },
    ]);
  });

  test("with an empty workflow hold in the whole domain", () => {
    const { rows } = wantedBy({
      "execution-cluster-labels/a.yaml": 'project: ml\ndomain: dev\nworkflow: ""\nvalue: gpu\n',
    });
    expect(rows.execution_cluster_label).toMatchObject([{ name: "ml/dev", scope: { workflow: null } }]);
  });
});

describe("a map of pools", () => {
  test("is named after its file, and keeps the order of pools and clusters", () => {
    const { pool_maps } = wantedBy({
      "cluster-pool-maps/prod.yaml":
        "kind: ClusterPoolMap\nlifecycle: {prevent_destroy: true}\nzebra: [west, east]\nant: [north]\n",
    });
    expect(pool_maps).toMatchObject([
      {
        address: "cluster_pool_map.prod",
        lifecycle: { prevent_destroy: true },
        pools: [
          { pool: "zebra", clusters: ["west", "east"] },
          { pool: "ant", clusters: ["north"] },
        ],
      },
    ]);
  });
});

describe("Flyte's clusters", () => {
  const clusters =
    "configmap:\n  clusters:\n    labelClusterMap: {a: [{id: cp, weight: 1}]}\n    clusterConfigs:\n      - {name: cp, enabled: true, inCluster: true}\n";

  test("are named by their body or their file, and bring their rendered files", () => {
    const { flyte_clusters } = wantedBy({
      "flyte-clusters/values-override.yaml": clusters,
      "flyte-clusters/other.yml": `name: second\npreviously: first\n${clusters}`,
    });
    expect(flyte_clusters).toMatchObject([
      { address: "flyte_clusters.second", previously: "first", value: { name: "second" } },
      { address: "flyte_clusters.values-override", previously: null, lifecycle: DEFAULT_LIFECYCLE },
    ]);
    for (const { name, files } of flyte_clusters) {
      expect(files.length).toBeGreaterThan(0);
      expect(files.every(({ path }) => path.startsWith(`${name}/`))).toBe(true);
    }
  });
});
