/**
 * An approver overrides a check for what the plan showed. Others make that more breaks or is lost by the same change, at the same address:
 * that was shown to nobody.
 */
import { describe, expect, test } from "vitest";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { label } from "../cli/systems.ts";
import { FILES, pool, queue } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openOtherHands } from "../daemon/open-other-hands.ts";

const WIDE = "execution-cluster-labels/team1.yaml";
const LABELS = {
  ...FILES,
  [WIDE]: label("team1", "wide"),
  "execution-cluster-labels/kept.yaml": label("project1", "kept"),
};

const anHour = () => new Date(Date.now() + 3_600_000).toISOString();
const rowsOf = ({ served }: DaemonWorld) =>
  [...served.flyteadmin.state.attributes.values()].map(({ project, domain, workflow }) =>
    [project, domain, workflow].filter((part) => part !== "").join("/"),
  );

/** A row that HTTP can't write back. */
const writeOf = (workflow: string) => ({
  ...{ op: "create", kind: "attributes", name: `team1/development/${workflow}`, launch_plan: "lp" },
  object: { execution_cluster_label: { value: workflow } },
});

/** The label of a domain is to go, and takes along what HTTP can't write back. */
async function openLoss() {
  const world = await openDaemonWorld(LABELS);
  const flyteadmin = { endpoint: world.served.url };
  const daemon = await world.start({ policy: { auto_apply: "update" }, control_plane: { flyteadmin } });
  await daemon.untilApplied(world.first);
  await world.post("/mutate", writeOf("shown"));
  const pushed = await daemon.push({ [WIDE]: null });
  const seen = await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
  return { world, daemon, pushed, digest: seen.last_pass?.digest };
}

test("the override of cascade takes away what the plan showed, and carries it out", async () => {
  const { world, daemon, pushed, digest } = await openLoss();
  expect((await daemon.send("/approvals", { digest, overrides: ["cascade"] }, "approve")).status).toBe(201);
  await daemon.untilApplied(pushed);
  expect(rowsOf(world)).toEqual(["project1/development"]);
});

test("an approval by a digest takes no row away for good that came after the plan was shown", async () => {
  const { world, daemon, digest } = await openLoss();
  await world.post("/mutate", writeOf("came-later"));
  const { last_pass } = await daemon.reconciled();
  expect(last_pass?.digest).not.toBe(digest);
  expect(await daemon.send("/approvals", { digest, overrides: ["cascade"] }, "approve")).toMatchObject({ status: 409 });
  await daemon.reconciled();
  expect(rowsOf(world)).toContain("team1/development/came-later");
});

test("an approval takes no row away for good that came before its rollout began", async () => {
  const { world, daemon, pushed, digest } = await openLoss();
  await daemon.send("/targets/prod/pause", { reason: "wait", until: anHour() });
  expect((await daemon.send("/approvals", { digest, overrides: ["cascade"] }, "approve")).status).toBe(201);
  await world.post("/mutate", writeOf("came-later"));
  await daemon.send("/targets/prod/resume", {});
  await daemon.until(({ status }) => status.reason === "CheckFailed" && status.message.includes("came-later"));
  expect(rowsOf(world)).toContain("team1/development");
  expect((await daemon.approve(["cascade"])).status).toBe(201);
  await daemon.untilApplied(pushed);
  expect(rowsOf(world)).toEqual(["project1/development"]);
});

/** What an operator reports that was set up for pool pb as it is. */
const report = (world: DaemonWorld, cluster: string) => {
  const store = { uri: "s3://bucket-pb" };
  const secrets = { type: "AWS_SECRETS_MANAGER", locator: "us-east-1" };
  return world.post("/report", { cluster, operator_cluster_data: { object_store_ref: store, secret_store: secrets } });
};

/** The config of a pool changes, by which its member c3 comes to be unhealthy. */
async function openBreak() {
  const world = await openDaemonWorld(FILES);
  const daemon = await world.start({ policy: { auto_apply: "none" } });
  await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "held");
  await daemon.approve();
  await daemon.untilApplied(world.first);
  await report(world, "c3");
  const pushed = await daemon.push({ "pools/pb.yaml": pool("pb").replace("us-east-1", "us-west-2") });
  const seen = await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
  const join = async () => {
    await openOtherHands(world).writer.registerCluster("stranger", "pb");
    await report(world, "stranger");
  };
  const regionOf = () => JSON.stringify(world.served.model.state.pool.rows.get("pb")).match(/us-(east|west)-\d/)?.[0];
  return { daemon, pushed, join, regionOf, digest: seen.last_pass?.digest };
}

test("an approval by a digest makes no cluster unhealthy that joined the pool after the plan was shown", async () => {
  const { daemon, join, regionOf, digest } = await openBreak();
  await join();
  const { last_pass } = await daemon.reconciled();
  expect(last_pass?.digest).not.toBe(digest);
  expect(await daemon.send("/approvals", { digest, overrides: ["contract"] }, "approve")).toMatchObject({
    status: 409,
  });
  await daemon.reconciled();
  expect(regionOf()).toBe("us-east-1");
});

test("an approval makes no cluster unhealthy that joined the pool before its rollout began", async () => {
  const { daemon, pushed, join, regionOf, digest } = await openBreak();
  await daemon.send("/targets/prod/pause", { reason: "wait", until: anHour() });
  expect((await daemon.send("/approvals", { digest, overrides: ["contract"] }, "approve")).status).toBe(201);
  await join();
  await daemon.send("/targets/prod/resume", {});
  await daemon.until(({ status }) => status.reason === "CheckFailed" && status.message.includes("stranger"));
  expect(regionOf()).toBe("us-east-1");
  expect((await daemon.approve(["contract"])).status).toBe(201);
  await daemon.untilApplied(pushed);
  expect(regionOf()).toBe("us-west-2");
});

/** Cluster c1 is to go, on which queue `any` has work; whoever approves that lets it be interrupted. */
async function openInterruption(generation: Generation) {
  const world = await openDaemonWorld({ ...FILES, "queues/other.yaml": queue("other", 1) }, generation);
  const daemon = await world.start({ policy: { auto_apply: "update" } });
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 2);
  await daemon.send("/targets/prod/pause", { reason: "wait", until: anHour() });
  const pushed = await daemon.push({ "clusters/c1.yaml": null });
  await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
  expect((await daemon.approve(["in-flight"])).status).toBe(201);
  const isThere = () => !["deleted", undefined].includes(world.served.model.state.cluster.rows.get("c1")?.state);
  const resume = () => daemon.send("/targets/prod/resume", {});
  return { world, daemon, pushed, isThere, resume };
}

describe.each(GENERATIONS)("an approval that overrides in-flight, %s", (generation) => {
  test("interrupts what was shown, however much of it there is by then", async () => {
    const { world, daemon, pushed, isThere, resume } = await openInterruption(generation);
    await world.setWork("c1", 7);
    await resume();
    await daemon.untilApplied(pushed);
    expect(isThere()).toBe(false);
  });

  test("interrupts no work of a queue that had none when it was given, until that is let through too", async () => {
    const { world, daemon, pushed, isThere, resume } = await openInterruption(generation);
    await world.post("/inflight", { queue: "other", cluster: "c1", runs: 1 });
    await resume();
    await daemon.untilState("Waiting", pushed);
    await daemon.reconciled();
    expect(isThere()).toBe(true);
    expect((await daemon.approve(["in-flight"])).status).toBe(201);
    await daemon.untilApplied(pushed);
    expect(isThere()).toBe(false);
  });
});
