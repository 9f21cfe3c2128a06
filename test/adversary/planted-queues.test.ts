/**
 * The attacker may push branches, and gives them the names of a merge queue of GitHub. With what that makes the daemon plan and call, they want the
 * rate limit of its token to be used up, and the rejection of an approver not to be read.
 */
import { expect, test } from "vitest";
import { queue } from "../daemon/manifests.ts";
import type { ForgedWorld } from "../daemon/open-forged-world.ts";
import { openQueue } from "../daemon/open-queue.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { openGuarded, openShown } from "./reject-request.ts";

/** Looks at commits of a queue in one round. */
const A_ROUND = 10;

/** Pushes that many branches, each with a commit of its own unless one is named; gives the commits. `message`: of each, in ASCII. */
function plant({ world }: ForgedWorld, many: number, number: (index: number) => number, own?: string, message = "") {
  const { ask, feed } = world.repository;
  const base = ask("rev-parse", "refs/heads/main");
  const file = (index: number) => {
    const text = queue("planted", 10 + index);
    return `M 100644 inline queues/planted.yaml\ndata ${Buffer.byteLength(text)}\n${text}\n`;
  };
  const commits = Array.from({ length: many }, (_, index) => {
    const about = `commit refs/planted/${index}\nmark :${index + 1}\ncommitter mallory <m@example.com> 1700000000 +0000`;
    return `${about}\ndata ${message.length}\n${message}\nfrom ${base}\n${file(index)}get-mark :${index + 1}\n`;
  });
  const made = own === undefined ? feed(commits.join(""), "fast-import", "--quiet", "--force").trim().split("\n") : [];
  const shas = Array.from({ length: many }, (_, index) => own ?? made[index] ?? "");
  const name = (index: number) => `pr-${number(index)}-${String(index).padStart(40, "0")}`;
  const refs = shas.map((sha, index) => `update refs/heads/gh-readonly-queue/main/${name(index)} ${sha}\n`);
  feed(refs.join(""), "update-ref", "--stdin");
  return shas;
}

/** How many statuses the daemon has set on these commits. */
function countStatuses({ forge }: ForgedWorld, shas: readonly string[]): number {
  const planted = new Set(shas);
  return forge
    .calls()
    .filter(({ method, path }) => method === "POST" && planted.has(/\/statuses\/([0-9a-f]{40})$/.exec(path)?.[1] ?? ""))
    .length;
}

/** What a round calls that begins after the act, once it has ended. */
async function inARound<T>(forged: ForgedWorld, number: number, act: () => Promise<T>): Promise<T> {
  const done = await forged.betweenRounds(number, act);
  forged.forge.heal();
  await forged.betweenRounds(number, async () => undefined);
  forged.forge.heal();
  return done;
}

/** What the log has of the last round. */
function lastRound({ world }: ForgedWorld): unknown {
  return JSON.parse(world.log.findLast((line) => line.includes("Pull requests reviewed.")) ?? "null");
}

test("branches of a queue that name no open request get no status", async () => {
  const forged = await openGuarded({ kind: "github" });
  const number = await openShown(forged);
  await forged.untilRecorded(number);
  const shas = await inARound(forged, number, async () => plant(forged, 40, (index) => 1_000 + index));
  expect(countStatuses(forged, shas)).toBe(0);
});

test("of branches of a queue that name open requests, a round looks at few, and each in turn", async () => {
  const forged = await openGuarded({ kind: "github" });
  const number = await openShown(forged);
  await forged.untilRecorded(number);
  const shas = await inARound(forged, number, async () => plant(forged, 15, () => number));
  const first = countStatuses(forged, shas);
  expect(first).toBe(2 * A_ROUND);
  await inARound(forged, number, async () => undefined);
  expect(countStatuses(forged, shas)).toBe(2 * shas.length);
});

test("branches of a queue use up no more calls than there are for them, and a request that is opened then is looked at", async () => {
  const forged = await openGuarded({ kind: "github" });
  const number = await openShown(forged);
  await forged.untilRecorded(number);
  const shas = await inARound(forged, number, async () => plant(forged, 120, () => number));
  for (let round = 1; round < 9; round += 1) await inARound(forged, number, async () => undefined);
  const set = countStatuses(forged, shas);
  expect(set).toBeGreaterThanOrEqual(120);
  // Each look of nine rounds would be 180.
  expect(set).toBeLessThan(160);
  const late = await forged.propose("late", { "queues/late.yaml": queue("late", 2) }, { author: "boss" });
  await forged.untilStatus(late, "plan", /^success/);
});

test("many branches of a queue with one commit cost one look", async () => {
  const forged = await openGuarded({ kind: "github" });
  const numbers = [await openShown(forged), await openShown(forged, "other", { "queues/any.yaml": queue("any", 2) })];
  const [number = 0, other = 0] = numbers;
  await forged.untilRecorded(other);
  const own = plant(forged, 1, () => 1_000)[0];
  const shas = await inARound(forged, number, async () => plant(forged, 40, (index) => numbers[index % 2] ?? 0, own));
  expect(countStatuses(forged, shas)).toBe(2);
  await inARound(forged, number, async () => undefined);
  expect(countStatuses(forged, shas)).toBe(2);
});

test("a rejection of what was merged is read before any branch of a queue is looked at", async () => {
  const forged = await openGuarded({ kind: "github", requests: { approval: "explicit" } });
  const { forge, daemon } = forged;
  const number = await openShown(forged);
  await daemon.untilState("AwaitingApproval", await forged.merge(number, "mallory"));
  const other = await openShown(forged, "other", { "queues/any.yaml": queue("any", 2) });
  await forged.untilRecorded(other);
  const [before] = await inARound(forged, other, async () => plant(forged, 1, () => other));
  const { held, said } = await forged.betweenRounds(other, async () => {
    const shas = [before, ...plant(forged, 3, () => other)];
    const held = forge.hold({ call: new RegExp(`^POST \\S+/statuses/(${shas.join("|")})$`) });
    return { held, said: await forged.say(number, "carol", "poolkeeper reject") };
  });
  await held.arrived();
  expect(forge.reactions(number, said)).toContain("+1");
  held.release();
});

test("branches of a queue for which only calls are missing are looked at in a minute, not in ten seconds", async () => {
  const forged = await openGuarded({ kind: "github" });
  const number = await openShown(forged);
  await forged.untilRecorded(number);
  const draft = await forged.propose("draft", { "queues/any.yaml": queue("any", 2) }, { draft: true });
  await forged.untilStatus(draft, "plan", /draft/);
  forged.forge.advance(60_000);
  // A draft is no request whose plan may be shown soon: their statuses are final.
  await inARound(forged, number, async () => plant(forged, 120, () => draft));
  for (let round = 1; round < 9; round += 1) await inARound(forged, number, async () => undefined);
  expect(lastRound(forged)).toMatchObject({ unfinished: false, waits: true });
});

test("a commit that has as many statuses as GitHub takes fails no round", async () => {
  const forged = await openGuarded({ kind: "github" });
  const { forge, world } = forged;
  const number = await openShown(forged);
  await forged.untilRecorded(number);
  const [sha = ""] = plant(forged, 1, () => 1_000);
  for (const context of ["poolkeeper/plan", "poolkeeper/apply"]) {
    const status = { context, state: "failure", description: "mine", url: null } as const;
    for (let count = 0; count < 1_000; count += 1) forge.postStatus(sha, status, "mallory");
  }
  await inARound(forged, number, async () => plant(forged, 1, () => number, sha));
  expect(countStatuses(forged, [sha])).toBe(2);
  await inARound(forged, number, async () => undefined);
  expect(countStatuses(forged, [sha])).toBe(2);
  expect(world.log.filter((line) => line.includes("could not be reviewed"))).toEqual([]);
});

test("a commit that can't be read fails no round, and keeps no other of the queue waiting", async () => {
  const forged = await openGuarded({ kind: "github" });
  const first = await openShown(forged);
  const second = await openShown(forged, "other", { "queues/any.yaml": queue("any", 2) });
  await forged.untilRecorded(second);
  const large = await inARound(forged, first, async () =>
    plant(forged, A_ROUND, () => first, undefined, "x".repeat(1_000_100)),
  );
  const [sound = ""] = await inARound(forged, first, async () => plant(forged, 1, () => second));
  await inARound(forged, first, async () => undefined);
  expect(countStatuses(forged, [sound])).toBe(2);
  expect(countStatuses(forged, large)).toBe(2 * A_ROUND);
  expect(forged.forge.statuses(large[0] ?? "").map(({ description }) => description)).toEqual(
    Array(2).fill(expect.stringMatching(/^not planned yet: The commit .* is large/)),
  );
  expect(forged.world.log.filter((line) => line.includes("could not be reviewed"))).toEqual([]);
});

test("new branches of a queue in each round keep no commit waiting that was there before them", async () => {
  const forged = await openGuarded({ kind: "github" });
  const first = await openShown(forged);
  const second = await openShown(forged, "other", { "queues/any.yaml": queue("any", 2) });
  await forged.untilRecorded(second);
  const inOne = async <T>(act: () => Promise<T>) => {
    const done = await forged.betweenRounds(first, act);
    forged.forge.heal();
    return done;
  };
  const [sound = ""] = await inOne(async () => {
    plant(forged, 15, () => first, undefined, "0");
    return openQueue(forged).enqueue([second], { tells: false });
  });
  for (const round of ["1", "2", "3"]) {
    await inOne(async () => plant(forged, 40, () => first, undefined, round));
  }
  expect(countStatuses(forged, [sound])).toBe(2);
});

test("branches of a queue use up no calls of commits that are merges of what was shown", async () => {
  const forged = await openGuarded({ kind: "github" });
  const number = await openShown(forged);
  await forged.untilRecorded(number);
  const shas = await inARound(forged, number, async () => plant(forged, 64, () => number));
  for (let round = 1; round < 9; round += 1) await inARound(forged, number, async () => undefined);
  expect(countStatuses(forged, shas)).toBeGreaterThanOrEqual(118);
  const [sound = ""] = await inARound(forged, number, () => openQueue(forged).enqueue([number], { tells: false }));
  expect(countStatuses(forged, [sound])).toBe(2);
});

/** More commits of a queue than a round looks at, each a merge of a request that is shown, which are all green. */
async function openFullQueue() {
  // No poll comes before the end.
  const forged = await openGuarded({
    kind: "github",
    targets: (usual) => [{ ...usual, repository: { ...usual.repository, poll: "1h" } }],
  });
  const number = await openShown(forged);
  await forged.untilRecorded(number);
  const { ask } = forged.world.repository;
  const [base, head] = [ask("rev-parse", "refs/heads/main"), forged.head(number)];
  const tree = ask("merge-tree", "--write-tree", base, head);
  const who = ["-c", "user.name=Queue", "-c", "user.email=queue@example.com"];
  const make = (index: number) =>
    ask(...who, "commit-tree", tree, "-p", base, "-p", head, "-m", `Queue it the ${index}. time`);
  const shas = Array.from({ length: A_ROUND + 2 }, (_, index) => make(index));
  const untilAll = (state: string) =>
    waitFor(
      () =>
        shas.every(
          (sha) => forged.forge.statuses(sha).find(({ context }) => context === "poolkeeper/apply")?.state === state,
        ),
      () => JSON.stringify(shas.map((sha) => forged.forge.statuses(sha))),
    );
  await inARound(forged, number, async () =>
    shas.forEach((sha, index) => {
      const name = `pr-${number}-${String(index).padStart(40, "0")}`;
      ask("update-ref", `refs/heads/gh-readonly-queue/main/${name}`, sha);
    }),
  );
  await untilAll("success");
  return { forged, number, untilAll };
}

test("a rejection takes the success of all commits of a queue back", async () => {
  const { forged, number, untilAll } = await openFullQueue();
  await forged.say(number, "carol", "poolkeeper reject");
  await untilAll("failure");
});

test("a rejection takes the success of a commit back though more new branches of a queue are there than are looked at", async () => {
  const forged = await openGuarded({ kind: "github" });
  const number = await openShown(forged);
  await forged.untilRecorded(number);
  const groups = openQueue(forged);
  const [sound = ""] = await groups.enqueue([number]);
  await groups.untilStatus(sound, "apply", /^success/);
  await inARound(forged, number, async () => plant(forged, 250, () => number));
  await forged.say(number, "carol", "poolkeeper reject");
  await groups.untilStatus(sound, "apply", /^failure: .*rejected by carol/);
});

test("requests that a queue's commits hold nothing of cause no further look at them", async () => {
  const { forged, number } = await openFullQueue();
  const other = await openShown(forged, "other", { "queues/any.yaml": queue("any", 2) });
  forged.forge.advance(60_000);
  for (let round = 0; round < 3; round += 1) await inARound(forged, number, async () => undefined);
  const before = forged.world.log.length;
  await inARound(forged, other, () => forged.pushTo(other, { "queues/any.yaml": "nothing\n" }));
  await forged.untilStatus(other, "plan", /^failure/);
  await inARound(forged, other, async () => undefined);
  const rounds = forged.world.log.slice(before).filter((line) => line.includes("Pull requests reviewed."));
  expect(rounds.length).toBeGreaterThan(1);
  expect(rounds.filter((line) => line.includes('"unfinished":true'))).toEqual([]);
});

test("a branch of a queue at the newest commit of an open request changes nothing of its statuses", async () => {
  const forged = await openGuarded({ kind: "github" });
  const number = await openShown(forged);
  await forged.untilRecorded(number);
  const head = forged.head(number);
  // Behind the branch, no queue would have made it.
  forged.world.repository.push({ "README.md": "# Pools\n" });
  await inARound(forged, number, async () => plant(forged, 1, () => number, head));
  await inARound(forged, number, async () => undefined);
  for (const which of ["plan", "apply"] as const) expect(forged.status(number, which)).toMatch(/^success/);
});
