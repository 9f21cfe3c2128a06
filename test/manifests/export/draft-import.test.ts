import { describe, expect, test } from "vitest";
import { draftImport } from "../../../src/cli/commands/draft-import.ts";
import type { AttributesRow } from "../../../src/model/objects/attributes.ts";
import type { LivePlaces, LiveState } from "../../../src/model/objects/live.ts";
import type { SettingValues } from "../../../src/model/objects/settings.ts";
import { isNoOp } from "../../../src/model/plan/plan.ts";
import { buildLive, type LiveNote } from "../../plan/build-live.ts";
import { planImported } from "./read-drafted.ts";

/** Texts by path, and reasons by what was left out. */
function importNote(note: LiveNote, places: Partial<LivePlaces> = {}) {
  const live: LiveState = { ...buildLive(note), ...places };
  const { files, left } = draftImport(live, "per-object");
  return {
    live,
    files: Object.fromEntries(files.map(({ path, text }) => [path, text])),
    left: Object.fromEntries(left.map(({ what, reason }) => [what, reason])),
  };
}

async function expectEmptyPlan(live: LiveState): Promise<void> {
  for (const { plan, invalid } of await planImported(live)) {
    expect(invalid).toEqual([]);
    expect(plan.changes.filter((change) => !isNoOp(change))).toEqual([]);
    expect(plan.applyable).toBe(true);
  }
}

function withSettings(values: SettingValues, unknown: readonly string[] = []): Partial<LivePlaces> {
  const scope = { domain: null, project: null };
  return {
    systems: { union: "read", settings: "read", flyteadmin: "absent", delivery: "absent" },
    settings: [{ scope, version: "1", values, unknown }],
  };
}

const PROD = { prod: {} } as const;

test("cluster pool attributes of a pool that nothing tells are left out with the manifest that would tell it", () => {
  const { left } = importNote({
    generation: "2026-11",
    pools: { prod: {} },
    rows: { cluster_pool_attributes: { team1: "hidden", "team1/development": "prod" } },
  });
  expect(left).toEqual({
    "cluster_pool_attributes.team1": 'No pool "hidden" in the folder: write a ClusterPoolMap that has it',
  });
});

describe("a cluster", () => {
  test("is written with what its operator declares as a comment, credentials masked", () => {
    const { files } = importNote({
      generation: "2026-11",
      pools: PROD,
      clusters: {
        c1: {
          pool: "prod",
          data_plane: { object_store_ref: { uri: "s3://prod?token=Gek31m", endpoint: "" } },
          enabled: false,
        },
      },
    });
    expect(files["clusters/c1.yaml"]).toBe(
      `# Declared by its operator, read-only: bucket "s3://prod?token=***", secrets in KUBERNETES "".
# Disabled in the control plane: it takes no work. A manifest can't declare that.
name: c1
pool: prod
`,
    );
  });

  test("that is draining is written as drained; one that is being deleted is left out, and so is what names it", async () => {
    const { files, left, live } = importNote({
      generation: "2026-11",
      pools: PROD,
      clusters: {
        c1: { pool: "prod", state: "draining" },
        c2: { pool: "prod", state: "deleting" },
        c3: { pool: "prod" },
      },
      queues: { q1: { pool: "prod", clusters: ["c2", "c3"] }, q2: { pool: "prod" } },
    });
    expect(files["clusters/c1.yaml"]).toMatch(/\nstate: drained\n$/);
    expect(Object.keys(files)).toEqual(["pools/prod.yaml", "clusters/c1.yaml", "clusters/c3.yaml", "queues/q2.yaml"]);
    expect(left).toMatchObject({
      "cluster.c2": "it is being deleted",
      "queue.q1": expect.stringMatching(/No cluster "c2"/),
    });
    await expectEmptyPlan(live);
  });

  test.each([
    ["2026-07", { clusters: ["c2"] }, /clusters from .*c2.* to .*c1/],
    ["2026-11", { state: "drained" }, /state from "drained" to "active"/],
  ] as const)(
    "whose own queue a plan of %s would mend is left out with the reason",
    async (generation, note, reason) => {
      const { files, left, live } = importNote({
        generation,
        pools: PROD,
        clusters: { c1: { pool: "prod" }, c2: { pool: "prod" } },
        queues: { c1: { pool: "prod", run_concurrency: 0, action_concurrency: 0, clusters: ["c1"], ...note } },
      });
      expect(files).not.toHaveProperty("clusters/c1.yaml");
      expect(left["cluster.c1"]).toMatch(reason);
      await expectEmptyPlan(live);
    },
  );

  test("keeps its place without a limit of its queue that can't be declared", async () => {
    const queues = { c1: { run_concurrency: 3, action_concurrency: 0, clusters: ["c1"], priority: "unknown(7)" } };
    const { files, left, live } = importNote({ generation: "2026-11", clusters: { c1: { data_plane: null } }, queues });
    expect(files["clusters/c1.yaml"]).toBe(
      "# Not managed, because it can't be declared: priority.\nname: c1\npool: default\nqueue:\n  run_concurrency: 3\n",
    );
    expect(left["cluster.c1: priority"]).toMatch(/unknown\(7\)/);
    await expectEmptyPlan(live);
  });
});

describe("a pool", () => {
  test("with credentials in its address is left out with all that is in it, and its credentials are not told", () => {
    const { files, left } = importNote({
      generation: "2026-11",
      pools: { prod: { config: { object_store_ref: { uri: "s3://key:Gek31m@bucket", endpoint: "" } } } },
      clusters: { c1: { pool: "prod", data_plane: null } },
      queues: { q1: { pool: "prod", clusters: ["c1"] } },
    });
    expect(files).toEqual({});
    expect(Object.keys(left)).toEqual(["cluster_pool.prod", "cluster.c1", "queue.q1"]);
    expect(JSON.stringify({ files, left })).not.toContain("Gek31m");
    expect(left["cluster_pool.prod"]).toMatch(/contains credentials/);
  });

  test.each([
    [{ default: {}, prod: {} }, ["pools/prod.yaml"]],
    [{ a: {}, prod: {} }, ["pools/prod.yaml"]],
  ])("that shares a bucket goes, the one with most clusters stays: %j", async (pools, kept) => {
    const config = { object_store_ref: { uri: "s3://one", endpoint: "" } };
    const { files, live } = importNote({
      generation: "2026-11",
      pools: Object.fromEntries(Object.keys(pools).map((name) => [name, { config }])),
      clusters: { c1: { pool: "prod" }, c2: { pool: "prod" }, c3: { pool: Object.keys(pools)[0] ?? "" } },
    });
    expect(Object.keys(files).filter((path) => path.startsWith("pools/"))).toEqual(kept);
    await expectEmptyPlan(live);
  });

  test("default gets a manifest only where it is used, queue default only where it was changed", () => {
    const unused = importNote({
      generation: "2026-11",
      queues: { default: { run_concurrency: 0, action_concurrency: 0 } },
    });
    expect(unused.files).toEqual({});
    const used = importNote({ generation: "2026-11", clusters: { c1: {} }, queues: { default: { depth: 5 } } });
    expect(Object.keys(used.files)).toEqual(["pools/default.yaml", "clusters/c1.yaml", "queues/default.yaml"]);
  });
});

describe("a queue", () => {
  test("that routes nowhere is taken in, as its plan says so and blocks nothing", async () => {
    const { files, left, live } = importNote({ generation: "2026-11", pools: PROD, queues: { q1: { pool: "prod" } } });
    expect(files["queues/q1.yaml"]).toContain("cluster_pool: prod");
    expect(left).not.toHaveProperty("queue.q1");
    await expectEmptyPlan(live);
  });
});

describe("settings", () => {
  test("leave out single keys that can't be declared, and say so in the file", async () => {
    const values = {
      "run.default_queue": "gone",
      "storage.raw_data_path": "s3://a?sig=Gek31m",
      labels: { team: "ml" },
    };
    const { files, left, live } = importNote({ generation: "2026-11" }, withSettings(values, ["field 99"]));
    expect(files["settings/organization.yaml"]).toBe(
      `# Not managed, because poolkeeper does not know them: field 99.
# Not managed, because it can't be declared: run.default_queue, storage.raw_data_path.
settings:
  labels:
    team: ml
`,
    );
    expect(left).toMatchObject({
      "settings.acme: field 99": expect.stringMatching(/does not know/),
      "settings.acme: run.default_queue": expect.stringMatching(/No queue "gone"/),
      "settings.acme: storage.raw_data_path": expect.stringMatching(/contains credentials/),
    });
    await expectEmptyPlan(live);
  });

  test("that are empty get no file, those that are unset do", () => {
    expect(importNote({ generation: "2026-11" }, withSettings({})).files).toEqual({});
    const { files } = importNote({ generation: "2026-11" }, withSettings({ "security.service_account": "~unset" }));
    expect(files["settings/organization.yaml"]).toBe("settings:\n  security.service_account: ~unset\n");
  });
});

describe("rows of flyteadmin", () => {
  const row = (rest: Partial<AttributesRow>): AttributesRow => ({
    kind: "execution_cluster_label",
    scope: { project: "ml", domain: null, workflow: null },
    launch_plan: null,
    value: "gpu",
    ...rest,
  });

  test("that no manifest or no gateway can say are left out, each with its reason", () => {
    const scope = { project: "ml", domain: "dev", workflow: null };
    const rows = [
      row({}),
      row({ launch_plan: "nightly" }),
      row({ scope: { ...scope, project: "" } }),
      row({ scope: { ...scope, workflow: "a/b" } }),
      row({ scope, value: "" }),
      row({ scope: { ...scope, project: "old" } }),
    ];
    const project = (id: string, state: string) => ({ id, name: id, domains: ["dev"], state });
    const projects = [project("ml", "active"), project("old", "archived")];
    const { files, left } = importNote(
      { generation: "2026-11" },
      {
        systems: { union: "read", settings: "absent", flyteadmin: "read", delivery: "absent" },
        flyteadmin: { endpoint: "http://127.0.0.1:9", rows, projects, domains: ["dev"] },
      },
    );
    expect(files).toEqual({ "execution-cluster-labels/ml.yaml": "project: ml\nvalue: gpu\n" });
    expect(left).toMatchObject({
      "execution_cluster_label.ml (launch plan nightly)": expect.stringMatching(/launch plan/),
      "execution_cluster_label.*/dev": expect.stringMatching(/all projects/),
      "execution_cluster_label.ml/dev/a/b": expect.stringMatching(/has a \//),
      "execution_cluster_label.ml/dev": "it is empty",
      "execution_cluster_label.old/dev": expect.stringMatching(/archived/),
    });
  });
});
