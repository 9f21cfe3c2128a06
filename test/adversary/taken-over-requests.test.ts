/**
 * The attacker may approve plans and push to branches, where nobody approves their own change (`self_approval: false`). They push their
 * change onto a request that somebody else opened, a colleague or the daemon itself, under their own name or another one, and approve it by
 * a comment, by merging it, or by page, API and command line.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";

import { untilLookedAt } from "./until-looked-at.ts";

const MORE = { "queues/more.yaml": queue("more", 2) };
const OWN = "this request has commits that you made, committed or pushed";

/** A target for which `approve`, who attacks, and `boss` may approve by comment, and `other` by the API. */
async function openGuarded({ requests, settings, ...given }: ForgedSettings = {}): Promise<ForgedWorld> {
  const forged = await openForgedWorld({
    ...given,
    requests: { approval: "explicit", self_approval: false, ...requests },
    settings: { policy: { approval: { approvers: ["approve", "other", "boss"] } }, ...settings },
  });
  for (const login of ["approve", "boss"]) forged.forge.allow(login, "write");
  return forged;
}

const poolOf = ({ world }: ForgedWorld) => world.served.model.state.cluster.rows.get("c1")?.pool;

/** Of `mona`, with a change of hers that needs no approval. */
async function openOther(forged: ForgedWorld): Promise<number> {
  const number = await forged.propose("hers", MORE, { author: "mona" });
  await forged.untilSaid(number, /more/);
  return number;
}

async function untilWaits(forged: ForgedWorld, number: number): Promise<void> {
  await forged.untilStatus(number, "apply", /^pending: needs/);
  await forged.untilSaid(number, /digest/);
  await forged.untilStatus(number, "plan", /digest/);
}

function approve(forged: ForgedWorld, number: number, login: string): Promise<string> {
  return forged.say(number, login, `poolkeeper approve ${forged.digest(number)}`);
}

/** What the daemon answered on the page. */
async function untilAnswered({ forge }: ForgedWorld, number: number, words: string): Promise<void> {
  const bodies = () => forge.comments(number).map(({ body }) => body);
  await waitFor(
    () => bodies().some((body) => body.startsWith("<!-- poolkeeper-answer:") && body.includes(words)),
    () => bodies().join("\n=====\n"),
  );
}

async function expectRefused(forged: ForgedWorld, number: number, words = OWN): Promise<void> {
  const comment = await approve(forged, number, "approve");
  await forged.untilReacted(number, comment, /-1|thumbsdown/);
  await untilAnswered(forged, number, words);
}

/** After the merge: by the API, as page and command line do. */
async function expectHeld(forged: ForgedWorld, number: number): Promise<void> {
  // What is known of the request alone refuses its author before it is known whose changes the plan carries out.
  await untilLookedAt(forged.daemon);
  const message = expect.stringContaining(
    `request ${number}, which has commits that approve made, committed or pushed`,
  );
  expect(await forged.daemon.approve()).toMatchObject({
    status: 403,
    body: { error: { code: "not_allowed", message } },
  });
  expect(poolOf(forged)).toBe("pa");
}

describe.each(FORGE_NAMES)("on %s", (kind) => {
  test.each([
    ["under their own name", {}],
    ["under the name of who opened it", { author: "mona", committer: "mona" }],
  ])("who pushes to a colleague's request %s does not approve it, and another approver does", async (_name, names) => {
    const forged = await openGuarded({ kind });
    const number = await openOther(forged);
    await forged.pushTo(number, MOVE, { pusher: "approve", ...names });
    await untilWaits(forged, number);
    await expectRefused(forged, number);
    const merged = await forged.merge(number, "mona");
    await forged.daemon.untilState("AwaitingApproval", merged);
    await expectHeld(forged, number);
    expect(await forged.daemon.approve([], "other")).toMatchObject({ status: 201 });
    await forged.daemon.untilApplied(merged);
    expect(poolOf(forged)).toBe("pb");
    expect(forged.forge.unknown()).toEqual([]);
  });

  test.each(["author", "committer"] as const)("nor does the %s of a commit that somebody else pushed", async (role) => {
    const forged = await openGuarded({ kind });
    const number = await openOther(forged);
    await forged.pushTo(number, MOVE, { [role]: "approve" });
    await untilWaits(forged, number);
    await expectRefused(forged, number);
    const comment = await approve(forged, number, "boss");
    await forged.untilReacted(number, comment, /^(\+1|thumbsup)$/);
  });

  test("their merge of it approves nothing", async () => {
    const forged = await openGuarded({ kind, requests: { approval: "merge" } });
    const number = await openOther(forged);
    await forged.pushTo(number, MOVE, { pusher: "approve" });
    await forged.untilSaid(number, /digest/);
    await forged.untilStatus(number, "plan", /digest/);
    const merged = await forged.merge(number, "approve");
    await forged.daemon.untilState("AwaitingApproval", merged);
    await forged.untilSaid(number, /held/);
    await expectHeld(forged, number);
  });

  test("nor is it approved by who pushed it, opened and merged between two looks", async () => {
    const forged = await openGuarded({ kind });
    const held = forged.forge.hold({ call: /./ });
    const number = await forged.propose("hers", MORE, { author: "mona" });
    await forged.pushTo(number, MOVE, { pusher: "approve" });
    const merged = await forged.merge(number, "mona");
    held.release();
    await forged.daemon.untilState("AwaitingApproval", merged);
    await expectHeld(forged, number);
  });

  test("a commit of no account is approved by nobody, and the answer says which", async () => {
    const forged = await openGuarded({ kind });
    const number = await openOther(forged);
    const sha = await forged.pushTo(number, MOVE, { author: null });
    await untilWaits(forged, number);
    const comment = await approve(forged, number, "boss");
    await forged.untilReacted(number, comment, /-1|thumbsdown/);
    await untilAnswered(forged, number, `no account for the author of commit ${sha.slice(0, 12)}`);
    const merged = await forged.merge(number, "mona");
    await forged.daemon.untilState("AwaitingApproval", merged);
    const refused = () => forged.daemon.approve([], "other");
    await waitFor(
      async () => (await refused()).status === 403,
      () => forged.world.log.slice(-5).join(""),
    );
    const message = expect.stringMatching(/unknown whose change that is.*has no account for the author/);
    expect(await refused()).toMatchObject({ body: { error: { code: "not_allowed", message } } });
    expect(poolOf(forged)).toBe("pa");
  });

  test("an approval waits until the forge has said whose the commits are", async () => {
    const forged = await openGuarded({ kind });
    const number = await openOther(forged);
    const held = forged.forge.hold({ call: /\/commits\?|\/graphql/ });
    await forged.pushTo(number, MOVE, { pusher: "approve" });
    await held.arrived();
    forged.forge.fault({ kind: "status", status: 500 }, { call: /\/commits\?|\/graphql/, times: 6 });
    held.release();
    await untilWaits(forged, number);
    await expectRefused(forged, number);
  });
});

test("nor does who pushes to the daemon's own request, whose own commits are nobody's", async () => {
  const forged = await openGuarded({ settings: { drift: { action: "propose", sightings: 2 } } });
  const { forge, world } = forged;
  await world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 9 });
  const find = () => forge.requests().find(({ branch }) => branch === "poolkeeper/drift-prod");
  await waitFor(
    () => find() !== undefined,
    () => world.log.slice(-5).join(""),
  );
  const number = find()?.number ?? 0;
  const sha = world.repository.ask("rev-parse", "refs/heads/poolkeeper/drift-prod");
  world.repository.ask("update-ref", `refs/pull/${number}/head`, sha);
  forge.changeRequest(number, { sha, commit: { author: null, committer: null, pusher: forge.self } });
  await forged.pushTo(number, MOVE, { pusher: "approve" });
  await untilWaits(forged, number);
  await expectRefused(forged, number);
  const comment = await approve(forged, number, "boss");
  await forged.untilReacted(number, comment, /^\+1$/);
});

test("a commit that has the daemon's name and is not its own is of no account", async () => {
  const forged = await openGuarded();
  const number = await forged.propose("poolkeeper/drift-other", MORE, { author: forged.forge.self });
  await forged.pushTo(number, MOVE, { author: null, committer: null, pusher: forged.forge.self });
  await untilWaits(forged, number);
  const comment = await approve(forged, number, "approve");
  await forged.untilReacted(number, comment, /-1/);
  await untilAnswered(forged, number, "no account for the author");
});

test("a GitHub that does not show who pushed leaves nobody to approve, and says what it lacks", async () => {
  const forged = await openGuarded({ kind: "github", github: { lacking: ["contents=read"] } });
  const number = await forged.propose("hers", MOVE, { author: "mona" });
  await untilWaits(forged, number);
  await expectRefused(forged, number, "the permission Contents (read) on acme/pools");
});

test.each([
  [
    "nothing",
    "update known_authors set body = json_remove(body, '$.requests[0].authors'); update request_review set body = json_remove(body, '$.authors')",
  ],
  [
    "authors without who pushed",
    `update known_authors set body = json_set(json_remove(body, '$.requests[0].authors.rule'), '$.requests[0].authors.logins', json('["mona"]'));
    update request_review set body = json_set(json_remove(body, '$.authors.rule'), '$.authors.logins', json('["mona"]'))`,
  ],
])(
  "what a release before has recorded, %s, says of no one that they did not make it: approvals wait for the next look",
  async (_what, forgetting) => {
    const forged = await openGuarded();
    const number = await openOther(forged);
    await forged.pushTo(number, MOVE, { pusher: "approve" });
    await untilWaits(forged, number);
    const merged = await forged.merge(number, "mona");
    await forged.daemon.untilState("AwaitingApproval", merged);
    await expectHeld(forged, number);
    await forged.daemon.daemon.stop();
    const database = new DatabaseSync(join(forged.world.folder, "data", "poolkeeper.sqlite"));
    database.exec(forgetting);
    database.close();
    const held = forged.forge.hold({ call: /./ });
    await forged.restart();
    await forged.daemon.untilState("AwaitingApproval", merged);
    const waits = { status: 409, body: { error: { code: "not_looked_at" } } };
    expect(await forged.daemon.approve()).toMatchObject(waits);
    expect(await forged.daemon.approve([], "other")).toMatchObject(waits);
    held.release();
    await expectHeld(forged, number);
    expect(await forged.daemon.approve([], "other")).toMatchObject({ status: 201 });
    await forged.daemon.untilApplied(merged);
  },
);
