/** What moves clusters, or the labels that lead to them, waits where the rows or settings of the runs that follow are held. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flyteClusters, label } from "../cli/systems.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { cluster, type Files, pool, queue } from "./manifests.ts";
import { openDaemonWorld, pollOften, type RunningDaemon, type Settings } from "./open-daemon-world.ts";
import { openOtherHands } from "./open-other-hands.ts";

/** The addresses that the last pass of a revision holds, once it has held some. */
async function untilHeld(daemon: Pick<RunningDaemon, "until">, revision: string): Promise<readonly string[]> {
  const { last_pass } = await daemon.until(
    ({ last_pass: last, status }) =>
      last?.revision === revision && last.outcome.kind === "held" && status.state === "Paused",
  );
  const outcome = last_pass?.outcome;
  return outcome?.kind === "held" ? outcome.held.map(({ address }) => address).sort() : [];
}

test("files that drop the label of a row and bring its next one are not delivered while that row is paused", async () => {
  const [ROW, LABELS] = ["execution-cluster-labels/team1.yaml", "flyte-clusters/flyte.yaml"];
  const world = await openDaemonWorld({
    [ROW]: label("team1", "label1"),
    [LABELS]: flyteClusters("dp1", "dp2").replace("label1:", "label9: [{ id: dp1, weight: 1 }]\n      label1:"),
  });
  mkdirSync(join(world.folder, "out"));
  const delivered = () =>
    /label[12]/.exec(readFileSync(join(world.folder, "out/flyte/values-override.yaml"), "utf8"))?.[0];
  const daemon = await world.start({
    policy: { auto_apply: "all" },
    control_plane: { flyteadmin: { endpoint: world.served.url }, deliver: join(world.folder, "out") },
  });
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/pause", { reason: "try", address: "execution_cluster_label.team1/development" });
  const revision = await daemon.push({
    [ROW]: label("team1", "label2"),
    [LABELS]: flyteClusters("dp1", "dp2").replace("label1:", "label2:"),
  });
  expect(await untilHeld(daemon, revision)).toEqual([
    "execution_cluster_label.team1/development",
    "flyte_clusters.flyte",
  ]);
  expect(delivered()).toBe("label1");
  await daemon.send("/targets/prod/resume", { address: "execution_cluster_label.team1/development" });
  await daemon.untilApplied(revision);
  expect(delivered()).toBe("label2");
});

const toQueue = (name: string) => `scope: { domain: development }\nsettings:\n  run.default_queue: ${name}\n`;
const toPool = (name: string) => `project: project1\ndomain: development\nclusterPoolName: ${name}\n`;

/** Runs go along with c5, which is exchanged for c3: by a row, or by settings. */
const FOLLOWERS = [
  [
    "a row",
    "cluster_pool_attributes.project1/development",
    "cluster-pool-attributes/p1.yaml",
    toPool("pa"),
    toPool("pb"),
  ],
  ["settings", "settings.acme/development", "settings/dev.yaml", toQueue("qa"), toQueue("qb")],
] as const;

const EXCHANGED: Files = {
  ...{ "pools/pa.yaml": pool("pa"), "pools/pb.yaml": pool("pb") },
  ...{ "clusters/c3.yaml": cluster("c3", "pb"), "clusters/c5.yaml": cluster("c5", "pa") },
  ...{
    "queues/qa.yaml": queue("qa", 1),
    "queues/qb.yaml": queue("qb", 1).replace("cluster_pool: pa", "cluster_pool: pb"),
  },
};
const EXCHANGE: Files = { "clusters/c3.yaml": cluster("c3", "pa"), "clusters/c5.yaml": cluster("c5", "pb") };

const AUTO: Settings = { policy: { auto_apply: "all", max_destroy_share: 1 } };
const ASKING: Settings = { policy: { auto_apply: "none", max_destroy_share: 1 } };

test.each(FOLLOWERS.flatMap((follower) => [AUTO, ASKING].map((config) => [config, ...follower] as const)))(
  "clusters are not exchanged between pools while that which leads runs along is paused: with %j, %s",
  async (config, _what, address, path, before, after) => {
    const world = await openDaemonWorld({ ...EXCHANGED, [path]: before }, "2026-11");
    const control_plane = { scopes: ["development"], flyteadmin: { endpoint: world.served.url } };
    const daemon = await world.start({ ...config, control_plane });
    const approve = async () => {
      if (config === ASKING) await daemon.approve();
    };
    await daemon.until(({ last_pass }) => last_pass !== null);
    await approve();
    await daemon.untilApplied(world.first);
    await daemon.send("/targets/prod/pause", { reason: "try", address });
    const revision = await daemon.push({ ...EXCHANGE, [path]: after, "pools/pd.yaml": pool("pd") });
    if (config === ASKING) {
      await daemon.until(({ last_pass }) => last_pass?.revision === revision && last_pass.outcome.kind === "held");
      await approve();
    }
    const { rows } = world.served.model.state.pool;
    await waitFor(
      () => rows.has("pd"),
      () => [...rows.keys()].join(),
    );
    const pools = () => ["c3", "c5"].map((name) => world.served.model.state.cluster.rows.get(name)?.pool);
    expect([await untilHeld(daemon, revision), pools()]).toEqual([
      [address, "cluster.c3", "cluster.c5"].sort(),
      ["pb", "pa"],
    ]);
    await daemon.send("/targets/prod/resume", { address });
    await daemon.untilApplied(revision);
    expect(pools()).toEqual(["pa", "pb"]);
  },
);

test("clusters that an exchange has drained wait half-way where the row is paused that was to go along, and the status names them", async () => {
  const [, address, path, before, after] = FOLLOWERS[0];
  const world = await openDaemonWorld({ ...EXCHANGED, [path]: before }, "2026-11");
  const control_plane = { flyteadmin: { endpoint: world.served.url } };
  const daemon = await world.start({ ...AUTO, control_plane }, pollOften);
  await daemon.untilApplied(world.first);
  for (const name of ["c3", "c5"]) await world.post("/inflight", { queue: name, cluster: name, runs: 1 });
  const revision = await daemon.push({ ...EXCHANGE, [path]: after });
  await daemon.untilState("Waiting", revision);
  await daemon.send("/targets/prod/pause", { reason: "try", address });
  for (const name of ["c3", "c5"]) await world.post("/inflight", { queue: name, cluster: name, runs: 0 });
  const { status } = await daemon.untilState("Paused", revision);
  expect(status.message).toMatch(/Out of service until then: cluster\.c3\./);
  const { rows } = world.served.model.state.cluster;
  expect(["c3", "c5"].map((name) => rows.get(name)?.pool)).toEqual(["pb", "pa"]);
  await daemon.send("/targets/prod/resume", { address });
  await daemon.untilApplied(revision);
});

/** Runs of development go to queue qa of pool pa, which has two clusters. */
const LED: Files = {
  ...EXCHANGED,
  ...{ "clusters/a1.yaml": cluster("a1", "pa"), "clusters/c3.yaml": cluster("c3", "pb") },
  "settings/dev.yaml": toQueue("qa"),
};

test.each(["off", "report"] as const)(
  "a commit passes beside settings that were changed by hand, to whose queue it brings a cluster, with drift.action %s of these",
  async (action) => {
    const world = await openDaemonWorld(LED);
    const drift = { action: "report", kinds: { settings: action } };
    const daemon = await world.start({ ...AUTO, drift, control_plane: { scopes: ["development"] } });
    await daemon.untilApplied(world.first);
    const version = [...world.served.model.state.setting.rows.values()][0]?.version ?? 0;
    const scope = { domain: "development", project: null };
    await openOtherHands(world).writer.writeSettings(scope, { "run.default_queue": "qb" }, String(version));
    await daemon.reconciled();
    await daemon.push({ "clusters/b2.yaml": cluster("b2", "pb") });
    const { rows } = world.served.model.state.cluster;
    await waitFor(
      () => rows.has("b2"),
      () => [...rows.keys()].join(),
    );
  },
);

test("a cluster that a rollout has drained is put back into service by a commit that takes its move back, beside paused settings", async () => {
  const world = await openDaemonWorld(LED);
  const daemon = await world.start({ ...AUTO, control_plane: { scopes: ["development"] } }, pollOften);
  await daemon.untilApplied(world.first);
  await world.post("/inflight", { queue: "qa", cluster: "a1", runs: 1 });
  await daemon.untilState("Waiting", await daemon.push({ "clusters/a1.yaml": cluster("a1", "pb") }));
  await daemon.send("/targets/prod/pause", { reason: "try", address: "settings.acme/development" });
  await daemon.push({ "clusters/a1.yaml": cluster("a1", "pa"), "settings/dev.yaml": toQueue("qb") });
  const state = () => world.served.model.state.cluster.rows.get("a1")?.state ?? "none";
  await waitFor(() => state() === "active", state);
});
