/**
 * The attacker may open requests, from a fork or as a draft, of a commit that another request has as well, or a merge queue. Statuses are of commits: they
 * want to keep the other request from being merged, or to have a plan applied by the merge of a request that shows none.
 */

import { describe, expect, onTestFinished, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { openQueue } from "../daemon/open-queue.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { approve, openGuarded, openShown, poolOf, reject } from "./reject-request.ts";

type Twin = Partial<Parameters<ForgedWorld["forge"]["openRequest"]>[0]>;

const FORK: Twin = { fork: "stranger/pools" };
const DRAFT: Twin = { ...FORK, draft: true };

/** Opens a request of this very commit; gives its number once a look at it is over. */
async function openTwin(forged: ForgedWorld, sha: string, twin: Twin): Promise<number> {
  const { forge, world } = forged;
  const number = forge.openRequest({ title: "same", author: "stranger", branch: "same", base: "main", sha, ...twin });
  const ref = forge.kind === "gitlab" ? `refs/merge-requests/${number}/head` : `refs/pull/${number}/head`;
  world.repository.point(ref, sha);
  await lookAt(forged, number);
  await forged.untilRecorded(number);
  await endRound(forged, number);
  return number;
}

const lookAt = ({ forge, daemon }: ForgedWorld, number: number) =>
  forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "request", number, action: "opened" });

/** Waits for the end of the round under way: the next one begins after it. */
const endRound = (forged: ForgedWorld, number: number) => forged.betweenRounds(number, async () => {});

/** Every state that the commit's statuses are set to from now on. */
function watchStates({ forge }: ForgedWorld, sha: string): readonly string[] {
  const seen: string[] = [];
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  forge.onStatus((of) => {
    if (of === sha && !isOver)
      seen.push(...forge.statuses(sha).map(({ state, description }) => `${state}: ${description}`));
  });
  return seen;
}

const both = ({ status }: ForgedWorld, number: number) => [status(number, "plan"), status(number, "apply")];

describe.each(FORGE_NAMES)("on %s, a request that is not planned", (kind) => {
  test.each([
    ["comes from a fork", FORK, {}],
    ["is a draft from a fork, where forks are planned", DRAFT, { forks: true }],
  ])("and %s changes nothing of the statuses of a planned one of its commit", async (_what, twin, requests) => {
    const forged = await openForgedWorld({ kind, requests });
    const planned = await forged.propose("move", MOVE);
    await forged.untilStatus(planned, "apply", /^success/);
    await forged.untilRecorded(planned);
    const before = both(forged, planned);
    const seen = watchStates(forged, forged.head(planned));
    const number = await openTwin(forged, forged.head(planned), twin);
    expect(both(forged, planned)).toEqual(before);
    expect(seen.filter((text) => !text.startsWith("success"))).toEqual([]);
    // Without the planned one, nothing was planned.
    forged.forge.changeRequest(planned, { state: "closed" });
    await forged.tell(planned, "closed");
    await forged.untilStatus(number, "plan", /^pending: (prod: request \d: )?not planned/);
    await forged.untilStatus(number, "apply", /^pending/);
  });

  test("is not green either after the planned one of its commit was rejected", async () => {
    const forged = await openGuarded({ kind });
    const planned = await openShown(forged);
    const number = await openTwin(forged, forged.head(planned), FORK);
    await reject(forged, planned);
    await forged.untilStatus(number, "apply", /^failure: rejected by carol/);
    const commit = await forged.merge(planned, "boss");
    forged.forge.merge(number, "boss", commit);
    await forged.daemon.untilState("AwaitingApproval", commit);
    await forged.daemon.reconciled();
    expect(poolOf(forged, "c1")).toBe("pa");
  });

  // Gitea counts no other request as merged.
  const also = kind === "gitea" ? [] : ["with the planned one, which the forge counts as merged by it too"];
  test.each(["alone", ...also])("and is merged %s approves nothing of what the other shows", async (how) => {
    const forged = await openGuarded({ kind });
    const { forge, world, daemon } = forged;
    const planned = await openShown(forged);
    await forged.untilRecorded(planned);
    const number = await openTwin(forged, forged.head(planned), FORK);
    await forged.untilStatus(number, "apply", /^success/);
    const commit = world.repository.merge("move");
    forge.merge(number, "boss", commit);
    if (how !== "alone") forge.merge(planned, "boss", commit);
    await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "push", branch: "main", sha: commit });
    await daemon.untilState("AwaitingApproval", commit);
    if (how !== "alone") {
      await forged.untilSaid(
        planned,
        /approves nothing: another request of this commit, which shows no plan, was merged/,
      );
    }
    await daemon.reconciled();
    await daemon.reconciled();
    expect((await daemon.target()).approvals).toEqual([]);
    expect(poolOf(forged, "c1")).toBe("pa");
  });

  test("and counts as merged after the planned one of its commit takes nothing from its merger's approval", async () => {
    const forged = await openGuarded({ kind });
    const planned = await openShown(forged);
    const number = await openTwin(forged, forged.head(planned), FORK);
    const commit = forged.world.repository.merge("move");
    forged.forge.merge(planned, "boss", commit);
    forged.forge.merge(number, "boss", commit);
    const { forge, daemon } = forged;
    await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "push", branch: "main", sha: commit });
    await daemon.untilApplied(commit);
    expect(poolOf(forged, "c1")).toBe("pb");
  });
});

// A merge of either does the same, and the approver was shown that: each further request of the commit would take an approval of its own otherwise.
describe.each(FORGE_NAMES)("on %s, an approval counts for each request of the commit", (kind) => {
  const EXPLICIT = { approval: "explicit", forks: true } as const;

  test("so that one that is opened and planned after it keeps nothing from being merged", async () => {
    const forged = await openGuarded({ kind, requests: EXPLICIT });
    const planned = await openShown(forged);
    await approve(forged, planned);
    await forged.untilStatus(planned, "apply", /^success: approved by boss/);
    const seen = watchStates(forged, forged.head(planned));
    const number = await openTwin(forged, forged.head(planned), FORK);
    await forged.untilSaid(number, /digest/);
    await forged.untilRecorded(number);
    expect(both(forged, planned).join()).toMatch(/^success.*,success/);
    expect(seen.filter((text) => !text.startsWith("success"))).toEqual([]);
  });

  test("so that the merge of another one is approved by it, too", async () => {
    const forged = await openGuarded({ kind, requests: EXPLICIT });
    const planned = await openShown(forged);
    const number = await openTwin(forged, forged.head(planned), FORK);
    await forged.untilRecorded(number);
    // GitLab keeps the words of a status that stays pending.
    await forged.untilStatus(planned, "apply", /^pending: (prod: request \d: )?needs .poolkeeper approve/);
    expect(forged.status(planned, "apply")).not.toMatch(/#\d/);
    await approve(forged, planned);
    await forged.untilStatus(planned, "apply", /^success/);
    const commit = forged.world.repository.merge("move");
    forged.forge.merge(number, "boss", commit);
    const push = { kind: "push", branch: "main", sha: commit } as const;
    await forged.forge.deliver(`${forged.daemon.url}/webhooks/prod`, HOOK_SECRET, push);
    await forged.daemon.untilApplied(commit);
    expect(poolOf(forged, "c1")).toBe("pb");
  });

  test("but a rejection of one holds all of them", async () => {
    const forged = await openGuarded({ kind, requests: EXPLICIT });
    const planned = await openShown(forged);
    await approve(forged, planned);
    const number = await openTwin(forged, forged.head(planned), FORK);
    await forged.untilSaid(number, /digest/);
    await reject(forged, number);
    await forged.untilStatus(planned, "apply", /^failure: (prod: request \d: )?rejected by carol/);
  });
});

test("on GitLab, the merge of a draft approves nothing of a planned one that is marked as merged while the draft is still being merged", async () => {
  const forged = await openGuarded({ kind: "gitlab" });
  const { forge, world, daemon } = forged;
  const planned = await openShown(forged);
  await forged.untilRecorded(planned);
  const number = await openTwin(forged, forged.head(planned), { draft: true });
  const commit = world.repository.merge("move");
  const push = { kind: "push", branch: "main", sha: commit } as const;
  forge.changeRequest(number, { state: "locked" });
  forge.merge(planned, "boss", commit);
  await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, push);
  await forged.untilSaid(planned, /approves nothing: another request of this commit, which shows no plan, was merged/);
  forge.merge(number, "boss", commit);
  await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, push);
  await daemon.reconciled();
  await daemon.untilState("AwaitingApproval", commit);
  expect((await daemon.target()).approvals).toEqual([]);
  expect(poolOf(forged, "c1")).toBe("pa");
});

test("on GitLab, it approves nothing either where the draft was seen being merged, and counts as merged after the planned one", async () => {
  const forged = await openGuarded({ kind: "gitlab" });
  const { forge, world, daemon } = forged;
  const planned = await openShown(forged);
  await forged.untilRecorded(planned);
  const number = await openTwin(forged, forged.head(planned), { draft: true });
  const until = async (from: number, call: RegExp) => {
    const find = () => forge.calls().findIndex(({ method, path }, at) => at >= from && call.test(`${method} ${path}`));
    await forged.tell(number, "edited");
    await waitFor(
      () => find() >= 0,
      () => `no call ${call}`,
    );
    return find() + 1;
  };
  forge.changeRequest(number, { state: "locked" });
  const read = await until(forge.calls().length, new RegExp(`^GET \\S+/merge_requests/${number}$`));
  // The next round begins once this one is over.
  await until(read, /^GET \S+\/merge_requests\?(.*&)?state=open/);
  const commit = world.repository.merge("move");
  forge.merge(planned, "boss", commit);
  forge.merge(number, "boss", commit);
  const push = { kind: "push", branch: "main", sha: commit } as const;
  await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, push);
  await forged.untilSaid(planned, /approves nothing: another request of this commit, which shows no plan, was merged/);
  await daemon.untilState("AwaitingApproval", commit);
  expect(poolOf(forged, "c1")).toBe("pa");
});

test("a request of the commit for another branch's target lends nothing, and gets nothing", async () => {
  const forged = await openForgedWorld({
    targets: (usual) => [
      usual,
      {
        ...{ ...usual, name: "dev", repository: { ...usual.repository, branch: "dev" } },
        control_plane: { ...usual.control_plane, org: "other" },
      },
    ],
  });
  forged.world.repository.push({}, { branch: "dev", from: "main" });
  const planned = await forged.propose("move", MOVE);
  await forged.untilStatus(planned, "apply", /^success/);
  const { forge, world, daemon } = forged;
  const sha = forged.head(planned);
  const number = forge.openRequest({ title: "same", author: "stranger", branch: "same", base: "dev", sha, ...FORK });
  world.repository.point(`refs/pull/${number}/head`, sha);
  await forge.deliver(`${daemon.url}/webhooks/dev`, HOOK_SECRET, { kind: "request", number, action: "opened" });
  await forged.untilStatus(planned, "plan", /^pending: dev: request 2: not planned: comes from a fork/);
});

describe.each(["github", "gitlab"] as const)("on %s, a request from a fork of a merge queue's commit", (kind) => {
  test.each(["before", "after"])(
    "that is opened %s the queue's commit is planned changes nothing of its statuses",
    async (when) => {
      const forged = await openForgedWorld({ kind, settings: { policy: { auto_apply: "all" } } });
      const one = await forged.propose("one", { "queues/any.yaml": queue("any", 7) });
      await forged.untilStatus(one, "apply", /^success/);
      await forged.untilRecorded(one);
      const groups = openQueue(forged);
      const [sha = ""] = await groups.enqueue([one], { tells: when === "after" });
      if (when === "after") await groups.untilStatus(sha, "plan", /^success/);
      const number = await openTwin(forged, sha, FORK);
      if (when === "before") {
        const group = { kind: "group", number: one, sha, base: forged.world.first, action: "requested" } as const;
        await forged.forge.deliver(`${forged.daemon.url}/webhooks/prod`, HOOK_SECRET, group);
      }
      await groups.untilStatus(sha, "apply", /^success/);
      await forged.daemon.reconciled();
      expect([groups.status(sha, "plan"), groups.status(sha, "apply")].join()).toMatch(/^success.*,success/);
      // What left the queue says nothing of the request any more.
      await groups.drop(one);
      await forged.daemon.reconciled();
      // GitLab takes no status for a fork's commit.
      if (kind === "github") await forged.untilStatus(number, "plan", NOT_PLANNED_ALONE);
    },
  );
});

test.each(["github", "gitlab"] as const)(
  "on %s, a planned request from a fork of a merge queue's commit holds it by no approval of its own, but by a rejection",
  async (kind) => {
    const forged = await openGuarded({ kind, requests: { approval: "explicit", forks: true } });
    const one = await openShown(forged);
    await approve(forged, one);
    await forged.untilStatus(one, "apply", /^success/);
    await forged.untilRecorded(one);
    const groups = openQueue(forged);
    const [sha = ""] = await groups.enqueue([one]);
    await groups.untilStatus(sha, "apply", /^success/);
    const number = await openTwin(forged, sha, FORK);
    await forged.untilSaid(number, /digest/);
    await endRound(forged, number);
    expect(groups.status(sha, "apply")).toMatch(/^success/);
    await reject(forged, number);
    await groups.untilStatus(sha, "apply", /^failure: .*rejected by carol/);
  },
);

const NOT_PLANNED_ALONE = /^pending: not planned: comes from a fork/;
