/**
 * The attacker may open requests from a fork, and close and reopen them: with what that makes the daemon call, they want the merge of an
 * approver not to be read.
 */
import { describe, expect, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { queue } from "../daemon/manifests.ts";
import type { ForgedWorld, ForgeName } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { GUARDED, openGuarded, openShown, poolOf } from "./reject-request.ts";

/** The looks at all of them need more calls than there are, and one of them the calls of some minutes. */
const MANY = 4;
const COMMENTS = 240;
/** More than are open at once, so that their list is one call. */
const PAGES = { pageLimit: 6 };

/** Opens requests from a fork; gives their numbers. */
function openFromFork({ forge, world }: ForgedWorld, author: string, many: number): readonly number[] {
  return Array.from({ length: many }, (_, index) => {
    const branch = `${author}-${index}`;
    const sha = world.repository.push({ [`${branch}.md`]: "mine" }, { branch, from: "main" });
    const number = forge.openRequest({ title: branch, author, branch, base: "main", sha, fork: `${author}/pools` });
    const ref = forge.kind === "gitlab" ? `refs/merge-requests/${number}/head` : `refs/pull/${number}/head`;
    world.repository.point(ref, sha);
    return number;
  });
}

/** A round that begins once the act is done, and ends before this does. */
async function roundAfter(forged: ForgedWorld, number: number, act: () => Promise<unknown>): Promise<void> {
  for (const one of [act, async () => undefined]) {
    await forged.betweenRounds(number, one);
    // Else the next ones are taken for those that were let go.
    forged.forge.heal();
  }
}

/** How often the daemon read one of these requests by its number, since so many calls. */
function countReads({ forge }: ForgedWorld, numbers: readonly number[], since: number): number {
  const paths = new Set(numbers.map((number) => `/${number}`));
  return forge
    .calls()
    .slice(since)
    .filter(({ method, path }) => method === "GET" && /(pulls|merge_requests)\/\d+$/.test(path.split("?")[0] ?? ""))
    .filter(({ path }) => paths.has(/\/\d+$/.exec(path.split("?")[0] ?? "")?.[0] ?? "")).length;
}

/** `act`: is done with a request that moves `c1`, before strangers use up the calls. */
async function openSpent(
  kind: ForgeName,
  act: (forged: ForgedWorld, victim: number) => Promise<void> = async () => {},
  requests: object = {},
  settings: object = GUARDED,
) {
  const forged = await openGuarded({
    ...{ kind, requests },
    github: PAGES,
    gitlab: PAGES,
    settings: { ...settings, repository: { poll: "24h" } },
  });
  const victim = await openShown(forged);
  await forged.untilRecorded(victim);
  await act(forged, victim);
  const before = forged.forge.calls().length;
  const numbers = openFromFork(forged, "stranger", MANY);
  const [own = 0] = numbers;
  for (const number of numbers)
    for (let index = 0; index < COMMENTS; index += 1) forged.forge.comment(number, "stranger", "hello");
  await roundAfter(forged, own, async () => undefined);
  const isLookedAt = (number: number) =>
    forged.forge
      .calls()
      .slice(before)
      .some(({ path }) => new RegExp(`/(issues|merge_requests)/${number}/(comments|notes)`).test(path));
  // No calls were left for the others.
  expect(numbers.filter(isLookedAt).length).toBeLessThan(MANY);
  return { forged, victim, own };
}

describe("a merge that a round sees on the branch before the forge has marked its request", () => {
  test.each(["gitlab", "github"] as const)(
    "is read in the next round on %s, though strangers have used up the calls",
    async (kind) => {
      const { forged, victim, own } = await openSpent(kind);
      const { forge, world, daemon } = forged;
      const push = (sha: string) =>
        forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "push", branch: "main", sha });
      let commit = "";
      await roundAfter(forged, own, async () => {
        if (kind === "gitlab") forge.changeRequest(victim, { state: "locked" });
        commit = world.repository.merge("move");
        await push(commit);
      });
      const before = forge.calls().length;
      await roundAfter(forged, own, async () => forge.merge(victim, "boss", commit));
      expect(countReads(forged, [victim], before)).toBeGreaterThan(0);
      // Where it was open for a round while the branch had it, its plan was made again, and is to be approved.
      if (kind === "github") await daemon.untilState("AwaitingApproval", commit);
      else await daemon.untilApplied(commit);
      expect(poolOf(forged, "c1")).toBe(kind === "github" ? "pa" : "pb");
    },
  );

  test("is read in the round after one in which the forge refused to say what has become of it", async () => {
    const { forged, victim, own } = await openSpent("github");
    const { forge, daemon } = forged;
    const start = forge.calls().length;
    const commit = await forged.betweenRounds(own, () => {
      forge.fault({ kind: "status", status: 403 }, { call: new RegExp(`^GET \\S+/pulls/${victim}$`), times: 1 });
      return forged.merge(victim, "boss");
    });
    await waitFor(
      () => countReads(forged, [victim], start) > 0,
      () => forged.world.log.slice(-5).join("\n"),
    );
    forge.heal();
    const before = forge.calls().length;
    await roundAfter(forged, own, async () => undefined);
    expect(countReads(forged, [victim], before)).toBeGreaterThan(0);
    await daemon.untilApplied(commit);
  });
});

/** Closes a request, which is known as closed then for the branch as it is. */
async function closeKnown({ forge, tell, untilSaid, betweenRounds }: ForgedWorld, number: number): Promise<void> {
  forge.changeRequest(number, { state: "closed" });
  await tell(number, "closed");
  await untilSaid(number, /Closed without a merge/);
  forge.advance(60_000);
  await betweenRounds(number, async () => {});
  forge.heal();
}

test.each(["github", "gitlab"] as const)(
  "a rejection on a closed request is read in the next round on %s, though strangers have used up the calls and commented there too",
  async (kind) => {
    const { forged, victim, own } = await openSpent(kind, closeKnown);
    for (let times = 0; times < MANY; times += 1) await forged.say(own, "stranger", "poolkeeper reject");
    await roundAfter(forged, own, () => forged.say(victim, "stranger", "poolkeeper reject"));
    const before = forged.forge.calls().length;
    const comment = forged.forge.comment(victim, "carol", "poolkeeper reject");
    await roundAfter(forged, own, () =>
      forged.forge.deliver(`${forged.daemon.url}/webhooks/prod`, HOOK_SECRET, {
        kind: "comment",
        number: victim,
        comment,
      }),
    );
    expect(countReads(forged, [victim], before)).toBeGreaterThan(0);
    expect(forged.forge.reactions(victim, comment)).toContainEqual(expect.stringMatching(/^(\+1|thumbsup)$/));
  },
);

test("a rejection on a closed request by an approver who is not named is read once the forge answers again, though rounds failed and strangers have used up the calls", async () => {
  const { forged, victim, own } = await openSpent("github", closeKnown, {}, { drift: GUARDED.drift });
  const { forge } = forged;
  const read = new RegExp(`^GET \\S+/pulls/${victim}$`);
  const comment = await forged.betweenRounds(own, () => {
    forge.fault({ kind: "status", status: 500 }, { call: read, times: 1_000 });
    return forged.say(victim, "carol", "poolkeeper reject");
  });
  const countFailed = () =>
    forged.world.log.filter((line) => line.includes("The pull requests could not be reviewed.")).length;
  for (let round = 1; round <= 4; round += 1) {
    await waitFor(
      () => countFailed() >= round,
      () => forged.world.log.slice(-5).join("\n"),
    );
    await forged.tell(own, "edited");
  }
  forge.heal();
  await roundAfter(forged, own, async () => undefined);
  expect(forge.reactions(victim, comment)).toContain("+1");
});

describe("an account that may only comment, once strangers have used up the calls", () => {
  /** What an account causes in an hour. */
  const FREE = 3;
  const KINDS = ["github", "gitlab"] as const;

  /** Opens requests of the repository that do not concern the target; gives their numbers. */
  function openOwn({ forge, world }: ForgedWorld, many: number): readonly number[] {
    return Array.from({ length: many }, (_, index) => {
      const branch = `old-${index}`;
      const sha = world.repository.push({ [`${branch}.md`]: "ours" }, { branch, from: "main" });
      const number = forge.openRequest({ title: branch, author: "mona", branch, base: "main", sha });
      const ref = forge.kind === "gitlab" ? `refs/merge-requests/${number}/head` : `refs/pull/${number}/head`;
      world.repository.point(ref, sha);
      return number;
    });
  }

  /** Until nothing more is to be said of what has ended. */
  async function settle(forged: ForgedWorld, number: number): Promise<void> {
    forged.forge.advance(60_000);
    for (const _round of [1, 2]) await roundAfter(forged, number, async () => undefined);
  }

  function countLists({ forge }: ForgedWorld, number: number, since: number): number {
    const lists = new RegExp(`/(issues|merge_requests)/${number}/(comments|notes)(\\?|$)`);
    return forge
      .calls()
      .slice(since)
      .filter(({ method, path }) => method === "GET" && lists.test(path)).length;
  }

  test.each([
    ["github", true],
    ["gitlab", true],
    // Where authors may not approve their own requests, there are calls to find out whose they are.
    ["github", false],
    ["gitlab", false],
  ] as const)(
    "causes three reads of closed requests on %s by rejecting many at a time, self-approval %s",
    async (kind, self_approval) => {
      let closed: readonly number[] = [];
      const close = async (world: ForgedWorld, victim: number) => {
        closed = openOwn(world, 2 * FREE);
        await roundAfter(world, victim, async () => undefined);
        for (const number of closed) world.forge.changeRequest(number, { state: "closed" });
        await roundAfter(world, victim, async () => undefined);
        await settle(world, victim);
      };
      const { forged, own } = await openSpent(kind, close, { self_approval });
      const before = forged.forge.calls().length;
      for (const _time of [1, 2])
        await roundAfter(forged, own, async () => {
          for (const number of closed) await forged.say(number, "puppet", "poolkeeper reject");
        });
      expect(closed.filter((number) => countReads(forged, [number], before) > 0)).toHaveLength(FREE);
      expect(closed.filter((number) => countLists(forged, number, before) > 0)).toHaveLength(FREE);
    },
  );

  test.each(KINDS)(
    "causes three looks on %s at a merged request of which nothing more was to be said, and keeps no approver out",
    async (kind) => {
      let merged = 0;
      const { forged, own } = await openSpent(kind, async (world, victim) => {
        [merged = 0] = openOwn(world, 1);
        await roundAfter(world, victim, async () => undefined);
        await world.merge(merged, "boss");
        await roundAfter(world, victim, async () => undefined);
        await settle(world, victim);
      });
      const before = forged.forge.calls().length;
      for (let times = 0; times < 2 * FREE; times += 1) {
        await roundAfter(forged, own, () => forged.say(merged, "puppet", "poolkeeper reject"));
        forged.forge.advance(20_000);
      }
      // Once for its comments, before the plans of others, and once for what has become of it.
      expect(countReads(forged, [merged], before)).toBe(2 * FREE);
      // Each once more where its moment is not over as the round ends.
      expect(countLists(forged, merged, before)).toBeLessThanOrEqual(2 * FREE);
      let comment = "";
      await roundAfter(forged, own, async () => {
        comment = await forged.say(merged, "carol", "poolkeeper reject");
      });
      expect(forged.forge.reactions(merged, comment)).not.toEqual([]);
    },
  );
});

describe("a rejection that is written while a round is under way that has read its request", () => {
  const STRANGERS = ["stranger0", "stranger1", "stranger2", "stranger3"];
  const countLists = ({ forge }: ForgedWorld) =>
    forge.calls().filter(({ path }) => /pulls\?(.*&)?state=open/.test(path)).length;
  const countEnded = ({ world }: ForgedWorld) =>
    world.log.filter((line) => line.includes("Pull requests reviewed.")).length;
  /** What is held belongs to a round that began since. */
  const FIRST_PAGE = /^GET \S+\/pulls\?state=open\S*&page=1$/;
  /** So many that their list takes twenty calls. */
  const OPEN = 40;
  /** Twice what may be spent without a pause: no list is free again within this test. */
  const SPENT = 240;

  test("is read right after it, though strangers have used up the calls for lists and written a thousand commands since", async () => {
    const forged = await openGuarded({
      kind: "github",
      github: { pageLimit: 2 },
      settings: { ...GUARDED, repository: { poll: "24h" } },
    });
    const { forge } = forged;
    const [victim, other] = [
      await openShown(forged),
      await openShown(forged, "other", { "queues/any.yaml": queue("any", 2) }),
    ];
    const numbers = openFromFork(forged, "stranger", OPEN);
    const [own = 0] = numbers;
    // No further command of theirs is answered, or makes a round come sooner.
    for (const author of STRANGERS)
      for (let times = 0; times < 3; times += 1) forge.comment(own, author, "poolkeeper reject");
    const start = countLists(forged);
    for (let turn = 0; countLists(forged) - start < SPENT; turn += 1) {
      const held = forge.hold({ call: FIRST_PAGE });
      forge.changeRequest(own, { title: `turn ${turn}` });
      await forged.say(own, `helper${turn}`, "poolkeeper reject");
      await held.arrived();
      const ended = countEnded(forged);
      held.release();
      forge.heal();
      await waitFor(
        () => countEnded(forged) > ended,
        () => forged.world.log.slice(-5).join("\n"),
      );
    }
    const held = forge.hold({ call: /^POST .*statuses/ });
    await forged.pushTo(other, { "queues/any.yaml": queue("any", 3) });
    await forged.say(other, "boss", "poolkeeper approve 0");
    await held.arrived();
    const rejection = await forged.say(victim, "carol", "poolkeeper reject");
    for (let times = 0; times < 260; times += 1)
      for (const author of STRANGERS) await forged.say(own, author, "poolkeeper reject");
    held.release();
    await forged.untilReacted(victim, rejection, /^\+1$/);
    await forged.untilStatus(victim, "apply", /^failure: rejected by carol/);
  });
});
