/**
 * The attacker may write to the repository, and so edit and delete the comments of others, and is no approver; or may only comment. The daemon can't
 * read the forge for a while, and the forge's webhooks reach it. They want a rejection that somebody wrote meanwhile to be lost.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";

const SETTINGS = { policy: { approval: { approvers: ["boss", "carol"] } }, drift: { action: "report" } };
const MAY = /\/assignees|\/collaborators\/|\/members\/all\/|\/users\?/;

async function openShown(given: ForgedSettings = {}) {
  const forged = await openForgedWorld({ settings: SETTINGS, ...given });
  for (const login of ["boss", "carol", "mallory"]) forged.forge.allow(login, "write");
  const number = await forged.propose("move", MOVE, { author: "mallory" });
  await forged.untilStatus(number, "apply", /^(success|pending: needs)/);
  return { ...forged, forged, number };
}

/** How the daemon marks a comment that it has handled; GitLab calls it otherwise. */
const HANDLED = /^(\+1|thumbsup)$/;

const poolOf = ({ world }: ForgedWorld) => world.served.model.state.cluster.rows.get("c1")?.pool;

async function expectHeld(forged: ForgedWorld, number: number): Promise<void> {
  await forged.daemon.untilState("AwaitingApproval", await forged.merge(number, "boss"));
  await forged.untilSaid(number, /rejected by `carol`/);
  const { approvals, audit } = await forged.daemon.target();
  expect(approvals).toEqual([]);
  expect(audit.map(({ action, who }) => [action, who])).toContainEqual(["reject", "carol"]);
  expect(poolOf(forged)).toBe("pa");
}

function answersOn({ forge }: ForgedWorld, number: number): readonly string[] {
  return forge
    .comments(number)
    .filter(({ author, body }) => author === forge.self && body.includes("poolkeeper-answer"))
    .map(({ body }) => body);
}

describe.each(FORGE_NAMES)("on %s a rejection of which the webhook told", (kind) => {
  test.each(["deleted", "edited"])("counts though its comment is %s before it is read", async (how) => {
    const { forged, forge, number, say, untilStatus } = await openShown({ kind });
    const held = forge.hold({ call: /./ });
    const comment = await say(number, "carol", "poolkeeper reject");
    if (how === "deleted") forge.deleteComment(number, comment);
    else forge.editComment(number, comment, "looks good");
    held.release();
    await untilStatus(number, "apply", /^failure: rejected by carol/);
    expect(answersOn(forged, number)).toEqual([expect.stringContaining("The rejection by carol stands")]);
    await expectHeld(forged, number);
  });
});

describe.each(FORGE_NAMES)("on %s a webhook of the whole organization", (kind) => {
  test("tells of comments in other repositories, which say nothing of the request with the same number here", async () => {
    const { forged, forge, number, say, untilReacted, untilStatus, daemon, merge } = await openShown({ kind });
    const held = forge.hold({ call: /./ });
    const comment = forge.comment(number, "carol", "poolkeeper reject");
    const told = { kind: "comment", number, comment, repository: "acme/other" } as const;
    expect(await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, told)).toBe(202);
    // Here nobody has written it.
    forge.deleteComment(number, comment);
    held.release();
    await untilReacted(number, await say(number, "mallory", "poolkeeper help"), HANDLED);
    await untilStatus(number, "apply", /^success/);
    expect(answersOn(forged, number).filter((body) => body.includes("rejection"))).toEqual([]);
    await daemon.untilApplied(await merge(number, "boss"));
  });

  test("tells of this one however its name is spelled", async () => {
    const { forge, number, untilStatus, daemon } = await openShown({ kind });
    const held = forge.hold({ call: /./ });
    const comment = forge.comment(number, "carol", "poolkeeper reject");
    const told = { kind: "comment", number, comment, repository: forge.repository.toUpperCase() } as const;
    expect(await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, told)).toBe(202);
    forge.deleteComment(number, comment);
    held.release();
    await untilStatus(number, "apply", /^failure: rejected by carol/);
  });
});

describe("a rejection", () => {
  test("that was read while the forge did not say whether it counts is not lost with its comment", async () => {
    const { forged, forge, number, say, untilStatus, daemon } = await openShown({ webhooks: false });
    forge.fault({ kind: "status", status: 502 }, { call: MAY, times: 10_000 });
    const comment = await say(number, "carol", "poolkeeper reject");
    await untilStatus(number, "apply", /^pending: the forge does not say whether the rejection by carol counts/);
    forge.deleteComment(number, comment);
    forge.heal();
    await daemon.send("/targets/prod/reconcile", {});
    await untilStatus(number, "apply", /^failure: rejected by carol/);
    await expectHeld(forged, number);
  });

  test("by somebody who may not reject counts as little when its comment is deleted", async () => {
    const { forge, number, say, merge, daemon, untilStatus, forged } = await openShown();
    const held = forge.hold({ call: /./ });
    const comment = await say(number, "stranger", "poolkeeper reject");
    forge.deleteComment(number, comment);
    held.release();
    await waitFor(
      () =>
        answersOn(forged, number).some((body) => body.includes("stranger is not on the list of those who may reject")),
      () => JSON.stringify(forge.comments(number)),
    );
    await untilStatus(number, "apply", /^success/);
    await daemon.untilApplied(await merge(number, "boss"));
  });

  test("that was taken back does not come again when its comment is deleted", async () => {
    const { forge, number, say, digest, untilReacted, untilSaid, untilStatus, daemon, merge } = await openShown();
    const comment = await say(number, "carol", "poolkeeper reject");
    await untilStatus(number, "apply", /^failure: rejected by carol/);
    // The comment comes after the status: who approves has read it.
    await untilSaid(number, /`carol` rejected it, so a merge does not approve it/);
    await untilReacted(number, await say(number, "boss", `poolkeeper approve ${digest(number)}`), /^\+1$/);
    await untilStatus(number, "apply", /^success: approved by boss/);
    forge.deleteComment(number, comment);
    await untilReacted(number, await say(number, "mallory", "poolkeeper help"), /^\+1$/);
    await untilStatus(number, "apply", /^success: approved by boss/);
    await daemon.untilApplied(await merge(number, "mallory"));
  });

  test("is never a success again where the store is lost, on a Gitea as it is by default", async () => {
    const { forged, forge, number, say, untilStatus, restart, world } = await openShown();
    const comment = await say(number, "carol", "poolkeeper reject");
    await untilStatus(number, "apply", /^failure: rejected by carol/);
    await forged.daemon.daemon.stop();
    rmSync(join(world.folder, "data"), { recursive: true });
    const seen: string[] = [];
    forge.onStatus(() => seen.push(forged.status(number, "apply")));
    await restart();
    // Its webhook was told to the store that is lost: it may come again, and is waited for.
    await untilStatus(number, "apply", /^pending: the forge does not say whether the rejection by carol counts/);
    const merged = await forged.merge(number, "boss");
    await forged.daemon.untilState("AwaitingApproval", merged);
    await forged.tell(number, "edited");
    await forged.daemon.send("/targets/prod/reconcile", {});
    await forged.daemon.untilState("AwaitingApproval", merged);
    expect(seen.filter((status) => status.startsWith("success"))).toEqual([]);
    expect(poolOf(forged)).toBe("pa");
    expect((await forged.daemon.target()).approvals).toEqual([]);
    expect(forge.reactions(number, comment)).toContain("+1");
  });
});

test("a rejection is not lost where the author's description makes its delivery large", async () => {
  const { forge, propose, say, untilStatus } = await openShown();
  const number = await propose(
    "again",
    { ...MOVE, "again.md": "again" },
    { author: "mallory", body: "x".repeat(1_500_000) },
  );
  await untilStatus(number, "apply", /^(success|pending: needs)/);
  const held = forge.hold({ call: /./ });
  forge.deleteComment(number, await say(number, "carol", "poolkeeper reject"));
  held.release();
  await untilStatus(number, "apply", /^failure: rejected by carol/);
});

test("a rejection is not lost where the store fails while its webhook is taken, and the forge delivers again", async () => {
  const { forged, forge, number, untilStatus } = await openShown();
  const held = forge.hold({ call: /./ });
  const comment = forge.comment(number, "carol", "poolkeeper reject");
  const deliver = () =>
    forge.deliver(`${forged.daemon.url}/webhooks/prod`, HOOK_SECRET, { id: "again", kind: "comment", number, comment });
  const database = new DatabaseSync(join(forged.world.folder, "data", "poolkeeper.sqlite"));
  database.exec("create trigger full before insert on told_comment begin select raise(abort, 'no space'); end");
  expect(await deliver()).toBe(503);
  database.exec("drop trigger full");
  database.close();
  expect(await deliver()).toBe(202);
  forge.deleteComment(number, comment);
  held.release();
  await untilStatus(number, "apply", /^failure: rejected by carol/);
  await expectHeld(forged, number);
});

test("a comment's proof is found however many other comments the forge tells of", async () => {
  const { forge, number, say, digest, propose, untilReacted, untilStatus } = await openShown({
    requests: { approval: "explicit" },
  });
  const other = await propose("other", { "queues/any.yaml": queue("any", 2) }, { author: "reader" });
  await untilStatus(other, "plan", /^success/);
  const held = forge.hold({ call: /./ });
  const approval = await say(number, "carol", `poolkeeper approve ${digest(number)}`);
  for (let times = 0; times < 101; times++) await say(other, "reader", "poolkeeper approve 0");
  held.release();
  await untilReacted(number, approval, /^\+1$/);
  await untilStatus(number, "apply", /^success: approved by carol/);
});
