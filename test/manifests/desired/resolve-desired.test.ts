import { describe, expect, test } from "vitest";
import { resolveDesired } from "../../../src/manifests/desired/resolve-desired.ts";
import { parseManifests } from "../../../src/manifests/parse-manifests.ts";
import type { DesiredCluster, DesiredPool, DesiredQueue } from "../../../src/model/objects/desired.ts";
import { readDocuments } from "../read-documents.ts";

const DEFAULT_LIFECYCLE = {
  prevent_destroy: false,
  on_remove: "delete",
  ignore_changes: [],
  drain_timeout_ms: null,
  await: "registered",
};

function queueOf(text: string): DesiredQueue | undefined {
  const { desired, diagnostics } = readDocuments({
    "queues/q.yaml": `name: q\nrun_concurrency: 1\naction_concurrency: 2\n${text}`,
  });
  expect(diagnostics).toEqual([]);
  return desired.queues[0];
}

function clusterOf(text: string): DesiredCluster | undefined {
  const { desired, diagnostics } = readDocuments({ "clusters/c.yaml": `name: c\n${text}` });
  expect(diagnostics).toEqual([]);
  return desired.clusters[0];
}

function poolOf(config: string): DesiredPool | undefined {
  const { desired, diagnostics } = readDocuments({ "pools/p.yaml": `name: p\nconfig:\n${config}` });
  expect(diagnostics).toEqual([]);
  return desired.pools[0];
}

describe("a queue manifest", () => {
  test("that names only what is required gets the defaults, and declares only what it names", () => {
    expect(queueOf("")).toEqual({
      kind: "queue",
      address: "queue.q",
      name: "q",
      previously: null,
      lifecycle: DEFAULT_LIFECYCLE,
      source: { file: "queues/q.yaml", line: 1 },
      spec: {
        cluster_pool: "default",
        clusters: ["*"],
        run_concurrency: 1,
        action_concurrency: 2,
        depth: 10_000,
        priority: "medium",
        fairness: "round_robin",
        scheduling: "strict_fifo",
        max_resources: {},
        max_accelerators: {},
      },
      declared: ["run_concurrency", "action_concurrency"],
      state: "active",
    });
  });

  test("keeps quantities as text and words in lower case", () => {
    const queue = queueOf(
      "priority: MAX\nmax_resources: {cpu: 4, memory: 0.5}\nmax_accelerators: {H100: 8}\nstate: DRAINED\n",
    );
    expect(queue?.spec).toMatchObject({
      priority: "max",
      max_resources: { cpu: "4", memory: "0.5" },
      max_accelerators: { H100: 8 },
    });
    expect(queue?.declared).toEqual([
      "run_concurrency",
      "action_concurrency",
      "priority",
      "max_resources",
      "max_accelerators",
    ]);
    expect(queue?.state).toBe("drained");
  });

  test("with the upstream buffer's `scheduling: unspecified` asks for no scheduling", () => {
    const queue = queueOf("scheduling: unspecified\n");
    expect(queue?.spec.scheduling).toBe("unspecified");
    expect(queue?.declared).not.toContain("scheduling");
  });

  test("counts a null limit as left out", () => {
    expect(queueOf("depth: null\npriority:\n")?.declared).toEqual(["run_concurrency", "action_concurrency"]);
  });

  test("gives its lifecycle with durations in milliseconds", () => {
    const queue = queueOf(
      "previously: old\nlifecycle: {drain_timeout: 2h, prevent_destroy: true, on_remove: orphan, ignore_changes: [depth]}\n",
    );
    expect(queue?.previously).toBe("old");
    expect(queue?.lifecycle).toEqual({
      prevent_destroy: true,
      on_remove: "orphan",
      ignore_changes: ["depth"],
      drain_timeout_ms: 7_200_000,
      await: "registered",
    });
  });
});

describe("a cluster manifest", () => {
  test("that names nothing is active in the pool default and leaves its queue as it is", () => {
    expect(clusterOf("")).toMatchObject({
      pool: "default",
      state: "active",
      data_plane: null,
      registration: { name: null, previous: null },
      queue: null,
    });
  });

  test("gives the limits of its co-named queue as far as they are named", () => {
    expect(clusterOf("queue: {depth: 5, fairness: null}\n")?.queue).toEqual({ depth: 5 });
    expect(clusterOf("queue: {}\n")?.queue).toEqual({});
  });

  test("gives the parts of its data plane that it names", () => {
    expect(
      clusterOf("data_plane: {object_store_ref: {uri: s3://b}, image_registry: {locator: ''}}\n")?.data_plane,
    ).toEqual({
      object_store_ref: { uri: "s3://b", endpoint: "" },
      secret_store: null,
      image_registry: null,
    });
  });

  test("without a pool is in the pool that lists it", () => {
    const { desired } = readDocuments({
      "pools/p.yaml":
        "name: p\nmember_clusters: [d, c]\nconfig: {object_store_ref: {uri: s3://b}, secret_store: {type: VAULT}}\n",
      "clusters/c.yaml": "name: c\nregistration: {name: c-2}\n",
    });
    expect(desired.clusters.map(({ name, pool, source }) => ({ name, pool, source }))).toEqual([
      { name: "c", pool: "p", source: { file: "clusters/c.yaml", line: 1 } },
      { name: "d", pool: "p", source: { file: "pools/p.yaml", line: 1 } },
    ]);
    expect(desired.clusters[1]).toMatchObject({ address: "cluster.d", state: "active", lifecycle: DEFAULT_LIFECYCLE });
  });
});

describe("a pool manifest", () => {
  test("without endpoint, locator and registry has empty texts and no registry", () => {
    expect(poolOf("  object_store_ref: {uri: s3://b}\n  secret_store: {type: VAULT}\n")?.config).toEqual({
      object_store_ref: { uri: "s3://b", endpoint: "" },
      secret_store: { type: "VAULT", locator: "" },
      image_registry: null,
    });
  });

  test("with the empty registry of the upstream template has none", () => {
    const config =
      "  object_store_ref: {uri: s3://b, endpoint: ''}\n  secret_store: {type: VAULT, locator: ''}\n  image_registry: {locator: ''}\n";
    expect(poolOf(config)?.config.image_registry).toBeNull();
  });
});

describe("many manifests", () => {
  const files = Array.from({ length: 300 }, (_, index) => ({
    path: `queues/${(index * 7) % 300}.yaml`,
    text: `name: q${(index * 7) % 300}\nrun_concurrency: 1\naction_concurrency: 1\n`,
  }));

  test("come out sorted by name, whatever the order of the files", () => {
    const { manifests } = parseManifests(files);
    const { desired } = resolveDesired(manifests);
    expect(desired).toEqual(resolveDesired(manifests.toReversed()).desired);
    const names = desired.queues.map((queue) => queue.name);
    expect(names).toEqual(names.toSorted());
  });

  test("are left as they are", () => {
    const { manifests } = parseManifests(files);
    const before = JSON.stringify(manifests);
    resolveDesired(manifests);
    expect(JSON.stringify(manifests)).toBe(before);
  });
});
