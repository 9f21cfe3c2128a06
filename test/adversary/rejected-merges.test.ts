/**
 * The attacker may write to the repository, open and merge requests and change what is live by hand, and is no approver. Somebody who may
 * decide rejected a request, and it is merged all the same: while the rejection can't be judged, before it was given, or after it.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { cluster, MOVE, queue } from "../daemon/manifests.ts";
import type { ForgedSettings } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import {
  approve,
  drift,
  expectHeld,
  GUARDED,
  MORE,
  openGuarded,
  openShown,
  poolOf,
  reject,
  untilRejected,
} from "./reject-request.ts";

describe("a no that can't be judged for now", () => {
  const UNDECIDED = /^pending: the forge does not say whether the rejection by carol counts/;

  test.each([
    ["what its giver may do, by an error", { kind: "status", status: 502 }, /permission/],
    ["what its giver may do, by a refusal", { kind: "status", status: 403 }, /permission/],
    ["what its giver may do, by a connection that ends", { kind: "cut_before" }, /permission/],
    ["what its giver may do, by a page of a proxy", { kind: "garbage" }, /permission/],
  ] as const)(
    "as the forge does not tell %s, holds the request before and after the merge, and counts once it can",
    async (_, fault, call) => {
      const forged = await openGuarded({ kind: "github" });
      const number = await openShown(forged);
      forged.forge.fault(fault, { times: 100_000, call });
      const comment = await forged.say(number, "carol", "poolkeeper reject");
      await forged.untilStatus(number, "apply", UNDECIDED);
      await forged.untilSaid(number, /`carol` wrote a rejection/);
      expect(forged.forge.reactions(number, comment)).toEqual([]);
      const merged = await forged.merge(number, "boss");
      await forged.daemon.untilState("AwaitingApproval", merged);
      await forged.daemon.send("/targets/prod/reconcile", {});
      await forged.untilStatus(number, "apply", UNDECIDED);
      forged.forge.heal();
      await forged.daemon.send("/targets/prod/reconcile", {});
      await forged.untilReacted(number, comment, /^\+1$/);
      await forged.untilStatus(number, "apply", /^failure: rejected by carol/);
      await expectHeld(forged, merged);
    },
  );

  test("counts where the forge does not tell whether it was edited, but its webhook told what was written", async () => {
    const forged = await openGuarded({ kind: "github" });
    const number = await openShown(forged);
    forged.forge.fault({ kind: "status", status: 403 }, { times: 100_000, call: /graphql/ });
    await forged.say(number, "carol", "poolkeeper reject");
    await forged.untilStatus(number, "apply", /^failure: rejected by carol/);
    await expectHeld(forged, await forged.merge(number, "boss"));
  });

  test("holds the same change in another request, whatever is pushed to its own, and no more than that", async () => {
    const forged = await openGuarded({ kind: "github" });
    const number = await openShown(forged);
    forged.forge.fault({ kind: "status", status: 403 }, { times: 100_000, call: /permission/ });
    await forged.say(number, "carol", "poolkeeper reject");
    await forged.untilStatus(number, "apply", UNDECIDED);
    await forged.pushTo(number, { "clusters/c2.yaml": cluster("c2", "pb") });
    await forged.untilSaid(number, /cluster.c2/);
    forged.forge.changeRequest(number, { state: "closed" });
    await forged.tell(number, "closed");
    await forged.untilSaid(number, /Closed without a merge/);
    const other = await forged.propose("other", { "clusters/c2.yaml": cluster("c2", "pb") }, { author: "mallory" });
    await forged.untilStatus(other, "apply", /^success/);
    const same = await forged.propose("same", MORE, { author: "mallory" });
    await forged.untilStatus(same, "apply", UNDECIDED);
    forged.forge.heal();
    await forged.daemon.send("/targets/prod/reconcile", {});
    await untilRejected(forged, same);
    await forged.untilStatus(other, "apply", /^success/);
  });

  test("holds the same change that another request merges, though its own has less of it since then", async () => {
    const forged = await openGuarded({ kind: "github" });
    const number = await openShown(forged, "move", MORE);
    const digest = forged.digest(number);
    forged.forge.fault({ kind: "status", status: 403 }, { times: 100_000, call: /permission/ });
    await forged.say(number, "carol", "poolkeeper reject");
    await forged.untilStatus(number, "apply", UNDECIDED);
    const other = await forged.propose("other", MOVE, { author: "mallory" });
    await forged.untilStatus(other, "apply", UNDECIDED);
    const merged = await forged.merge(other, "boss");
    await forged.daemon.untilState("AwaitingApproval", merged);
    await forged.untilSaid(number, /Merged before and not applied yet/);
    expect(forged.digest(number)).toBe(digest);
    forged.forge.heal();
    await forged.daemon.send("/targets/prod/reconcile", {});
    await forged.untilStatus(other, "apply", /^failure: rejected by carol/);
    await expectHeld(forged, merged);
  });

  test("stops nothing once the forge says that its giver may not reject", async () => {
    const forged = await openGuarded({ kind: "github" });
    const number = await openShown(forged);
    forged.forge.allow("carol", "read");
    forged.forge.fault({ kind: "status", status: 403 }, { times: 100_000, call: /permission/ });
    const comment = await forged.say(number, "carol", "poolkeeper reject");
    await forged.untilStatus(number, "apply", UNDECIDED);
    forged.forge.heal();
    await forged.daemon.send("/targets/prod/reconcile", {});
    await forged.untilReacted(number, comment, /^-1$/);
    await forged.untilStatus(number, "apply", /^success/);
    await forged.daemon.untilApplied(await forged.merge(number, "boss"));
  });

  test("counts on a Gitea whose webhook never told of it, as nothing but an approval is refused for want of a proof", async () => {
    const settings = { ...GUARDED, repository: { webhook: undefined } };
    const forged = await openGuarded({ webhooks: false, requests: { unverified_comments: "refuse" }, settings });
    const number = await openShown(forged);
    await reject(forged, number);
    await untilRejected(forged, number);
    await expectHeld(forged, await forged.merge(number, "boss"));
  });
});

describe("a no after the merge", () => {
  /** A merge that nobody approved, rejected on the page. */
  async function openRejected(given: ForgedSettings = {}) {
    const forged = await openGuarded(given);
    const number = await openShown(forged);
    const merged = await forged.merge(number, "mallory");
    const { last_pass } = await forged.daemon.untilState("AwaitingApproval", merged);
    const rejection = { digest: last_pass?.digest, target: "prod", reason: "not this year" };
    expect((await forged.daemon.send("/rejections", rejection, "approve")).status).toBe(201);
    await forged.untilStatus(number, "apply", /^failure: rejected by approve/);
    return { forged, number, merged };
  }

  test("outlasts an amended branch, and is said on the next request, whose merge approves none of it", async () => {
    const { forged, merged } = await openRejected();
    const { repository } = forged.world;
    const who = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
    const tree = repository.ask("rev-parse", `${merged}^{tree}`);
    const amended = repository.ask(...who, "commit-tree", tree, "-p", forged.world.first, "-m", "better message");
    repository.ask("update-ref", "refs/heads/main", amended);
    await forged.daemon.untilState("AwaitingApproval", amended);
    const next = await forged.propose("next", { "clusters/c3.yaml": cluster("c3", "pa") }, { author: "mallory" });
    await untilRejected(forged, next, "approve");
    await expectHeld(forged, await forged.merge(next, "boss"));
    expect(poolOf(forged, "c3")).toBe("pb");
  });

  test("is said through drift, and an approval that was written before that was said is refused", async () => {
    const { forged, number } = await openRejected({ requests: { approval: "explicit" } });
    await drift(forged, number, 9);
    await forged.untilStatus(number, "apply", /^failure: rejected by approve, needs/);
    await forged.untilSaid(number, /rejected by `approve`/);
  });

  test("outlasts a revert: what was reverted and comes again needs an approval of its own", async () => {
    const { forged } = await openRejected();
    const back = await openShown(forged, "back", { "clusters/c1.yaml": cluster("c1", "pa") });
    await forged.daemon.untilApplied(await forged.merge(back, "mallory"));
    const again = await forged.propose("again", MOVE, { author: "mallory" });
    await untilRejected(forged, again, "approve");
    await expectHeld(forged, await forged.merge(again, "boss"));
  });
});

describe("an approval of what was reverted before it was applied", () => {
  test.each(["a comment", "the merge"])(
    "by %s ends with the revert: the change that comes again needs one of its own",
    async (how) => {
      const forged = await openGuarded(how === "a comment" ? { requests: { approval: "explicit" } } : {});
      const { daemon } = forged;
      const number = await openShown(forged);
      if (how === "a comment") {
        await approve(forged, number);
        await forged.untilStatus(number, "apply", /^success: approved by boss/);
      }
      await daemon.send("/targets/prod/pause", { reason: "night" });
      await daemon.untilState("Paused", await forged.merge(number, "boss"));
      await forged.untilSaid(number, /Merged by `boss`/);
      const files = { "clusters/c1.yaml": cluster("c1", "pa"), "queues/any.yaml": queue("any", 2) };
      const back = await forged.propose("back", files, { author: "carol" });
      await forged.untilSaid(back, /queue.any/);
      await forged.untilStatus(back, "plan", /digest/);
      await daemon.untilState("Paused", await forged.merge(back, "mallory"));
      const again = await forged.propose(
        "again",
        { ...MOVE, "queues/any.yaml": queue("any", 1) },
        { author: "mallory" },
      );
      await forged.untilSaid(again, /cluster.c1/);
      await forged.untilStatus(again, "plan", /digest/);
      const merged = await forged.merge(again, "mallory");
      await daemon.untilState("Paused", merged);
      await daemon.send("/targets/prod/resume", {});
      await expectHeld(forged, merged, how === "a comment" ? 1 : 0);
    },
  );
});

test("a clock that was ahead when an approval was read does not let it outlive a rejection", async () => {
  const forged = await openGuarded({ requests: { approval: "explicit" } });
  const { world } = forged;
  const number = await openShown(forged);
  await approve(forged, number);
  await forged.untilStatus(number, "apply", /^success: approved by boss/);
  await forged.daemon.send("/targets/prod/pause", { reason: "night" });
  const merged = await forged.merge(number, "mallory");
  await forged.daemon.untilState("Paused", merged);
  await forged.untilSaid(number, /Merged by/);
  await forged.daemon.daemon.stop();
  const database = new DatabaseSync(join(world.folder, "data", "poolkeeper.sqlite"));
  const ahead = new Date(Date.now() + 3_600_000).toISOString();
  database.prepare("update decision set at = ?").run(ahead);
  database.prepare("update request_review set body = json_set(body, '$.approvals[0].at', ?)").run(ahead);
  database.close();
  await forged.restart();
  const { last_pass } = await forged.daemon.untilState("Paused", merged);
  const rejection = { digest: last_pass?.digest, target: "prod", reason: "no" };
  expect((await forged.daemon.send("/rejections", rejection, "approve")).status).toBe(201);
  await forged.daemon.send("/targets/prod/resume", {});
  await expectHeld(forged, merged, 1);
});

test("an approval of what waits that was written before the comment said who rejected it is refused, whatever drifts meanwhile", async () => {
  const forged = await openGuarded({ requests: { approval: "explicit" }, webhooks: false });
  const number = await openShown(forged);
  const merged = await forged.merge(number, "mallory");
  const { last_pass } = await forged.daemon.untilState("AwaitingApproval", merged);
  await forged.untilSaid(number, /held: it needs an approval/);
  const held = forged.forge.hold({ call: /comments/ });
  const early = forged.forge.comment(number, "boss", `poolkeeper approve ${last_pass?.digest}`);
  const rejection = { digest: last_pass?.digest, target: "prod", reason: "no" };
  expect((await forged.daemon.send("/rejections", rejection, "approve")).status).toBe(201);
  held.release();
  await forged.untilReacted(number, early, /^-1$/);
  await drift(forged, number, 9);
  await forged.untilStatus(number, "apply", /^failure: rejected by approve, needs/);
  await expectHeld(forged, merged);
});

test("an approval by page, API or command line does not take back a rejection that its giver was not shown", async () => {
  const forged = await openGuarded({ requests: { approval: "explicit" } });
  const { daemon } = forged;
  const number = await openShown(forged);
  const merged = await forged.merge(number, "mallory");
  const { last_pass } = await daemon.untilState("AwaitingApproval", merged);
  const digest = last_pass?.digest;
  const look = async () => {
    const headers = { authorization: `Bearer ${TOKENS.approve}` };
    const answer = await fetch(`${daemon.url}/api/v1/plans/${digest}/approval`, { headers });
    return ((await answer.json()) as { readonly decided: number }).decided;
  };
  const before = await look();
  const rejection = { digest, target: "prod", reason: "no" };
  expect((await daemon.send("/rejections", rejection, "approve")).status).toBe(201);
  for (const given of [{ decided: before }, { decided: 999 }, {}]) {
    expect(await daemon.send("/approvals", { digest, target: "prod", ...given }, "approve")).toMatchObject({
      status: 409,
      body: {
        error: { code: "stale", message: expect.stringMatching(/^approve \(no\) rejected .* send the `decided`/) },
      },
    });
  }
  await daemon.send("/targets/prod/reconcile", {});
  await daemon.untilState("AwaitingApproval", merged);
  expect(poolOf(forged, "c1")).toBe("pa");
  expect((await daemon.send("/approvals", { digest, target: "prod", decided: await look() }, "approve")).status).toBe(
    201,
  );
  await daemon.untilApplied(merged);
});
