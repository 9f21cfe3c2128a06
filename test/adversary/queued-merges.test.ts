import { describe, expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";
import { openQueue } from "../daemon/open-queue.ts";

/*
 * The attacker may open requests and gets one into the merge queue (GitHub) or train (GitLab): of a fork, with the skip label, as a
 * draft, hidden behind a request that was reviewed, or in a commit of their own making. They want the queue's commit to be green
 * without a review of what it has, or their own merge to count as an approval because it was a bot that merged.
 */

const ALL = { policy: { auto_apply: "all" } };

describe.each(["github", "gitlab"] as const)("on %s, the merge queue is no way around a review", (kind) => {
  test.each([
    ["of a fork", { fork: "stranger/pools", author: "stranger" }, /comes from a fork/],
    ["with the skip label", { labels: ["poolkeeper-skip"] }, /excluded by its label/],
    ["that is a draft", { draft: true }, /is a draft/],
  ])("for a request %s: it is not green there, and is held after the merge", async (_, more, why) => {
    const forged = await openForgedWorld({ kind, settings: ALL });
    const number = await forged.propose("attack", MOVE, more);
    const groups = openQueue(forged);
    const [sha = ""] = await groups.enqueue([number], { method: "squash" });
    await groups.untilStatus(sha, "plan", new RegExp(`^failure: request ${number} was not planned: .*${why.source}`));
    await groups.untilStatus(sha, "apply", /^failure: request/);
    const { status, applied_revision } = await forged.daemon.untilState("AwaitingApproval", await groups.land(number));
    expect(status.message).toMatch(/it comes from a fork|it was a draft|a label excluded it/);
    expect(applied_revision).toBe(forged.world.first);
    expect(forged.world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
  });

  test("for a request behind one that was reviewed: the first is green, what has both is not", async () => {
    const forged = await openForgedWorld({ kind });
    const good = await forged.propose("good", { "queues/any.yaml": queue("any", 7) });
    await forged.untilStatus(good, "apply", /^success/);
    const bad = await forged.propose("bad", MOVE, { draft: true });
    const groups = openQueue(forged);
    const [first = "", both = ""] = await groups.enqueue([good, bad]);
    await groups.untilStatus(both, "plan", new RegExp(`^failure: request ${bad} was not planned`));
    await groups.untilStatus(first, "plan", /^success/);
  });

  test("for a commit that has more than the reviewed request", async () => {
    const forged = await openForgedWorld({ kind });
    const number = await forged.propose("good", { "queues/any.yaml": queue("any", 7) });
    await forged.untilStatus(number, "apply", /^success/);
    const groups = openQueue(forged);
    const { repository } = forged.world;
    const sha = repository.push({ "queues/any.yaml": queue("any", 7), ...MOVE }, { ref: "refs/heads/planted" });
    await groups.plant(number, sha);
    await groups.untilStatus(sha, "plan", new RegExp(`^pending: waits for the plan of request ${number}`));
    await groups.untilStatus(sha, "apply", /^pending: waits for the plan/);
  });
});

describe("a merge by GitHub's queue", () => {
  test.each([
    ["who may approve", "mona", true],
    ["who opened it", "author", false],
  ])("approves as the one who put it there: %s", async (_, by, isApproved) => {
    const requests = { self_approval: false };
    const policy = { auto_apply: "create", approval: { approvers: ["mona", "author", "github-merge-queue[bot]"] } };
    const forged = await openForgedWorld({ kind: "github", requests, settings: { policy } });
    forged.forge.allow("author", "write");
    const number = await forged.propose("move-c1", MOVE, { author: "author" });
    await forged.untilStatus(number, "apply", /^success/);
    const groups = openQueue(forged);
    const [sha = ""] = await groups.enqueue([number], { by });
    await groups.untilStatus(sha, "apply", /^success/);
    const landed = await groups.land(number);
    if (isApproved) {
      await forged.daemon.untilApplied(landed);
    } else {
      await forged.untilSaid(number, /held: it needs an approval/);
      expect(forged.world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
    }
  });
});

test("with explicit approval, a queue's commit waits for the approval of each request in it", async () => {
  const settings = { policy: { auto_apply: "create" } };
  const forged = await openForgedWorld({ kind: "github", requests: { approval: "explicit" }, settings });
  const number = await forged.propose("move-c1", MOVE);
  await forged.untilStatus(number, "apply", /^pending: needs/);
  const groups = openQueue(forged);
  const [sha = ""] = await groups.enqueue([number]);
  await groups.untilStatus(sha, "plan", /^success/);
  await groups.untilStatus(sha, "apply", new RegExp(`^pending: request ${number}: needs`));
  await forged.say(number, "mona", `poolkeeper approve ${forged.digest(number)}`);
  await groups.untilStatus(sha, "apply", /^success/);
});
