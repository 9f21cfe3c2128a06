/**
 * The attacker is the forge of a target, which makes up accounts and comments and signs what it reports of them, or has many accounts on an honest
 * forge. They want the daemon's store to be full, or the daemon to end as it reads all that was reported, for all other targets too; or
 * that a rejection of an approver is not on record among all that.
 */
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../src/store/open-store.ts";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { makeStoppableClock } from "../daemon/make-stoppable-clock.ts";
import { MOVE, queue } from "../daemon/manifests.ts";
import { type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { explainReads } from "./explain-reads.ts";

/** Any time after the requests of a test were opened. */
const LATER = "2099-01-01T00:00:00.000Z";
const SETTINGS = {
  ...{ policy: { approval: { approvers: ["boss", "carol"] } }, drift: { action: "report" } },
  ...{ repository: { poll: "1h" } },
};
const tokens = (["read", "operate", "approve"] as const).map((name) => ({
  ...{ name, role: name, secret: { env: `TOKEN_${name.toUpperCase()}` } },
}));

async function openShown(settings: object = SETTINGS, more: Pick<ForgedSettings, "clock"> = {}) {
  const forged = await openForgedWorld({ kind: "gitea", requests: { approval: "explicit" }, settings, ...more });
  for (const login of ["boss", "carol", "erin", "mallory"]) forged.forge.allow(login, "write");
  const number = await forged.propose("move", MOVE, { author: "mallory" });
  await forged.untilStatus(number, "apply", /^pending: needs/);
  return { forged, number };
}

/** What a delivery reports, of comments that are made up. */
interface MadeUp {
  readonly action?: "created" | "edited";
  /** Default: an account of its own. */
  readonly sender?: string;
}

/** Delivers comments that nobody wrote, each of an account of its own; gives how often each status was answered. */
async function makeUp(
  { daemon, forge }: ForgedWorld,
  number: number,
  [from, to]: readonly [number, number],
  { action = "created", sender }: MadeUp = {},
) {
  const counts: Record<number, number> = {};
  for (let id = from; id < to; id += 1) {
    const login = `made-up-${id}`;
    const body = JSON.stringify({
      ...{ action, is_pull: true, issue: { number }, sender: { login: sender ?? login } },
      comment: { id, body: "poolkeeper reject", user: { login }, created_at: LATER },
      repository: { full_name: forge.repository },
    });
    const headers = {
      ...{ "content-type": "application/json", "x-gitea-event": "issue_comment", "x-gitea-delivery": `made-up-${id}` },
      "x-gitea-signature": createHmac("sha256", HOOK_SECRET).update(body).digest("hex"),
    };
    const { status } = await fetch(`${daemon.url}/webhooks/prod`, { method: "POST", headers, body });
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

function openStoreFile({ world }: ForgedWorld): DatabaseSync {
  return new DatabaseSync(join(world.folder, "data", "poolkeeper.sqlite"));
}

/** Reads one number. */
function read(forged: ForgedWorld, sql: string): number {
  const database = openStoreFile(forged);
  const [found] = Object.values(database.prepare(sql).get() ?? {});
  database.close();
  return Number(found);
}

const count = (forged: ForgedWorld, from: string) => read(forged, `select count(*) from ${from}`);

const placeOf = ({ forge }: ForgedWorld) => `gitea ${forge.repository} on ${new URL(forge.url).host}`.toLowerCase();

const NUMBERS = "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)";

/** What a long flood leaves: so many reports about each of these requests, and their entries of the audit and deliveries. */
async function fill(forged: ForgedWorld, requests: readonly number[], each: number): Promise<void> {
  const place = placeOf(forged);
  const at = new Date().toISOString();
  const database = openStoreFile(forged);
  await waitFor(
    () => begins(database),
    () => "The daemon has a transaction open.",
  );
  for (const number of requests) {
    database
      .prepare(`${NUMBERS} insert into told_comment (place, comment, written, number, "by", said, at)
        select ?, ? || '-' || i, ?, ?, 'filler-' || i, 'poolkeeper reject', ? from n`)
      .run(each, place, number, LATER, number, at);
  }
  database
    .prepare(`${NUMBERS} insert into audit_entry (id, at, target, who, via, action, details, seq)
      select 'filler-' || i, ?, 'prod', 'filler-' || i, 'webhook', 'write_command', '{}',
        i + (select coalesce(max(seq), 0) from audit_entry) from n`)
    .run(requests.length * each, at);
  database
    .prepare(`${NUMBERS} insert into webhook_delivery (id, taken_at) select 'prod:filler-' || i, ? from n`)
    .run(requests.length * each, at);
  database.exec("commit");
  database.close();
}

function begins(database: DatabaseSync): boolean {
  try {
    database.exec("begin immediate");
    return true;
  } catch {
    return false;
  }
}

describe("of the reports of made-up accounts", () => {
  test("the store holds as many as there is room for, with their entries of the audit; an approver's rejection among them holds", async () => {
    const { forged, number } = await openShown();
    const { forge } = forged;
    const other = await forged.propose("other", { "queues/any.yaml": queue("any", 2) });
    await forged.untilStatus(other, "plan", /^success/);
    await fill(forged, [number, other, ...Array.from({ length: 10 }, (_, index) => 1000 + index)], 1_000);
    const held = forge.hold({ call: /./ });
    expect(await makeUp(forged, number, [0, 60])).toEqual({ 202: 60 });
    forge.deleteComment(number, await forged.say(number, "carol", "poolkeeper reject it loses work"));
    expect(await makeUp(forged, number, [60, 200])).toEqual({ 202: 140 });
    expect(count(forged, `told_comment where number = ${number}`)).toBeLessThanOrEqual(1_000);
    expect(count(forged, "told_comment")).toBeLessThanOrEqual(10_000);
    expect(count(forged, `told_comment where "by" = 'carol'`)).toBe(1);
    expect(count(forged, "audit_entry where action = 'write_command'")).toBeLessThanOrEqual(10_000);
    expect(count(forged, "webhook_delivery")).toBeLessThanOrEqual(10_000);
    held.release();
    await forged.untilStatus(number, "apply", /^failure: rejected by carol/);
  });

  test.each([
    ["that is named as an approver", ["boss"], { stranger: 429, carol: 429, boss: 202 }],
    ["that has decided before", [], { stranger: 429, carol: 202, boss: 429 }],
  ])("those of a minute are limited together, and none of an account %s", async (_which, approvers, answers) => {
    const http = { listen: "127.0.0.1:0", requests_per_minute: 60, tokens };
    const settings = { ...SETTINGS, policy: { approval: { approvers } }, file: { http } };
    const time = makeStoppableClock();
    const { forged, number } = await openShown(settings, { clock: time.clock });
    const { forge, daemon, world } = forged;
    const other = await forged.propose("other", { "queues/any.yaml": queue("any", 2) });
    await forged.untilStatus(other, "plan", /^success/);
    await forged.untilReacted(other, await forged.say(other, "carol", "poolkeeper reject"), /1$/);
    const before = count(forged, "told_comment");
    time.stop();
    expect(await makeUp(forged, number, [0, 630])).toEqual({ 202: expect.any(Number), 429: expect.any(Number) });
    const kept = count(forged, "told_comment") - before;
    expect([599, 600]).toContain(kept);
    for (const [author, answer] of Object.entries(answers)) {
      const event = { kind: "comment", number, comment: forge.comment(number, author, "poolkeeper reject") } as const;
      expect(await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, event)).toBe(answer);
    }
    expect(count(forged, "told_comment")).toBe(before + kept + 1);
    expect(world.log.filter((line) => /More was reported/.test(line))).toHaveLength(1);
  });
});

test("a daemon starts on a store of an earlier release with a hundred thousand reports about one request, and an approver's among them holds", async () => {
  const { forged, number } = await openShown();
  const { forge } = forged;
  const held = forge.hold({ call: /./ });
  forge.deleteComment(number, await forged.say(number, "carol", "poolkeeper reject it loses work"));
  await forged.daemon.daemon.stop();
  held.release();
  await fill(forged, [number], 100_000);
  const database = await openDatabase(join(forged.world.folder, "data"));
  expect(await database.records.readReported(placeOf(forged), number)).toHaveLength(2_500);
  await database.close();
  await forged.restart();
  expect(count(forged, "told_comment")).toBeLessThanOrEqual(1_000);
  await forged.untilStatus(number, "apply", /^failure: rejected by carol/);
  const longest = () => read(forged, "select max(length(body)) from request_review");
  await waitFor(
    () => longest() < 200_000,
    () => String(longest()),
  );
});

test("what is reported of edits is counted before the store is asked, which reads the records of that number alone", async () => {
  const plans = explainReads(/"number" = | like /);
  const http = { listen: "127.0.0.1:0", requests_per_minute: 20, tokens };
  const time = makeStoppableClock();
  const { forged, number } = await openShown({ ...SETTINGS, file: { http } }, { clock: time.clock });
  const own = forged.forge.comments(number).find(({ author }) => author === forged.forge.self)?.id ?? "";
  const before = plans.length;
  time.stop();
  const edits = { action: "edited", sender: "mallory" } as const;
  expect(await makeUp(forged, number, [9_000, 9_030], edits)).toEqual({ 202: 20, 429: 10 });
  const asked = plans.slice(before);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((plan) => !plan.includes("request_review_number (target=? AND number=?)"))).toEqual([]);
  const event = { kind: "comment", number, comment: own, action: "edited", by: "erin" } as const;
  expect(await forged.forge.deliver(`${forged.daemon.url}/webhooks/prod`, HOOK_SECRET, event)).toBe(202);
  expect(count(forged, "audit_entry where action = 'alter_comment'")).toBe(1);
});
