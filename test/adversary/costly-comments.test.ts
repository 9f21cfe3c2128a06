/**
 * The attacker may comment on requests, and open, close and rename requests of their own from a fork. Forges limit the calls of a token: what
 * a stranger makes the daemon call must not grow with what they write, and approvals must not wait for it.
 */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/store/open-store.ts";
import { MOVE } from "../daemon/manifests.ts";
import { type ForgedWorld, type ForgeName, openForgedWorld } from "../daemon/open-forged-world.ts";

/** Far more than what may be called at once allows for. */
const TIMES = 120;
/** Calls that may be made without a pause, and those of some minutes, for lists and for looks each. */
const EACH = 120 + 40;
/** Answers to the first refused commands, and the look that used up what was left. */
const MORE = 60;

const open = (kind: ForgeName) => {
  const settings = { repository: { poll: "1h" }, drift: { action: "report" } };
  return openForgedWorld({ kind, settings, requests: { approval: "explicit" } });
};

/** Repeats an act, so that each may have a round of its own; gives the calls that count, and how many there may be at most. */
async function flood({ forge, daemon }: ForgedWorld, act: (index: number) => Promise<unknown>) {
  // Unchanged lists are free on GitHub, and elsewhere nothing limits the calls of an hour.
  const isUnlimited = forge.kind !== "github";
  const isCounted = ({ path }: { readonly path: string }) => !isUnlimited || !path.includes("state=open");
  const free = () => ("unchanged" in forge && typeof forge.unchanged === "function" ? Number(forge.unchanged()) : 0);
  const count = () => forge.calls().filter(isCounted).length - free();
  const before = count();
  for (let index = 0; index < TIMES; index += 1) {
    await act(index);
    await daemon.reconciled();
  }
  return { calls: count() - before, most: (isUnlimited ? 1 : 2) * EACH + MORE };
}

test("what a stranger makes the daemon call does not grow with commands, and an approval among them is taken", async () => {
  const forged = await open("gitea");
  const number = await forged.propose("move-c1", MOVE);
  await forged.untilStatus(number, "apply", /^pending: needs/);
  const words = ["approve 0123456789abcdef0123456789abcdef", "reject", "plan", "help"];
  const { calls, most } = await flood(forged, (at) => forged.say(number, "stranger", `poolkeeper ${words[at % 4]}`));
  expect(calls).toBeLessThan(most);
  const approval = await forged.say(number, "mona", `poolkeeper approve ${forged.digest(number)}`);
  await forged.untilReacted(number, approval, /1|thumb/);
  await forged.untilStatus(number, "apply", /^success/);
  const answers = forged.forge.comments(number).filter(({ body }) => body.startsWith("<!-- poolkeeper-answer"));
  expect(answers.length).toBeLessThan(6);
  const { audit } = await forged.daemon.target();
  expect(
    audit.some(({ action, details }) => action === "ignore_commands" && `${details.accounts}` === "stranger"),
  ).toBe(true);
});

test("what a stranger makes the daemon call does not grow with pushes, titles and closings of a request from a fork", async () => {
  const forged = await open("github");
  const { forge } = forged;
  const number = await forged.propose("mine", { "x.md": "0" }, { author: "stranger", fork: "stranger/pools" });
  await forged.untilStatus(number, "plan", /./);
  const act = async (index: number) => {
    if (index % 3 === 0) await forged.pushTo(number, { "x.md": String(index + 1) });
    else if (index % 3 === 1) forge.changeRequest(number, { title: `t${index}` });
    else forge.changeRequest(number, { state: index % 2 === 0 ? "closed" : "open" });
    await forged.tell(number, "edited");
  };
  const { calls, most } = await flood(forged, act);
  expect(calls).toBeLessThan(most);
});

/** More than are read again at once, though nothing happens to them. */
const IDLE = 24;
const AGAIN_MS = 11 * 60_000;

test("open requests from a fork that nobody touches are read again in turns, and their statuses never", async () => {
  const forged = await open("github");
  const { forge, world } = forged;
  const numbers: number[] = [];
  for (let index = 0; index < IDLE; index += 1) {
    const branch = `idle-${index}`;
    const sha = world.repository.push({ [`${branch}.md`]: "x" }, { branch, from: "main" });
    const request = { title: branch, author: "stranger", branch, base: "main", sha, fork: "stranger/pools" };
    const number = forge.openRequest(request);
    world.repository.point(`refs/pull/${number}/head`, sha);
    numbers.push(number);
  }
  const [first = 0] = numbers;
  await forged.tell(first, "edited");
  for (const number of numbers) await forged.untilStatus(number, "apply", /./);
  const { records, close } = await openDatabase(join(world.folder, "data"));
  onTestFinished(close);
  const since = await forged.betweenRounds(first, async () => {
    const at = new Date(Date.now() - AGAIN_MS).toISOString();
    for (const record of await records.readReviews("prod")) {
      if (record.read !== null) await records.writeReview({ ...record, read: { ...record.read, at } }, null);
    }
    return forge.calls().length;
  });
  forge.heal();
  await forged.betweenRounds(first, async () => undefined);
  const calls = forge.calls().slice(since);
  const comments = calls.filter(({ method, path }) => method === "GET" && /issues\/\d+\/comments/.test(path));
  const statuses = calls.filter(({ method, path }) => method === "GET" && /\/statuses/.test(path));
  expect(comments.length).toBeGreaterThan(0);
  expect(comments.length).toBeLessThan(IDLE);
  expect(statuses).toEqual([]);
});

test("those from branches are read again in turns as well, and not where few calls are left", async () => {
  let left = 4_000;
  const forged = await openForgedWorld({
    ...{ kind: "github", github: { left: () => left } },
    settings: { repository: { poll: "24h" }, drift: { action: "report" } },
  });
  const { forge, world } = forged;
  const numbers = Array.from({ length: IDLE }, (_, index) => {
    const branch = `idle-${index}`;
    const sha = world.repository.push({ [`${branch}.md`]: "x" }, { branch, from: "main" });
    const number = forge.openRequest({ title: branch, author: "mona", branch, base: "main", sha });
    world.repository.point(`refs/pull/${number}/head`, sha);
    return number;
  });
  const [first = 0] = numbers;
  await forged.tell(first, "edited");
  for (const number of numbers) await forged.untilStatus(number, "apply", /./);
  const { records, close } = await openDatabase(join(world.folder, "data"));
  onTestFinished(close);
  /** As by a clock that was ahead: how long ago they were read is unknown then. Gives the calls of a round in which nothing moved. */
  const readAgain = async (calls: number) => {
    const since = await forged.betweenRounds(first, async () => {
      left = calls;
      for (const record of await records.readReviews("prod")) {
        const at = new Date(Date.now() + 60 * 60_000 - record.number * 60_000).toISOString();
        if (record.read !== null) await records.writeReview({ ...record, read: { ...record.read, at } }, null);
      }
      return forge.calls().length;
    });
    forge.heal();
    await forged.betweenRounds(first, async () => undefined);
    forge.heal();
    const reads = forge.calls().slice(since);
    return reads.flatMap(({ path }) => /issues\/(\d+)\/comments/.exec(path)?.[1] ?? []).map(Number);
  };
  expect(await readAgain(900)).toEqual([]);
  const read = await readAgain(4_000);
  expect(read.length).toBeGreaterThan(0);
  expect(read.length).toBeLessThan(IDLE);
  // Those that were not read for the longest time.
  expect(read.toSorted((one, other) => one - other)).toEqual(numbers.slice(-read.length));
});
