import { describe, expect, test } from "vitest";
import { groupRows } from "../../../src/model/objects/desired.ts";
import type { LiveFlyteadmin } from "../../../src/model/objects/live.ts";
import { describeLabelMap } from "../../../src/plan/routing/describe-label-map.ts";
import { factsOfDesired } from "../../../src/plan/routing/facts-of-desired.ts";
import { factsOfLive } from "../../../src/plan/routing/facts-of-live.ts";
import {
  buildDesired,
  buildLive,
  desiredCluster,
  desiredFlyteClusters,
  desiredPoolMap,
  desiredQueue,
  desiredRow,
  desiredSettings,
  flyteClusters,
  liveCluster,
  liveQueue,
  NOT_TOLD,
} from "./build-states.ts";

const CONFIG = {
  object_store_ref: { uri: "s3://gpu", endpoint: "" },
  secret_store: { type: "VAULT", locator: "" },
  image_registry: null,
};
const LIVE = buildLive({
  pools: [{ kind: "cluster_pool", name: "gpu", config: CONFIG, deleted: false, ...NOT_TOLD }],
  clusters: [
    liveCluster("a", "gpu"),
    liveCluster("b", "cpu", { enabled: false, health: "unknown" }),
    liveCluster("old", "gpu", { state: "deleted" }),
  ],
  queues: [liveQueue("q", "gpu", ["a"]), liveQueue("a", "gpu", ["a"])],
});
const FLYTEADMIN: LiveFlyteadmin = {
  endpoint: "http://127.0.0.1:8",
  rows: [
    {
      kind: "execution_cluster_label",
      scope: { project: "ml", domain: "dev", workflow: null },
      launch_plan: null,
      value: "l1",
    },
    {
      kind: "execution_cluster_label",
      scope: { project: "ml", domain: "dev", workflow: "wf" },
      launch_plan: "lp",
      value: "l2",
    },
    {
      kind: "cluster_pool_attributes",
      scope: { project: "old", domain: "dev", workflow: null },
      launch_plan: null,
      value: "p",
    },
  ],
  projects: [
    { id: "ml", name: "ML", domains: ["dev", "prod"], state: "active" },
    { id: "old", name: "Old", domains: ["dev", "prod"], state: "archived" },
  ],
  domains: ["dev", "prod"],
};

describe("facts of the live state", () => {
  test("name what is live, with the bucket of its pool, and leave out what is deleted", () => {
    expect(factsOfLive(LIVE, [], null).clusters).toEqual([
      { name: "a", pool: "gpu", in_service: true, healthy: true, bucket: "s3://gpu", source: 'live cluster "a"' },
      { name: "b", pool: "cpu", in_service: false, healthy: null, bucket: null, source: 'live cluster "b"' },
    ]);
  });

  test("know systems only where there is something of them", () => {
    expect(factsOfLive(LIVE, [], null).systems).toEqual(["queues"]);
    const all = factsOfLive({ ...LIVE, flyteadmin: FLYTEADMIN }, [], null);
    expect(all.systems).toEqual(["queues", "cluster_pool_attributes", "execution_cluster_labels"]);
  });

  test("leave out rows of launch plans, and archived projects as places", () => {
    const facts = factsOfLive({ ...LIVE, flyteadmin: FLYTEADMIN }, [], null);
    expect(facts.labels.map(({ source }) => source)).toEqual(["live row execution_cluster_label.ml/dev"]);
    expect(facts.places).toEqual([
      { project: null, domain: null },
      { project: "ml", domain: "dev" },
      { project: "ml", domain: "prod" },
    ]);
  });
});

describe("the label map", () => {
  test("has lower-case keys, and marks those that several spellings share", () => {
    const labels = [
      ["Gpu", "x"],
      ["gpu", "y"],
      ["cpu", "x"],
    ] as const;
    const map = describeLabelMap({ value: flyteClusters(["x"], labels), source: "v" });
    expect(map.labels.map(({ label, ambiguous }) => [label, ambiguous])).toEqual([
      ["gpu", true],
      ["cpu", false],
    ]);
  });

  test("keeps the case of labels where it is written as a list", () => {
    const value = flyteClusters(["x"], [["Gpu", "x"]], { label_map_form: "list" });
    expect(describeLabelMap({ value, source: "v" }).labels.map(({ label }) => label)).toEqual(["Gpu"]);
  });

  test("counts entries of unknown and disabled clusters as not enabled", () => {
    const value = flyteClusters(
      [],
      [
        ["l", "x"],
        ["m", "gone"],
      ],
      {
        cluster_configs: [
          { name: "x", endpoint: null, enabled: false, in_cluster: false, token_path: null, cert_path: null },
        ],
      },
    );
    const map = describeLabelMap({ value, source: "v" });
    expect(map.labels.map(({ entries }) => entries[0]?.enabled)).toEqual([false, false]);
    expect([map.enabled, map.single_cluster]).toEqual([[], false]);
  });
});

describe("facts of the desired state", () => {
  test("have what the manifests want over what is live and not named by them", () => {
    const desired = buildDesired({
      clusters: [desiredCluster("a", "cpu")],
      queues: [desiredQueue("new", "cpu", ["a"])],
    });
    const facts = factsOfDesired(desired, LIVE);
    expect(facts.clusters.map(({ name, pool, source }) => [name, pool, source])).toEqual([
      ["a", "cpu", "cluster/a.yaml:1"],
      ["b", "cpu", 'live cluster "b"'],
    ]);
    const pools = new Map(facts.queues.map(({ name, pool }) => [name, pool]));
    expect(pools).toEqual(
      new Map([
        ["q", "gpu"],
        ["a", "cpu"],
        ["new", "cpu"],
        ["default", "default"],
      ]),
    );
  });

  test("take names in the control plane where they are known", () => {
    const desired = buildDesired({
      clusters: [desiredCluster("a", "cpu")],
      queues: [desiredQueue("q", "cpu", ["a"])],
      settings: [desiredSettings(null, { "run.default_queue": "a" })],
    });
    const nameOf = (kind: string, name: string) => (kind === "cluster" ? `${name}-2` : name);
    const facts = factsOfDesired(desired, LIVE, { nameOf, gone: new Set(["cluster.a", "queue.a"]) });
    expect(facts.clusters.map(({ name }) => name)).toEqual(["b", "a-2"]);
    expect(facts.queues.find(({ name }) => name === "q")?.clusters).toEqual(["a-2"]);
    expect(facts.queues.some(({ name }) => name === "a")).toBe(false);
    expect(facts.settings[0]?.values).toEqual({ "run.default_queue": "a-2" });
  });

  test("leave ignored fields as they are live", () => {
    const desired = buildDesired({ clusters: [desiredCluster("a", "cpu", ["pool"])] });
    expect(factsOfDesired(desired, LIVE).clusters[0]?.pool).toBe("gpu");
  });

  test("join declared settings with live ones, unless the manifest says it all or keys go", () => {
    const scope = { domain: "dev", project: null };
    const values = { "run.default_queue": "q", labels: { team: "ml" } };
    const live = { ...LIVE, settings: [{ scope, version: "1", unknown: [], values }] };
    const of = (declared: Readonly<Record<string, string>>, authoritative: boolean) =>
      factsOfDesired(buildDesired({ settings: [desiredSettings("dev", declared, authoritative)] }), live).settings;
    expect(of({ pod_template_name: "x" }, false)).toEqual([
      { scope, values: { ...values, pod_template_name: "x" }, source: 'live settings of domain "dev"' },
    ]);
    expect(of({}, true)).toEqual([{ scope, values: {}, source: "settings/acme/dev.yaml:1" }]);
    const cleared = new Map([["settings.acme/dev", ["run.default_queue"]]]);
    const { labels } = values;
    expect(factsOfDesired(buildDesired({}), live, { cleared }).settings[0]?.values).toEqual({ labels });
  });

  test("have rows, maps and labels of the manifests over live rows", () => {
    const desired = buildDesired({
      rows: groupRows([
        desiredRow("execution_cluster_label", "ml/dev", "l9"),
        desiredRow("cluster_pool_attributes", "ml", "gpu"),
      ]),
      pool_maps: [desiredPoolMap("pools", { gpu: ["a"] })],
      flyte_clusters: [desiredFlyteClusters("flyte", flyteClusters(["x"], [["l9", "x"]]))],
    });
    const facts = factsOfDesired(desired, { ...LIVE, flyteadmin: FLYTEADMIN });
    expect(facts.labels.map(({ value, source }) => [value, source])).toEqual([
      ["l9", "execution_cluster_label/ml/dev.yaml:1"],
    ]);
    expect(facts.pool_attributes.map(({ value }) => value)).toEqual(["p", "gpu"]);
    expect(facts.pool_map).toEqual([{ pool: "gpu", clusters: ["a"], source: "cluster_pool_map/pools.yaml:1" }]);
    expect(facts.label_map?.source).toBe("flyte_clusters/flyte.yaml:1");
  });

  test("do not guess which of several manifests flyteadmin has loaded", () => {
    const value = flyteClusters(["x"], []);
    const flyte_clusters = [desiredFlyteClusters("one", value), desiredFlyteClusters("two", value)];
    expect(factsOfDesired(buildDesired({ flyte_clusters }), null).label_map).toBeNull();
  });

  test("come from the manifests alone where nothing live is known", () => {
    const facts = factsOfDesired(buildDesired({ clusters: [desiredCluster("a", "default")] }), null);
    expect([facts.state, facts.systems]).toEqual(["desired", ["queues"]]);
  });
});
