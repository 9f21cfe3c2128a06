import { describe, expect, test } from "vitest";
import { readDocuments } from "./read-documents.ts";

/** A valid folder whose documents refer to each other and name every field. */
const FOLDER: Readonly<Record<string, Record<string, unknown>>> = {
  "pools/prod.yaml": {
    name: "prod",
    previously: "production",
    member_clusters: ["west", "north"],
    config: {
      object_store_ref: { uri: "s3://prod/union", endpoint: "https://s3.example.com" },
      secret_store: { type: "VAULT", locator: "secret/prod" },
      image_registry: { locator: "registry.example.com/prod" },
    },
    lifecycle: { prevent_destroy: true, on_remove: "orphan", ignore_changes: ["config"] },
  },
  "pools/dev.yaml": {
    name: "dev",
    config: { object_store_ref: { uri: "s3://dev" }, secret_store: { type: "KUBERNETES" } },
  },
  "clusters/east.yaml": {
    kind: "Cluster",
    name: "east",
    previously: "far-east",
    pool: "prod",
    state: "active",
    data_plane: {
      object_store_ref: { uri: "s3://prod/union", endpoint: "https://s3.example.com" },
      secret_store: { type: "VAULT", locator: "secret/prod" },
      image_registry: { locator: "registry.example.com/prod" },
    },
    registration: { name: "east-2", previous: "east-1" },
    queue: { run_concurrency: 1, depth: 5, max_accelerators: { H100: 8 } },
    lifecycle: { await: "healthy", drain_timeout: "5m" },
  },
  "clusters/west.yaml": { name: "west" },
  "clusters/south.yaml": { name: "south", state: "drained", pool: "dev" },
  "queues/batch.yaml": {
    kind: "Queue",
    name: "batch",
    previously: "bulk",
    cluster_pool: "prod",
    clusters: ["east", "west", "north"],
    run_concurrency: 20,
    action_concurrency: 400,
    depth: 5000,
    priority: "min",
    fairness: "round_robin",
    scheduling: "strict_fifo",
    max_resources: { cpu: 4, memory: "16Gi", ephemeral_storage: "1Ti" },
    max_accelerators: { "nvidia-h100": 8, A100: 2 },
    state: "active",
    lifecycle: { drain_timeout: "2h", ignore_changes: ["depth", "max_resources.cpu"] },
  },
  "queues/dev.yaml": { name: "dev-all", cluster_pool: "dev", run_concurrency: 1, action_concurrency: 1 },
  "settings/ml.yaml": {
    kind: "Settings",
    scope: { domain: "production", project: "ml" },
    authoritative: true,
    settings: {
      "run.default_queue": "batch",
      "run.max_action_concurrency": 5,
      "run.run_base_dir": "s3://prod/runs",
      "task_resource.min.cpu": "500m",
      "task_resource.default_accelerator": "H100",
      labels: { team: "ml" },
      "app.disallow_anonymous": true,
    },
    lifecycle: { prevent_destroy: true, on_remove: "orphan" },
  },
  "settings/org.yaml": { "run.default_queue": "east", "task_resource.mirror_limits_request": "~unset" },
  "cluster-pool-maps/map.yaml": {
    kind: "ClusterPoolMap",
    "near-cp": ["east", "west"],
    "far-cp": ["south"],
    lifecycle: { prevent_destroy: true },
  },
  "cluster-pool-attributes/ml.yaml": {
    kind: "ClusterPoolAttributes",
    project: "ml",
    domain: "production",
    workflow: "train.main",
    clusterPoolName: "near-cp",
    lifecycle: { on_remove: "orphan" },
  },
  "cluster-pool-attributes/web.yaml": { project: "web", domain: "production", clusterPoolName: "far-cp" },
  "cluster-pool-attributes/all.yaml": { project: "web", clusterPoolName: "prod" },
  "execution-cluster-labels/ml.yaml": {
    kind: "ExecutionClusterLabel",
    project: "ml",
    domain: "production",
    workflow: "train.main",
    value: "gpu",
    lifecycle: { prevent_destroy: true },
  },
  "execution-cluster-labels/web.yaml": { project: "web", domain: "production", value: "cpu" },
  "flyte-clusters/flyte.yaml": {
    kind: "FlyteClusters",
    name: "flyte",
    previously: "flyte-old",
    lifecycle: { prevent_destroy: true },
    delivery: {
      path: "out/flyte",
      namespace: "flyte",
      secrets: "external-secrets",
      secret_store: { name: "vault", kind: "SecretStore" },
      remote_key: "flyte/{cluster}",
    },
    configmap: {
      clusters: {
        defaultExecutionLabel: "cpu",
        labelClusterMap: { gpu: [{ id: "dp1", weight: 1 }], cpu: [{ id: "cp", weight: 1 }] },
        clusterConfigs: [
          {
            name: "dp1",
            endpoint: "https://dp1.example.com:443",
            enabled: true,
            auth: {
              type: "file_path",
              tokenPath: "/var/run/credentials/dp1_token",
              certPath: "/var/run/credentials/dp1_cacert",
            },
            kubeClientConfig: { qps: 10, burst: 20, timeout: "30s" },
          },
          { name: "cp", enabled: true, inCluster: true },
        ],
      },
    },
  },
};

type Path = readonly string[];
type Edit = (parent: object, key: string) => void;

const PLACES = Object.entries(FOLDER).flatMap(([file, body]) => listPaths(body).map((path): Path => [file, ...path]));

function listPaths(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [[key], ...listPaths(child).map((path) => [key, ...path])]);
}

/** What is wrong with the folder once the value at one place is edited, as `file code`. */
function findAfter(path: Path, edit: Edit): string[] {
  const folder = structuredClone(FOLDER);
  const parent = path.slice(0, -1).reduce<object>((node, key) => Reflect.get(node, key), folder);
  edit(parent, String(path.at(-1)));
  const texts = Object.entries(folder).map(([file, body]) => [file, JSON.stringify(body)]);
  return readDocuments(Object.fromEntries(texts)).diagnostics.map(({ file, code }) => `${file} ${code}`);
}

/** Renames a field by leaving a letter out, its place among the others kept. */
function misspell(parent: object, key: string): void {
  const entries = Object.entries(parent);
  for (const [name] of entries) Reflect.deleteProperty(parent, name);
  for (const [name, value] of entries)
    Reflect.set(parent, name === key ? `${key.slice(0, 1)}${key.slice(2)}` : name, value);
}

/** Places whose last step is no field with a name of its own: list entries, keys that are free text, fields of free Helm values. */
function isFree([file, ...path]: Path): boolean {
  const [last = "", parent = ""] = path.toReversed();
  if (file === "flyte-clusters/flyte.yaml" && (path.length === 1 || path.join(".") === "configmap.clusters"))
    return true;
  return (
    /^[0-9]+$/.test(last) || ["max_accelerators", "labels", "labelClusterMap"].includes(parent) || last.endsWith("-cp")
  );
}

const breakType: Edit = (parent, key) => Reflect.set(parent, key, key === "config" ? [] : [[]]);

describe("one mistake in a folder of documents that refer to each other", () => {
  test("there is none to begin with", () => {
    expect(findAfter(["queues/dev.yaml", "run_concurrency"], () => {})).toEqual([]);
  });

  test.each(PLACES)("%s %s %s %s of a wrong type gives one diagnostic, in its file", (...path) => {
    const [file] = path;
    const found = findAfter(path, breakType);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${file} (wrong-type|quoted-integer|wrong-value|bad-.*)$`));
  });

  const fields = PLACES.filter((path) => !isFree(path));

  test.each(fields)("%s %s %s %s misspelt gives one diagnostic, in its file", (...path) => {
    // On the top level of a map of pools, a field that nobody knows is a pool, and its value no list of clusters.
    const isTakenForPool = path[0] === "cluster-pool-maps/map.yaml" && path.length === 2;
    expect(findAfter(path, misspell)).toEqual([`${path[0]} ${isTakenForPool ? "wrong-type" : "unknown-field"}`]);
  });
});
