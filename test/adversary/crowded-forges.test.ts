/**
 * The attacker may open as many requests as the forge takes, thousands of them. Each is looked at in each round of its target, so that what one costs must not
 * grow with how many there are: a round of squared costs keeps the process from all other targets. What is counted is the records that rounds read.
 */

import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { nameRequest } from "../../src/model/reviews/name-request.ts";
import { queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedWorld, openForgedWorld, type TargetPart } from "../daemon/open-forged-world.ts";
import { explainReads } from "./explain-reads.ts";
import { listCreated, openTwin, tellEach } from "./make-rounds.ts";

/** Counts the rows that this process reads of the table of requests, until the test ends. */
function countRecords(): { count: number } {
  const counter = { count: 0 };
  const { all } = StatementSync.prototype;
  StatementSync.prototype.all = function (this: StatementSync, ...parameters) {
    const rows: ReturnType<typeof all> = Reflect.apply(all, this, parameters);
    if (this.sourceSQL.includes('from "request_review"')) counter.count += rows.length;
    return rows;
  } as typeof all;
  onTestFinished(() => {
    StatementSync.prototype.all = all;
  });
  return counter;
}

test("a round reads each record a few times, however many requests there are", async () => {
  const REQUESTS = 10;
  const forged = await openForgedWorld({ settings: { repository: { poll: "1h" } } });
  const numbers: number[] = [];
  // One round finds them all.
  const held = forged.holdRounds();
  for (let index = 0; index < REQUESTS; index += 1) {
    numbers.push(await forged.propose(`b${index}`, { [`queues/q${index}.yaml`]: queue(`q${index}`, 1) }));
  }
  held.release();
  for (const number of numbers) await forged.untilStatus(number, "plan", /^success/);
  const [first = 0] = numbers;
  const counter = countRecords();
  // A command is answered before its round plans anything: between two answers at least one round was made, and two at most.
  const answers: number[] = [];
  for (const count of [1, 2]) {
    await forged.say(first, "mona", "poolkeeper help");
    await forged.daemon.until(({ audit }) => audit.filter(({ action }) => action === "help").length === count);
    answers.push(counter.count);
  }
  const [before = 0, after = 0] = answers;
  expect(after - before).toBeGreaterThan(REQUESTS);
  expect((after - before) / REQUESTS).toBeLessThan(10);
});

/** A request whose commit more than 500 requests to another branch have, on record for a target; these other ones are told of it. Gives its number. */
async function crowd(forged: ForgedWorld, others: readonly string[] = []): Promise<number> {
  const number = await forged.propose("b", { "queues/b.yaml": queue("b", 1) });
  // They may have listed the open requests before.
  await tellEach(forged, number, others);
  await forged.untilStatus(number, "plan", /^success/);
  await forged.untilRecorded(number);
  await forged.daemon.daemon.stop();
  const database = new DatabaseSync(join(forged.world.folder, "data", "poolkeeper.sqlite"));
  database.exec(`with recursive copies(copy) as (select 1 union all select copy + 1 from copies where copy <= 500)
    insert into request_review (target, request, number, place, opened, settled, head, undecided, body, review, updated_at)
    select 'other', request || copy, number + copy, place, opened, settled, head, undecided, body, review, updated_at
    from request_review, copies where target = 'prod'`);
  database.close();
  await forged.restart();
  return number;
}

/** A target whose rounds never begin, as its branch is not there; its control plane knows another organization. */
function addAbsent(usual: TargetPart, name = "other"): TargetPart {
  const repository = { ...usual.repository, branch: "absent" };
  return { ...usual, name, repository, control_plane: { ...usual.control_plane, org: name } };
}

test("a commit of more requests than are read together is no success", async () => {
  const forged = await openForgedWorld({ targets: (usual) => [usual, addAbsent(usual)] });
  const number = await crowd(forged);
  await forged.say(number, "mona", "poolkeeper help");
  await forged.untilStatus(number, "plan", /^pending: too many open requests have this commit/);
});

test.each(FORGE_NAMES)("and each target says the same of it, in no round again, on %s", async (kind) => {
  const second = await serveControlPlane({ generation: "2026-11", org: "acme" });
  onTestFinished(() => second.close());
  const forged = await openForgedWorld({
    ...{ kind, settings: { repository: { poll: "24h" } } },
    targets: (usual) => [
      usual,
      { ...usual, name: "stage", control_plane: { ...usual.control_plane, endpoint: second.url } },
      addAbsent(usual),
    ],
  });
  await forged.daemon.until(({ applied_revision }) => applied_revision === forged.world.first, "stage");
  const number = await crowd(forged, ["stage"]);
  const twin = openTwin(forged, forged.head(number));
  await tellEach(forged, twin, ["prod", "stage"]);
  await forged.untilRecorded(twin);
  expect(await listCreated(forged, number, ["prod", "stage"])).toEqual([]);
  expect(forged.status(number, "plan")).toMatch(/^pending: too many open requests/);
});

test("what is left on record of a target that is not configured any more keeps no commit from its success", async () => {
  const forged = await openForgedWorld();
  const number = await crowd(forged);
  // A command is answered before its round says anything of the commit: with the second answer, one round has ended.
  for (const count of [1, 2]) {
    await forged.say(number, "mona", "poolkeeper help");
    await forged.daemon.until(({ audit }) => audit.filter(({ action }) => action === "help").length === count);
  }
  expect(forged.status(number, "plan")).toMatch(/^success/);
});

test("the requests of a commit are found without reading all others of the target", async () => {
  const plans = explainReads(/^select .*"head" =/s);
  const forged = await openForgedWorld();
  const number = await forged.propose("b", { "queues/b.yaml": queue("b", 1) });
  await forged.untilStatus(number, "plan", /^success/);
  expect(plans.length).toBeGreaterThan(0);
  expect(plans.filter((plan) => !plan.includes("request_review_head (place=? AND head=?)"))).toEqual([]);
});

test("requests whose records have no room any more are reported, and none beside them is looked at until there is room again", async () => {
  const forged = await openForgedWorld({ settings: { repository: { poll: "1h" } } });
  const number = await forged.propose("b", { "queues/b.yaml": queue("b", 1) });
  await forged.untilStatus(number, "plan", /^success/);
  await forged.untilRecorded(number);
  await forged.daemon.daemon.stop();
  const database = new DatabaseSync(join(forged.world.folder, "data", "poolkeeper.sqlite"));
  // The forge had them, with texts of a megabyte, and has them no more: that is found once the open ones are looked at.
  const { body, place, opened, ...row } = database.prepare("select * from request_review").get() ?? {};
  for (let copy = number + 1; copy < number + 34; copy += 1) {
    const key = { place: String(place), number: copy, opened: String(opened) };
    const facts = { ...row, ...key, request: nameRequest(key) };
    const swollen = JSON.stringify({ ...JSON.parse(String(body)), number: copy, title: "t".repeat(1_000_000) });
    const names = Object.keys({ ...facts, body });
    const insert = `insert into request_review (${names}) values (${names.map(() => "?")})`;
    database.prepare(insert).run(...Object.values(facts), swollen);
  }
  database.close();
  const next = await forged.propose("c", { "queues/c.yaml": queue("c", 1) }).catch(() => 2);
  await forged.restart();
  await forged.daemon.until(
    ({ audit, requests_trouble }) => audit !== null && requests_trouble?.code === "requests_full",
  );
  expect(forged.comment(next)).toBe("");
  await forged.tell(number, "edited");
  await forged.untilStatus(next, "plan", /^success/);
  await forged.daemon.until(({ requests_trouble }) => requests_trouble === null);
});
