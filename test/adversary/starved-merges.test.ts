/**
 * The attacker may open requests from a fork, and close and reopen them: with what that makes the daemon call, they want the merge of an
 * approver not to be read.
 */
import { describe, expect, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
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
) {
  const forged = await openGuarded({
    kind,
    github: PAGES,
    gitlab: PAGES,
    settings: { ...GUARDED, repository: { poll: "24h" } },
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

test.each(["github", "gitlab"] as const)(
  "a rejection on a closed request is read in the next round on %s, though strangers have used up the calls and commented there too",
  async (kind) => {
    const { forged, victim, own } = await openSpent(kind, async ({ forge, tell, untilSaid, betweenRounds }, number) => {
      forge.changeRequest(number, { state: "closed" });
      await tell(number, "closed");
      await untilSaid(number, /Closed without a merge/);
      // It is known as closed for the branch as it is.
      forge.advance(60_000);
      await betweenRounds(number, async () => {});
      forge.heal();
    });
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
