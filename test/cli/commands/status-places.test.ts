import { expect, test } from "vitest";
import { type Desk, openDesk } from "../run-program.ts";

const SETTINGS = "scope: {domain: production}\nsettings: {run.max_action_concurrency: 7, labels: {team: ml}}\n";

/** A desk with settings, a label and a cluster pool; one of three projects is archived. */
async function openPlacedDesk(): Promise<Desk & { readonly both: Readonly<Record<string, string>> }> {
  const desk = await openDesk();
  const both = { POOLKEEPER_FLYTEADMIN_ENDPOINT: desk.served.url };
  desk.write({
    "settings/production.yaml": SETTINGS,
    "execution-cluster-labels/team1.yaml": "project: team1\ndomain: production\nvalue: gpu\n",
    "cluster-pool-attributes/team1.yaml": "project: team1\ndomain: development\nclusterPoolName: default\n",
  });
  const { code, stderr } = await desk.run(["apply", "repository", "--auto-approve"], both);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  await desk.post("/mutate", { op: "set", kind: "project", name: "flytesnacks", path: "state", value: "ARCHIVED" });
  return { ...desk, both };
}

test("status shows settings of scopes that were looked at, rows, and how many projects there are", async () => {
  const { run, both, served } = await openPlacedDesk();
  const [text, json] = await Promise.all([run(["status"], both), run(["status", "--json"], both)]);
  expect(text.stdout).toContain(
    `\nflyteadmin ${served.url}: 3 projects (1 archived), domains development, staging, production\n`,
  );
  expect(text.stdout).toContain("  acme/production  run.max_action_concurrency  7\n");
  expect(text.stdout).toMatch(/Execution cluster labels\n.*\n {2}team1\/production {2}gpu\n/);
  expect(text.stdout).toMatch(/Cluster pool attributes\n.*\n {2}team1\/development {2}default\n/);
  expect(text.stdout).toMatch(/No settings of their own: acme, acme\/development, acme\/development\/project1, /);
  expect(JSON.parse(json.stdout)).toMatchObject({
    systems: { union: "read", settings: "read", flyteadmin: "read" },
    flyteadmin: { endpoint: served.url, projects: 3, archived_projects: 1 },
    settings: expect.arrayContaining([
      {
        scope: "acme/production",
        version: "1",
        values: { "run.max_action_concurrency": 7, labels: { team: "ml" } },
        unknown: [],
      },
    ]),
    cluster_pool_attributes: [{ scope: "team1/development", launch_plan: null, value: "default" }],
    execution_cluster_label: [{ scope: "team1/production", launch_plan: null, value: "gpu" }],
  });
});

test("an address of settings or of a row shows that alone", async () => {
  const { run, both } = await openPlacedDesk();
  const show = async (address: string) => JSON.parse((await run(["status", address, "--json"], both)).stdout);
  const [settings, empty, label, pool] = await Promise.all([
    show("settings.acme/production"),
    show("settings.acme/staging/team1"),
    show("execution_cluster_label.team1/production"),
    show("cluster_pool_attributes.team1/development"),
  ]);
  expect(settings).toMatchObject({ queues: [], settings: [{ scope: "acme/production" }], execution_cluster_label: [] });
  expect(empty).toMatchObject({ settings: [{ scope: "acme/staging/team1", values: {} }] });
  expect(label).toMatchObject({
    settings: [],
    execution_cluster_label: [{ value: "gpu" }],
    cluster_pool_attributes: [],
  });
  expect(pool).toMatchObject({ cluster_pool_attributes: [{ value: "default" }], execution_cluster_label: [] });
});

test("what is not there is said so, with what was not looked at", async () => {
  const { run, both, served } = await openPlacedDesk();
  const alone = { ...both, POOLKEEPER_ENDPOINT: "" };
  const ended = await Promise.all([
    run(["status", "execution_cluster_label.team1/staging"], both),
    run(["status", "execution_cluster_label.team1/production"]),
    run(["status", "settings.other/production"], both),
    run(["status", "cluster.c1"], alone),
    run(["status", "flyte_clusters.flyte"], both),
  ]);
  expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual([
    [1, `Error: execution_cluster_label.team1/staging is not on ${served.url} (org acme).\n`],
    [1, expect.stringContaining("No flyteadmin is configured: pass --flyteadmin-endpoint.")],
    [1, `Error: settings.other/production is not on ${served.url} (org acme).\n`],
    [1, `Error: cluster.c1 is not on ${served.url}. No Union control plane is configured: pass --endpoint.\n`],
    [1, expect.stringContaining("flyte_clusters.flyte: no server lists objects of this kind.")],
  ]);
});

test("flyteadmin alone has a status too", async () => {
  const { run, both } = await openPlacedDesk();
  const alone = { ...both, POOLKEEPER_ENDPOINT: "" };
  const [text, json] = await Promise.all([run(["status"], alone), run(["status", "--json"], alone)]);
  expect(text.stdout).toMatch(/^flyteadmin http.*\n\nCluster pool attributes\n/);
  expect(JSON.parse(json.stdout)).toMatchObject({ generation: null, systems: { union: "absent" }, pools: [] });
});
