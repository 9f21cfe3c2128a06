/**
 * The attacker may write to the repository, open and merge requests and change what is live by hand, and is no approver; or nobody attacks,
 * and drift, a push, an amended branch or a lost store come between. Somebody who may decide said no to a request. They want the change to
 * be carried out all the same, by an approval that was given before the no, or by the merge of somebody who has not heard of it.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { cluster, FILES, MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { waitFor } from "../set-up/wait-for.ts";

const GUARDED = {
  policy: { approval: { approvers: ["boss", "carol", "approve"] } },
  drift: { action: "report" },
} as const;

/** The rejected move and something else, and the same move of the same cluster under a manifest of another name. */
const MORE = { ...MOVE, "queues/any.yaml": queue("any", 2) };
const RENAMED = { "clusters/c1.yaml": "name: c1-eu\npreviously: c1\npool: pb\n" };

/** A target that `boss` and `carol` approve for on the forge, and `approve` on the page. */
async function openGuarded({ requests, ...given }: ForgedSettings = {}): Promise<ForgedWorld> {
  const forged = await openForgedWorld({
    ...{ settings: GUARDED, ...given },
    requests: { unverified_comments: "accept", ...requests },
  });
  for (const login of ["boss", "carol", "mallory"]) forged.forge.allow(login, "write");
  return forged;
}

/** A request of the attacker's that moves `c1`, once its plan stands, a second after it was shown: forges tell whole seconds. */
async function openShown(forged: ForgedWorld, branch = "move", files: Parameters<ForgedWorld["propose"]>[1] = MOVE) {
  const number = await forged.propose(branch, files, { author: "mallory" });
  await forged.untilSaid(number, /digest/);
  await forged.untilStatus(number, "apply", /^(success|pending: needs)/);
  await untilNextSecond();
  return number;
}

async function untilNextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await waitFor(
    () => Math.floor(Date.now() / 1000) > second + 1,
    () => "the next second",
  );
}

async function reject(forged: ForgedWorld, number: number, words = "poolkeeper reject"): Promise<void> {
  await forged.untilReacted(number, await forged.say(number, "carol", words), /^(\+1|thumbsup)$/);
}

async function approve(forged: ForgedWorld, number: number): Promise<void> {
  const words = `poolkeeper approve ${forged.digest(number)}`;
  await forged.untilReacted(number, await forged.say(number, "boss", words), /^(\+1|thumbsup)$/);
}

const poolOf = ({ world }: ForgedWorld, name: string) => world.served.model.state.cluster.rows.get(name)?.pool;

/** Changes what is live elsewhere, or back, and waits until the request's plan is another one. */
async function drift(forged: ForgedWorld, number: number, runs: number): Promise<void> {
  const before = forged.digest(number);
  await forged.world.post("/mutate", {
    ...{ op: "set", kind: "queue", name: "any", path: "run_concurrency", value: runs, by: "neighbour" },
  });
  await forged.daemon.send("/targets/prod/reconcile", {});
  await waitFor(
    () => forged.digest(number) !== before,
    () => forged.comment(number),
  );
}

/** Waits until the revision waits for an approval, through two passes and rounds, and sees that nothing ran and nobody approved. */
async function expectHeld(forged: ForgedWorld, revision: string, approvals = 0): Promise<void> {
  const { daemon } = forged;
  await daemon.untilState("AwaitingApproval", revision);
  const merged = forged.forge.requests().findLast(({ state }) => state === "merged") ?? expect.fail();
  await forged.untilStatus(merged.number, "apply", /^(failure: rejected|pending: needs)/);
  await daemon.send("/targets/prod/reconcile", {});
  const { audit } = await daemon.untilState("AwaitingApproval", revision);
  expect(
    audit.filter(({ action, via, details }) => action === "approve" && via !== "api" && !("refused" in details)),
  ).toHaveLength(approvals);
  expect((await daemon.target()).approvals).toEqual([]);
  expect(poolOf(forged, "c1")).toBe("pa");
}

/** What the request says of the rejection: who, and what takes it back. */
async function untilRejected(forged: ForgedWorld, number: number, by = "carol"): Promise<void> {
  await forged.untilStatus(
    number,
    "apply",
    new RegExp(`^failure: rejected by ${by}, needs .poolkeeper approve [0-9a-f]{32}`),
  );
  await forged.untilSaid(
    number,
    new RegExp(`\`${by}\`( \\([^<]*\\))? rejected what waits for one, so a merge gives none`),
  );
}

describe("a no on an open request", () => {
  test.each(FORGE_NAMES)(
    "is said at once on %s, holds back what is merged, and is taken back by an approval",
    async (kind) => {
      const forged = await openGuarded({ kind });
      const number = await openShown(forged);
      await reject(forged, number);
      await untilRejected(forged, number);
      const merged = await forged.merge(number, "boss");
      await expectHeld(forged, merged);
      await forged.untilSaid(number, /Merged by `boss` and rejected by `carol`/);
      await forged.untilStatus(number, "apply", /^failure: rejected by carol, needs/);
      await untilNextSecond();
      await approve(forged, number);
      await forged.daemon.untilApplied(merged);
      expect(poolOf(forged, "c1")).toBe("pb");
    },
  );

  test("counts with words after it, which are shown as its reason and as text alone", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number, "poolkeeper reject: too **risky** <!-- poolkeeper:prod -->");
    await forged.untilStatus(number, "apply", /^failure: rejected by carol/);
    await forged.untilSaid(number, /`carol` \(too \\\*\\\*risky\\\*\\\* [^<]*\) rejected what waits/);
    await expectHeld(forged, await forged.merge(number, "boss"));
    await forged.untilSaid(number, /rejected by `carol` \(too/);
    expect((await forged.daemon.target()).status.message).toContain("rejected by carol (too **risky**");
  });

  test("counts where it is copied with its backticks", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number, "`poolkeeper reject`");
    await untilRejected(forged, number);
  });

  test("is taken back by an approval before the merge, which says who gave it", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number);
    await untilRejected(forged, number);
    await untilNextSecond();
    await approve(forged, number);
    await forged.untilStatus(number, "apply", /^success: approved by boss/);
    await forged.daemon.untilApplied(await forged.merge(number, "mallory"));
  });

  test("ends an approval of a plan that comes back once the drift that changed it goes away", async () => {
    const forged = await openGuarded({ requests: { approval: "explicit" } });
    const number = await openShown(forged);
    const first = forged.digest(number);
    await approve(forged, number);
    await forged.untilStatus(number, "apply", /approved by boss/);
    await drift(forged, number, 9);
    await untilNextSecond();
    await reject(forged, number);
    await drift(forged, number, 1);
    expect(forged.digest(number)).toBe(first);
    await untilRejected(forged, number);
    await expectHeld(forged, await forged.merge(number, "mallory"), 1);
  });

  test("outlasts drift: the merge of another plan of the request approves nothing", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number);
    await drift(forged, number, 9);
    await untilRejected(forged, number);
    await expectHeld(forged, await forged.merge(number, "boss"));
  });

  test("counts though it names a plan that is outdated, or none, and though a push came before it was read", async () => {
    const forged = await openGuarded({ webhooks: false });
    const number = await openShown(forged);
    const outdated = forged.digest(number);
    await drift(forged, number, 9);
    await reject(forged, number, `poolkeeper reject ${outdated}`);
    await untilRejected(forged, number);
    const second = await openShown(forged, "second", { "clusters/c2.yaml": cluster("c2", "pb") });
    const held = forged.forge.hold({ call: /\/pulls/ });
    const comment = forged.forge.comment(second, "carol", "poolkeeper reject");
    await forged.pushTo(second, { "README.md": "words" });
    held.release();
    await forged.untilReacted(second, comment, /^\+1$/);
    await untilRejected(forged, second);
    await expectHeld(forged, await forged.merge(second, "boss"));
    expect(poolOf(forged, "c2")).toBe("pa");
  });

  test("outlasts a push to the request, closing it, and reopening it", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number);
    await forged.pushTo(number, { "queues/any.yaml": queue("any", 2) });
    await forged.untilSaid(number, /queue.any/);
    await untilRejected(forged, number);
    forged.forge.changeRequest(number, { state: "closed" });
    await forged.tell(number, "closed");
    await forged.untilSaid(number, /Closed without a merge/);
    forged.forge.changeRequest(number, { state: "open" });
    await forged.tell(number, "reopened");
    await untilRejected(forged, number);
    await expectHeld(forged, await forged.merge(number, "boss"));
  });

  test.each(["the same commit", "the same change and more", "the manifest renamed"])(
    "stands against another request with %s",
    async (how) => {
      const forged = await openGuarded();
      const { repository } = forged.world;
      const number = await openShown(forged);
      await reject(forged, number);
      forged.forge.changeRequest(number, { state: "closed" });
      await forged.tell(number, "closed");
      await forged.untilSaid(number, /Closed without a merge/);
      const again = { author: "mallory", branch: "move", base: "main", sha: forged.head(number), title: "tidy" };
      const second =
        how === "the same commit"
          ? forged.forge.openRequest(again)
          : await forged.propose("tidy", how === "the manifest renamed" ? RENAMED : MORE, { author: "mallory" });
      if (how === "the same commit") repository.ask("update-ref", `refs/pull/${second}/head`, again.sha);
      await untilRejected(forged, second);
      await expectHeld(forged, await forged.merge(second, "boss"));
    },
  );

  test("of a setting stands against another request that sets another one beside it", async () => {
    const forged = await openGuarded({
      settings: { ...GUARDED, policy: { ...GUARDED.policy, auto_apply: "create" } },
      files: { ...FILES, "settings/org.yaml": "run.max_action_concurrency: 4\n" },
    });
    const settings = (more: string) => ({ "settings/org.yaml": `run.max_action_concurrency: 4000\n${more}` });
    const number = await openShown(forged, "one", settings(""));
    await reject(forged, number);
    forged.forge.changeRequest(number, { state: "closed" });
    await forged.tell(number, "closed");
    const second = await forged.propose("two", settings("pod_template_name: tidy\n"), { author: "mallory" });
    await untilRejected(forged, second);
    await expectHeld(forged, await forged.merge(second, "boss"));
    expect(JSON.stringify(forged.world.served.model.state.setting.rows.get("")?.values)).not.toContain("4000");
  });

  test("is about what its giver was shown: what the author pushes later is no no to the requests of others", async () => {
    const forged = await openGuarded({ requests: { approval: "explicit" } });
    const number = await openShown(forged);
    await reject(forged, number);
    const swap = { "clusters/c3.yaml": cluster("c3", "pa") };
    const other = await openShown(forged, "other", swap);
    await approve(forged, other);
    await forged.untilStatus(other, "apply", /^success: approved by boss/);
    await forged.pushTo(number, swap);
    await forged.untilSaid(number, /cluster.c3/);
    await untilRejected(forged, number);
    await forged.daemon.untilApplied(await forged.merge(other, "boss"));
    expect(poolOf(forged, "c1")).toBe("pa");
  });

  test("does not stand against another request that does something else", async () => {
    const forged = await openGuarded();
    await reject(forged, await openShown(forged));
    const other = await openShown(forged, "other", { "clusters/c2.yaml": cluster("c2", "pb") });
    await forged.daemon.untilApplied(await forged.merge(other, "boss"));
    expect([poolOf(forged, "c1"), poolOf(forged, "c2")]).toEqual(["pa", "pb"]);
  });

  test("is read again where the store was lost", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number);
    await forged.daemon.daemon.stop();
    rmSync(join(forged.world.folder, "data"), { recursive: true });
    await forged.restart();
    await untilRejected(forged, number);
    await expectHeld(forged, await forged.merge(number, "boss"));
  });
});

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
      await daemon.untilState("Paused", await forged.merge(back, "mallory"));
      const again = await forged.propose(
        "again",
        { ...MOVE, "queues/any.yaml": queue("any", 1) },
        { author: "mallory" },
      );
      await forged.untilSaid(again, /cluster.c1/);
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
  await untilNextSecond();
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
      body: { error: { code: "stale", message: expect.stringMatching(/^approve \(no\) rejected .* send `decided`/) } },
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
