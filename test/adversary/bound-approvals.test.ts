/**
 * The attacker has no right to approve. They wait for an approval of one thing, and see to it that another thing is there when it is used:
 * another control plane, another target, another live state, another list of approvers, another day.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ServedControlPlane, serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { cluster, FILES, type Files, MOVE, pool, queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";
import { moveByHand, openOtherHands } from "../daemon/open-other-hands.ts";
import { below, openTwins } from "../daemon/open-twins.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { waitFor } from "../set-up/wait-for.ts";

const anHour = () => new Date(Date.now() + 3_600_000).toISOString();
const poolOf = ({ model }: ServedControlPlane, name = "c1") => model.state.cluster.rows.get(name)?.pool;

describe("an approval of what one control plane gets", () => {
  /** Two targets with a control plane each, both at rest; `settle` gives the configuration in which they have these endpoints. */
  async function openPair() {
    const world = await openDaemonWorld({ ...below("a", FILES), ...below("b", FILES) });
    const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
    onTestFinished(() => other.close());
    const [usual] = JSON.parse(world.describe()).targets;
    const make = (name: string, path: string, endpoint: string) => ({
      ...{ ...usual, name, repository: { ...usual.repository, path } },
      control_plane: { ...usual.control_plane, endpoint },
    });
    const settle = (prod: ServedControlPlane, stage: ServedControlPlane) => ({
      file: { targets: [make("prod", "a", prod.url), make("stage", "b", stage.url)] },
    });
    const daemon = await world.start(settle(world.served, other));
    await daemon.untilApplied(world.first);
    await daemon.until(({ applied_revision }) => applied_revision === world.first, "stage");
    return { world, other, daemon, settle };
  }

  test("is carried out on no other one: neither after two targets swapped theirs, nor after they were swapped back", async () => {
    const { world, other, daemon, settle } = await openPair();
    await daemon.send("/targets/prod/pause", { reason: "wait", until: anHour() });
    const moved = await daemon.push(below("a", MOVE));
    await daemon.untilState("Paused", moved);
    expect((await daemon.approve()).status).toBe(201);
    await daemon.daemon.reload(world.read(settle(other, world.served)));
    await daemon.send("/targets/prod/resume", {});
    await daemon.untilState("AwaitingApproval", moved);
    expect([poolOf(world.served), poolOf(other)]).toEqual(["pa", "pa"]);
    await daemon.until(({ approvals }) => approvals.length === 0);

    await daemon.daemon.reload(world.read(settle(world.served, other)));
    await daemon.reconciled();
    await daemon.untilState("AwaitingApproval", moved);
    expect([poolOf(world.served), poolOf(other)]).toEqual(["pa", "pa"]);
    expect((await daemon.approve()).status).toBe(201);
    await daemon.untilApplied(moved);
    expect([poolOf(world.served), poolOf(other)]).toEqual(["pb", "pa"]);
  });
});

describe("one comment that approves", () => {
  test("approves one target, where a request makes the same change below two folders", async () => {
    const forged = await openTwins({
      settings: { policy: { approval: { approvers: ["boss"] } } },
      requests: { approval: "explicit" },
    });
    forged.forge.allow("boss", "write");
    const number = await forged.propose("twice", { ...below("a", MOVE), ...below("b", MOVE) }, { author: "mona" });
    const digestOf = (target: string) =>
      /digest `([0-9a-f]{32})/.exec(forged.sticky(number, target).join("\n"))?.[1] ?? "";
    for (const target of ["prod", "stage"])
      await waitFor(
        () => digestOf(target) !== "",
        () => forged.status(number, "plan"),
      );
    await forged.untilStatus(number, "plan", /^success/);
    expect(digestOf("prod")).not.toBe(digestOf("stage"));
    await forged.untilReacted(number, await forged.say(number, "boss", `poolkeeper approve ${digestOf("stage")}`), /1/);
    await forged.untilStatus(number, "apply", /^pending: prod: needs .*; 1 other fine$/);
    const merged = await forged.merge(number, "mona");
    await forged.daemon.until(({ applied_revision }) => applied_revision === merged, "stage");
    await forged.daemon.untilState("AwaitingApproval", merged);
    expect([poolOf(forged.other), poolOf(forged.world.served)]).toEqual(["pb", "pa"]);
    expect((await forged.daemon.target()).approvals).toEqual([]);
  });
});

describe("an approval of a cluster's move from pa to pb, merged while the target is paused", () => {
  const OTHERS = {
    "pools/pc.yaml": pool("pc"),
    "clusters/c5.yaml": cluster("c5", "pc"),
    "queues/qs.yaml": queue("qs", 5).replace("cluster_pool: pa", "cluster_pool: pc"),
    "queues/old.yaml": queue("old", 1),
  };

  async function openApproved(files: Files) {
    const world = await openDaemonWorld({ ...FILES, ...OTHERS });
    const daemon = await world.start({ drift: { action: "report" } });
    await daemon.untilApplied(world.first);
    await daemon.send("/targets/prod/pause", { reason: "wait", until: anHour() });
    const revision = await daemon.push(files);
    await daemon.untilState("Paused", revision);
    expect((await daemon.approve()).status).toBe(201);
    return { world, daemon, revision };
  }

  test("does not take it out of a pool that no plan named, with a queue that nobody was shown", async () => {
    const { world, daemon, revision } = await openApproved(MOVE);
    await moveByHand(world, "c1", "pc");
    await daemon.send("/targets/prod/resume", {});
    await daemon.untilState("AwaitingApproval", revision);
    expect(poolOf(world.served)).toBe("pc");
    expect((await daemon.approve()).status).toBe(201);
    await daemon.untilApplied(revision);
    expect(poolOf(world.served)).toBe("pb");
  });

  test("does not take it out of a queue that somebody has made since", async () => {
    const { world, daemon, revision } = await openApproved(MOVE);
    const { reader, writer } = openOtherHands(world);
    const any = await reader.getQueue("any");
    if (any === undefined) throw new Error("There is no queue any");
    await writer.createQueue("theirs", any.spec, "active");
    await daemon.send("/targets/prod/resume", {});
    await daemon.untilState("AwaitingApproval", revision);
    expect(poolOf(world.served)).toBe("pa");
  });

  test("of a queue's deletion does not delete what somebody has made of it since", async () => {
    const { world, daemon, revision } = await openApproved({ "queues/old.yaml": null });
    const change = { op: "set", kind: "queue", name: "old", by: "neighbour" };
    await world.post("/mutate", { ...change, path: "run_concurrency", value: 500 });
    await daemon.send("/targets/prod/resume", {});
    await daemon.untilState("AwaitingApproval", revision);
    expect(world.served.model.state.queue.rows.get("old")?.state).toBe("active");
  });
});

describe("an approver who is taken off the list", () => {
  const only = (...approvers: readonly string[]) => ({ policy: { approval: { approvers } } });

  test("starts no rollout with what they had approved, and another approver can", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start(only("approve"));
    await daemon.untilApplied(world.first);
    await daemon.send("/targets/prod/pause", { reason: "wait", until: anHour() });
    const moved = await daemon.push(MOVE);
    await daemon.untilState("Paused", moved);
    expect((await daemon.approve()).status).toBe(201);
    await daemon.daemon.reload(world.read(only("other")));
    await daemon.send("/targets/prod/resume", {});
    await daemon.untilState("AwaitingApproval", moved);
    await daemon.until(({ approvals }) => approvals.length === 0);
    expect(poolOf(world.served)).toBe("pa");
    expect((await daemon.approve([], "other")).status).toBe(201);
    await daemon.untilApplied(moved);
  });

  test("keeps nothing out of service that their approval has begun: it is carried to its end", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start(only("approve"));
    await daemon.untilApplied(world.first);
    await world.setWork("c1", 1);
    const moved = await daemon.push(MOVE);
    await daemon.untilState("AwaitingApproval", moved);
    expect((await daemon.approve()).status).toBe(201);
    await daemon.untilState("Waiting", moved);
    await daemon.daemon.reload(world.read(only("other")));
    await world.setWork("c1", 0);
    await daemon.untilApplied(moved);
    expect(poolOf(world.served)).toBe("pb");
  });

  test("approves nothing by an early comment once they may not write any more", async () => {
    const forged = await openForgedWorld({ requests: { approval: "explicit" } });
    for (const login of ["boss", "mallory"]) forged.forge.allow(login, "write");
    const number = await forged.propose("move", MOVE, { author: "mallory" });
    await forged.untilStatus(number, "apply", /^pending: needs/);
    const given = await forged.say(number, "boss", `poolkeeper approve ${forged.digest(number)}`);
    await forged.untilReacted(number, given, /^\+1$/);
    forged.forge.allow("boss", "none");
    const merged = await forged.merge(number, "mallory");
    await forged.daemon.untilState("AwaitingApproval", merged);
    await forged.untilSaid(number, /Merged by/);
    expect((await forged.daemon.target()).approvals).toEqual([]);
    expect(poolOf(forged.world.served)).toBe("pa");
  });
});

test("an approval starts nothing after its time, at an object that was paused until then", async () => {
  const more = ["c4", "c5", "c6", "c7", "c8"].map((name) => [`clusters/${name}.yaml`, cluster(name, "pa")]);
  const world = await openDaemonWorld({ ...FILES, ...Object.fromEntries(more) });
  const daemon = await world.start();
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/pause", { reason: "needed", address: "cluster.c2" });
  const revision = await daemon.push({ ...MOVE, "clusters/c2.yaml": cluster("c2", "pb") });
  await daemon.untilState("AwaitingApproval", revision);
  expect((await daemon.approve()).status).toBe(201);
  await daemon.until(({ status }) => status.state !== "AwaitingApproval" && poolOf(world.served) === "pb");
  const database = new DatabaseSync(join(world.folder, "data", "poolkeeper.sqlite"), { timeout: PATIENCE_MS });
  const ended = new Date(Date.now() - 1000).toISOString();
  expect(database.prepare("update approval set expires_at = ? where state = 'running'").run(ended).changes).toBe(1);
  database.close();
  await daemon.send("/targets/prod/resume", { address: "cluster.c2" });
  await daemon.untilState("AwaitingApproval", revision);
  await daemon.until(({ approvals }) => approvals.length === 0);
  expect(poolOf(world.served, "c2")).toBe("pa");
  expect((await daemon.approve()).status).toBe(201);
  await daemon.untilApplied(revision);
});

describe("an approval to delete a queue", () => {
  const stateOf = (served: ServedControlPlane, name: string) => served.model.state.queue.rows.get(name)?.state;

  test.each(["before its rollout has begun", "while its rollout waits for work"])(
    "ends with the queue: one that somebody has brought back %s needs another one",
    async (when) => {
      const hasBegun = when.startsWith("while");
      const world = await openDaemonWorld({ ...FILES, "queues/other.yaml": queue("other", 2) });
      const { served } = world;
      const daemon = await world.start({ policy: { auto_apply: "update" } });
      await daemon.untilApplied(world.first);
      if (hasBegun) await world.setWork("c1", 2);
      else await daemon.send("/targets/prod/pause", { reason: "we look", until: anHour() });
      const pushed = await daemon.push({ "queues/any.yaml": null });
      await daemon.until(({ last_pass }) => last_pass?.revision === pushed && last_pass.outcome.kind === "held");
      expect((await daemon.approve()).status).toBe(201);
      if (hasBegun) {
        await daemon.untilState("Waiting", pushed);
        await daemon.send("/targets/prod/pause", { reason: "we look" });
        await daemon.untilState("Paused", pushed);
        await world.setWork("c1", 0);
      }
      const { writer } = openOtherHands(world);
      const generation = () => String(served.model.state.queue.rows.get("any")?.generation);
      served.model.settle();
      if (!hasBegun) await writer.setQueueState("any", "draining", generation());
      served.model.settle();
      await writer.deleteQueue("any", generation());
      served.model.settle();
      await writer.undeleteQueue("any");
      await writer.setQueueState("any", "active", generation());
      await daemon.send("/targets/prod/resume", {});
      await daemon.untilState("AwaitingApproval", pushed);
      await daemon.reconciled();
      expect(stateOf(served, "any")).toBe("active");
      expect((await daemon.approve()).status).toBe(201);
      await daemon.untilApplied(pushed);
      expect(stateOf(served, "any")).toBe("deleted");
    },
  );
});
