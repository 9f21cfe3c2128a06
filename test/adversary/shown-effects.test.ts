/**
 * The attacker may push to the repository, and is no approver. Pushes of thousands of changes fill the room that the store has for what requests
 * have shown, so that a rejection of one of these plans would be one of nothing else.
 */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { MOST_KEPT_BYTES } from "../../src/store/records/past-budget.ts";
import { MOVE, queue } from "../daemon/manifests.ts";
import type { ForgedWorld } from "../daemon/open-forged-world.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { expectHeld, openGuarded, untilRejected } from "./reject-request.ts";

/** Manifests whose plan has thousands of effects. */
function many(labels: number, value: string): string {
  const lines = Array.from({ length: labels }, (_, index) => `    l${index}: ${value}`).join("\n");
  const of = (project: string) =>
    `scope: { domain: development, project: ${project} }\nsettings:\n  labels:\n${lines}\n`;
  return ["a", "b", "c"].map(of).join("---\n");
}

const LARGE = { ...MOVE, "settings/many.yaml": many(1_000, "a") };
const SMALL = { ...MOVE, "queues/any.yaml": queue("any", 2), "settings/many.yaml": null };

function openStore({ world }: ForgedWorld): DatabaseSync {
  return new DatabaseSync(join(world.folder, "data", "poolkeeper.sqlite"), { timeout: PATIENCE_MS });
}

/** As many other plans as fit, and one more, of the author of the only request that the store has. */
function fillRoom(forged: ForgedWorld): void {
  const database = openStore(forged);
  const columns = database.prepare("pragma table_info(shown_plan)").all();
  const names = columns.map(({ name }) => String(name));
  const bytes = 20_000;
  const insert = database.prepare(
    `insert into shown_plan (${names.join(", ")})
      select ${names.map((name) => ({ digest: "?", effects: "?" })[name] ?? name).join(", ")} from shown_plan limit 1`,
  );
  database.exec("begin");
  for (let plan = 0; plan <= MOST_KEPT_BYTES / bytes; plan++) {
    const values: Readonly<Record<string, string>> = { digest: `filler ${plan}`, effects: `["${"x".repeat(bytes)}"]` };
    insert.run(...names.flatMap((name) => values[name] ?? []));
  }
  database.exec("commit");
  database.close();
}

/** Opens a request, and waits until its plan is shown. */
async function show(forged: ForgedWorld, branch: string, files: Parameters<ForgedWorld["propose"]>[1], author: string) {
  const number = await forged.propose(branch, files, { author });
  await forged.untilStatus(number, "plan", /^success: .*digest/);
  await forged.untilRecorded(number);
  return number;
}

/** Pushes a small plan in place of the one that is shown; gives the digest of that. */
async function replaceShown(forged: ForgedWorld, number: number): Promise<string> {
  const first = forged.digest(number);
  await forged.pushTo(number, SMALL);
  await expect.poll(() => forged.digest(number)).not.toBe(first);
  await forged.untilStatus(number, "plan", /^success: .*digest/);
  return first;
}

const answersOf = ({ forge }: ForgedWorld, number: number) =>
  forge
    .comments(number)
    .map(({ body }) => body)
    .join("\n");

test("what a rejected plan did is on record, however much its author has shown since, and no more of it is shown than is kept", async () => {
  const forged = await openGuarded();
  const number = await show(forged, "move", LARGE, "mallory");
  fillRoom(forged);
  const junk = await forged.propose("junk", { "settings/many.yaml": many(900, "b") }, { author: "mallory" });
  await forged.untilStatus(junk, "plan", /^(success|error)/);
  const mona = await forged.propose("mona", { "settings/many.yaml": many(1_000, "c") }, { author: "mona" });
  await forged.untilStatus(mona, "plan", /^success: .*digest/);
  const first = await replaceShown(forged, number);
  await forged.untilReacted(number, await forged.say(number, "carol", `poolkeeper reject ${first} never`), /^\+1$/);
  const again = await forged.propose("again", MOVE, { author: "mallory" });
  await untilRejected(forged, again);
  expect(forged.status(junk, "plan")).toMatch(/^error: could not be planned: .*mallory/);
  expect(forged.status(junk, "apply")).toMatch(/^error/);
  expect(forged.comment(junk)).toMatch(/what requests of mallory have shown takes all of its room/i);
  await expectHeld(forged, await forged.merge(again, "boss"));
});

test("a rejection of a plan of which an older release dropped what it does says that it is one of its request alone", async () => {
  const forged = await openGuarded();
  const number = await show(forged, "move", MOVE, "mallory");
  const first = await replaceShown(forged, number);
  const database = openStore(forged);
  database.prepare("delete from shown_plan where digest like ?").run(`${first}%`);
  database.close();
  await forged.untilReacted(number, await forged.say(number, "carol", `poolkeeper reject ${first} never`), /^\+1$/);
  await untilRejected(forged, number);
  expect(answersOf(forged, number)).toMatch(/the same change in another request is not rejected/);
});

test("a rejected request stops being green before other requests are planned, which may take long", async () => {
  const forged = await openGuarded();
  const [one, move, other] = [
    await show(forged, "one", { "queues/any.yaml": queue("any", 3) }, "mallory"),
    await show(forged, "move", MOVE, "mallory"),
    await show(forged, "other", { "queues/any.yaml": queue("any", 4) }, "mallory"),
  ];
  const rounds = forged.holdRounds();
  await forged.tell(move, "edited");
  await rounds.arrived();
  const heads = [
    await forged.pushTo(one, { "queues/any.yaml": queue("any", 5) }),
    await forged.pushTo(other, { "queues/any.yaml": queue("any", 6) }),
  ];
  const statuses = forged.forge.hold({ call: new RegExp(`^POST \\S+/statuses/(${heads.join("|")})`) });
  const said = await forged.say(move, "carol", "poolkeeper reject");
  rounds.release();
  await forged.untilReacted(move, said, /^\+1$/);
  await statuses.arrived();
  expect(forged.status(move, "apply")).toMatch(/^failure: rejected by carol/);
  const merged = await forged.merge(move, "boss");
  statuses.release();
  await expectHeld(forged, merged);
});
