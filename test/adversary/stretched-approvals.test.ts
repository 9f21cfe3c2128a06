/**
 * The attacker may write to the repository and merge, and is no approver. They want an approval that somebody gave for one thing to let
 * another one through: another branch, another revision, another day, or what was rejected.
 */
import { describe, expect, test } from "vitest";
import { cluster, type Files, MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";

const APPROVERS = { policy: { approval: { approvers: ["boss", "approve"] } } };

/** A target that `boss` alone approves for on the forge, and `approve` on the page. */
async function openGuarded(given: ForgedSettings = {}): Promise<ForgedWorld> {
  const { requests, ...others } = given;
  const forged = await openForgedWorld({
    ...{ settings: APPROVERS, webhooks: false, ...others },
    // Nothing tells of comments here; who wrote them is tried elsewhere.
    requests: { unverified_comments: "accept", ...requests },
  });
  for (const login of ["boss", "mallory"]) forged.forge.allow(login, "write");
  return forged;
}

/** Opens a request by the attacker, and waits until its plan stands. */
async function openShown(forged: ForgedWorld, branch: string, files: Parameters<ForgedWorld["propose"]>[1]) {
  const number = await forged.propose(branch, files, { author: "mallory" });
  await forged.untilSaid(number, /digest/);
  await forged.untilStatus(number, "plan", /digest/);
  await forged.untilStatus(number, "apply", /^success/);
  return number;
}

const rowsOf = ({ world }: ForgedWorld) => world.served.model.state.cluster.rows;

/** Waits until the revision is held, and sees that nobody's approval was taken for one of it. */
async function expectHeld(forged: ForgedWorld, revision: string): Promise<void> {
  await forged.daemon.untilState("AwaitingApproval", revision);
  await forged.daemon.reconciled();
  const { audit, approvals } = await forged.daemon.untilState("AwaitingApproval", revision);
  expect(audit.filter(({ action }) => action === "approve")).toEqual([]);
  expect(approvals.filter(({ state }) => state !== "rejected")).toEqual([]);
}

test("a merge into another branch approves nothing for the target's", async () => {
  const forged = await openGuarded();
  const { world, forge, daemon } = forged;
  const { repository } = world;
  const number = await openShown(forged, "move", MOVE);
  await daemon.daemon.stop();
  forge.changeRequest(number, { base: "dev" });
  // By a fast-forward: the other request has the very commit of this one.
  const onDev = repository.ask("rev-parse", "refs/heads/move");
  repository.ask("update-ref", "refs/heads/dev", onDev);
  forge.merge(number, "boss", onDev);
  await forged.restart();
  await forged.untilSaid(number, /Its base is now `dev`/);
  const second = forge.openRequest({ title: "dev", author: "mallory", branch: "dev", base: "main", sha: onDev });
  repository.ask("update-ref", `refs/pull/${second}/head`, onDev);
  await forged.untilStatus(second, "apply", /^success/);
  await expectHeld(forged, await forged.merge(second, "mallory"));
  expect(rowsOf(forged).get("c1")?.pool).toBe("pa");
});

describe.each(FORGE_NAMES)("a merge that was left to %s", (kind) => {
  test("before the plan was shown approves nothing, and one that was left to it afterwards does", async () => {
    const forged = await openGuarded({ kind });
    const { forge, daemon, world } = forged;
    const number = await openShown(forged, "one", { "queues/any.yaml": queue("any", 2) });
    forge.leaveMerge(number, "boss");
    await forged.pushTo(number, MOVE);
    await forged.untilSaid(number, "cluster.c1");
    await forged.untilStatus(number, "apply", /^success/);
    const merged = await forged.merge(number, "boss");
    await daemon.untilState("AwaitingApproval", merged);
    await forged.untilSaid(number, "scheduled (auto-merge, merge queue) before this plan was shown");
    expect(rowsOf(forged).get("c1")?.pool).toBe("pa");
    await daemon.approve();
    await daemon.untilApplied(merged);
    const back = await openShown(forged, "back", { "clusters/c1.yaml": cluster("c1", "pa") });
    forge.leaveMerge(back, "boss");
    forge.leaveMerge(back, "boss", false);
    forge.leaveMerge(back, "boss");
    await daemon.untilApplied(await forged.merge(back, "boss"));
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
  });
});

describe("an approval by a merge", () => {
  const SWAP = { "clusters/c3.yaml": null, "clusters/c4.yaml": cluster("c4", "pb") };

  test("is not for what somebody else pushes before it is carried out, nor told as carried out where it was reverted", async () => {
    const forged = await openGuarded();
    const { repository } = forged.world;
    const BACK = { "clusters/c3.yaml": cluster("c3", "pb"), "clusters/c4.yaml": null };
    const mergeUnseen = async (branch: string, then: Files) => {
      const number = await openShown(forged, branch, SWAP);
      await forged.daemon.daemon.stop();
      forged.forge.merge(number, "boss", repository.merge(`refs/heads/${branch}`));
      const pushed = repository.push(then);
      await forged.restart();
      return { number, pushed };
    };
    await expectHeld(forged, (await mergeUnseen("swap", { "clusters/c4.yaml": null })).pushed);
    expect(rowsOf(forged).has("c3")).toBe(true);
    const restored = await forged.daemon.push(BACK);
    await forged.daemon.untilApplied(restored);
    // Where a pause keeps it waiting, as well.
    const { daemon } = forged;
    const paused = await openShown(forged, "again", SWAP);
    await daemon.send("/targets/prod/pause", { reason: "lunch" });
    await daemon.untilState("Paused", await forged.merge(paused, "boss"));
    const pushed = await daemon.push({ "clusters/c4.yaml": null });
    await daemon.untilState("Paused", pushed);
    await daemon.send("/targets/prod/resume", {});
    await expectHeld(forged, pushed);
    expect(rowsOf(forged).has("c3")).toBe(true);
    await daemon.untilApplied(await daemon.push(BACK));
    const reverted = await mergeUnseen("third", BACK);
    await forged.daemon.untilApplied(reverted.pushed);
    await forged.untilSaid(reverted.number, "Later commits had changed the manifests again by then");
  });

  test("does not undo a rejection, which the next request says", async () => {
    const forged = await openGuarded();
    const { daemon } = forged;
    const first = await openShown(forged, "move", MOVE);
    const merged = await forged.merge(first, "mallory");
    const { last_pass } = await daemon.untilState("AwaitingApproval", merged);
    const rejection = { digest: last_pass?.digest, target: "prod", reason: "not this year" };
    expect((await daemon.send("/rejections", rejection, "approve")).status).toBe(201);
    await forged.untilStatus(first, "apply", /^failure: rejected by approve/);
    await forged.untilSaid(first, /rejected by `approve`/);
    const harmless = await forged.propose("harmless", { "queues/any.yaml": queue("any", 2) }, { author: "mallory" });
    await forged.untilSaid(harmless, /digest/);
    await forged.untilStatus(harmless, "plan", /^success/);
    await expectHeld(forged, await forged.merge(harmless, "boss"));
    expect(rowsOf(forged).get("c1")?.pool).toBe("pa");
    const both = await forged.propose("both", { "clusters/c3.yaml": cluster("c3", "pa") }, { author: "mallory" });
    await forged.untilSaid(both, /`approve` \(not this year\) rejected it, so a merge does not approve it/);
    await forged.untilStatus(both, "apply", /^failure: rejected by approve, needs/);
    await expectHeld(forged, await forged.merge(both, "boss"));
    expect([rowsOf(forged).get("c1")?.pool, rowsOf(forged).get("c3")?.pool]).toEqual(["pa", "pb"]);
  });
});

test("who rejects a merge while it is paused has the last word, though another digest stands by then", async () => {
  const forged = await openGuarded();
  const { daemon, world } = forged;
  const moves = { page: ["c1", "pa", "pb"], comment: ["c2", "pa", "pb"], digest: ["c3", "pb", "pa"] } as const;
  for (const [how, [name, from, to]] of Object.entries(moves)) {
    const number = await openShown(forged, how, { [`clusters/${name}.yaml`]: cluster(name, to) });
    await daemon.send("/targets/prod/pause", { reason: "night" });
    await daemon.untilState("Paused", await forged.merge(number, "boss"));
    const pushed = await daemon.push({ "queues/any.yaml": queue("any", 5) });
    const { last_pass } = await daemon.untilState("Paused", pushed);
    const digest = last_pass?.digest ?? "";
    if (how === "page") {
      const answered = await daemon.send("/rejections", { digest, target: "prod", reason: "not tonight" }, "approve");
      expect(answered.status).toBe(201);
    } else {
      const words = how === "comment" ? "poolkeeper reject" : `poolkeeper reject ${digest}`;
      await forged.untilReacted(number, await forged.say(number, "boss", words), /^\+1$/);
    }
    await daemon.send("/targets/prod/resume", {});
    await expectHeld(forged, pushed);
    expect(rowsOf(forged).get(name)?.pool).toBe(from);
    // What was rejected is taken off the branch, for the next one.
    world.repository.ask("update-ref", "refs/heads/main", world.first);
    await daemon.untilApplied(world.first);
  }
});

test.each(["comment", "merge"] as const)("an approval by a %s ends when its time is over", async (how) => {
  const forged = await openGuarded(how === "comment" ? { requests: { approval: "explicit" } } : {});
  const { world, forge } = forged;
  const number = await forged.propose("move", MOVE, { author: "mallory" });
  await forged.untilSaid(number, /digest/);
  await forged.untilStatus(number, "plan", /digest/);
  if (how === "comment") {
    await forged.say(number, "boss", `poolkeeper approve ${forged.digest(number)}`);
    await forged.untilStatus(number, "apply", /approved by boss/);
  } else {
    await forged.daemon.send("/targets/prod/pause", { reason: "night" });
    await forged.daemon.untilState("Paused", await forged.merge(number, "boss"));
    await forged.untilSaid(number, /Merged by `boss`/);
  }
  await forged.daemon.daemon.stop();
  // Less than any configuration may say, so that it is over by now.
  const daemon = await world.start(forged.settings, (config) => ({
    ...config,
    targets: config.targets.map(({ policy, ...target }) => ({
      ...target,
      policy: { ...policy, approval: { ...policy.approval, expires_ms: 1 } },
    })),
  }));
  let revision = world.repository.ask("rev-parse", "refs/heads/main");
  if (how === "comment") {
    await forged.untilStatus(number, "apply", /^pending: needs/);
    revision = world.repository.merge("refs/heads/move");
    forge.merge(number, "mallory", revision);
  } else await daemon.send("/targets/prod/resume", {});
  await daemon.untilState("AwaitingApproval", revision);
  await forged.untilSaid(number, /held: it needs an approval/);
  expect((await daemon.target()).approvals).toEqual([]);
  expect(rowsOf(forged).get("c1")?.pool).toBe("pa");
});

test("where nobody approves their own request, no token of theirs does either", async () => {
  const forged = await openGuarded({ requests: { self_approval: false } });
  forged.forge.allow("Approve", "write");
  const number = await forged.propose("move", MOVE, { author: "Approve" });
  await forged.untilSaid(number, /digest/);
  await forged.untilStatus(number, "plan", /digest/);
  await forged.untilStatus(number, "apply", /^success/);
  const merged = await forged.merge(number, "Approve");
  await forged.daemon.untilState("AwaitingApproval", merged);
  await forged.untilSaid(number, /held: it needs an approval/);
  const { status, body } = await forged.daemon.approve();
  expect([status, body]).toMatchObject([403, { error: { code: "not_allowed" } }]);
  expect(rowsOf(forged).get("c1")?.pool).toBe("pa");
});

test("a rejection of what an administrator took off the branch keeps nothing back that comes later", async () => {
  const forged = await openGuarded();
  const { daemon, world } = forged;
  const merged = await forged.merge(await openShown(forged, "move", MOVE), "mallory");
  const { last_pass } = await daemon.untilState("AwaitingApproval", merged);
  const rejection = { digest: last_pass?.digest, target: "prod", reason: "never" };
  expect((await daemon.send("/rejections", rejection, "approve")).status).toBe(201);
  world.repository.ask("update-ref", "refs/heads/main", world.first);
  await daemon.untilApplied(world.first);
  const other = await openShown(forged, "other", { "clusters/c2.yaml": cluster("c2", "pb") });
  expect(forged.comment(other)).toContain("a merge approves it");
  await daemon.untilApplied(await forged.merge(other, "boss"));
  expect(rowsOf(forged).get("c2")?.pool).toBe("pb");
});

test("an approval that was written before a rejection, and read after it, is refused", async () => {
  const forged = await openGuarded({ requests: { approval: "explicit" } });
  const { forge, daemon } = forged;
  const number = await forged.propose("move", MOVE, { author: "mallory" });
  await forged.untilSaid(number, /digest/);
  await forged.untilStatus(number, "plan", /digest/);
  const merged = await forged.merge(number, "mallory");
  const { last_pass } = await daemon.untilState("AwaitingApproval", merged);
  await forged.untilSaid(number, /held: it needs an approval/);
  forge.fault({ kind: "status", status: 500 }, { call: /comments/, times: 10_000 });
  const approval = forge.comment(number, "boss", `poolkeeper approve ${last_pass?.digest}`);
  const rejection = { digest: last_pass?.digest, target: "prod", reason: "not today" };
  expect((await daemon.send("/rejections", rejection, "approve")).status).toBe(201);
  forge.heal();
  await forged.untilReacted(number, approval, /-1/);
  await forged.untilSaid(number, /rejected by `approve`/);
  expect(rowsOf(forged).get("c1")?.pool).toBe("pa");
  const again = forge.comment(number, "boss", `poolkeeper approve ${last_pass?.digest}`);
  await forged.untilReacted(number, again, /\+1/);
  await daemon.untilApplied(merged);
});
