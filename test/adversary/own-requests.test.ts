/**
 * The attacker may approve plans, and opens and merges requests of their own where nobody approves their own (`self_approval: false`). They
 * approve by page, API or command line while the daemon has not heard of the merge: as fast as a script is, while the forge is slow or
 * away, by a request that was never open while the daemon looked, or on another replica.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { signInAs } from "./sign-in-as.ts";

type Daemon = Pick<ForgedWorld["daemon"], "url" | "target" | "approve">;

import { untilLookedAt } from "./until-looked-at.ts";

const poolOf = ({ world }: ForgedWorld) => world.served.model.state.cluster.rows.get("c1")?.pool;

/** A target for which `approve` and `other` approve by command, and the one who opens requests is `approve`. */
async function openGuarded({ requests, settings, ...given }: ForgedSettings = {}): Promise<ForgedWorld> {
  const forged = await openForgedWorld({
    ...given,
    requests: { approval: "explicit", self_approval: false, ...requests },
    settings: { policy: { approval: { approvers: ["approve", "other", "boss"] } }, ...settings },
  });
  for (const login of ["approve", "boss", "mallory"]) forged.forge.allow(login, "write");
  return forged;
}

async function openShown(forged: ForgedWorld, author: string): Promise<number> {
  const number = await forged.propose(`of-${author}`, MOVE, { author });
  await forged.untilSaid(number, /digest/);
  await forged.untilStatus(number, "apply", /^pending: needs/);
  return number;
}

interface Foreseen {
  readonly command: string | null;
  readonly refused: { readonly approve: { readonly code: string; readonly message: string } | null };
}

async function foresee({ url, target }: Daemon, reader: keyof typeof TOKENS): Promise<Foreseen> {
  const { last_pass } = await target();
  const headers = { authorization: `Bearer ${TOKENS[reader]}` };
  const answer = await fetch(`${url}/api/v1/plans/${last_pass?.digest}/approval?target=prod`, { headers });
  return (await answer.json()) as Foreseen;
}

const WAITS = /have not been reviewed since revision [0-9a-f]{12} was pushed.*Try again/;

/** Nobody approves, and nobody is offered to. */
async function expectNotLookedAt(forged: ForgedWorld, daemon: Daemon = forged.daemon): Promise<void> {
  for (const reader of ["approve", "other"] as const) {
    expect(await foresee(daemon, reader)).toMatchObject({
      command: null,
      refused: { approve: { code: "not_looked_at" } },
    });
    const error = { code: "not_looked_at", message: expect.stringMatching(WAITS) };
    expect(await daemon.approve([], reader)).toMatchObject({ status: 409, body: { error } });
    const { text } = await (await signInAs(daemon.url, TOKENS[reader])).open("/targets/prod");
    expect(text).toMatch(/<button class="\w+" disabled[^>]*>Approve/);
    expect(text).toMatch(WAITS);
  }
  expect(poolOf(forged)).toBe("pa");
}

/** The author of a request is refused. */
async function expectOwn(forged: ForgedWorld, number: number, daemon: Daemon = forged.daemon): Promise<void> {
  const message = expect.stringContaining(`request ${number}, which approve opened`);
  expect(await daemon.approve()).toMatchObject({ status: 403, body: { error: { code: "not_allowed", message } } });
  expect(poolOf(forged)).toBe("pa");
}

async function expectCarriedOut(forged: ForgedWorld, revision: string, daemon: Daemon = forged.daemon): Promise<void> {
  expect(await daemon.approve([], "other")).toMatchObject({ status: 201 });
  await forged.daemon.untilApplied(revision);
  expect(poolOf(forged)).toBe("pb");
}

describe.each(FORGE_NAMES)("on %s", (kind) => {
  test("an author approves their own merge neither before the daemon has heard of it nor after that", async () => {
    const forged = await openGuarded({ kind });
    const number = await openShown(forged, "approve");
    const held = forged.forge.hold({ call: /./ });
    const merged = await forged.merge(number, "approve");
    await forged.daemon.untilState("AwaitingApproval", merged);
    await expectNotLookedAt(forged);
    held.release();
    await untilLookedAt(forged.daemon);
    await expectOwn(forged, number);
    await expectCarriedOut(forged, merged);
  });

  test("nor one that was opened and merged between two looks, with a change that somebody else's request shows", async () => {
    const forged = await openGuarded({ kind });
    await openShown(forged, "mallory");
    const held = forged.forge.hold({ call: /./ });
    const number = await forged.propose("own", MOVE, { author: "approve" });
    const squashed = forged.world.repository.push(MOVE);
    forged.forge.merge(number, "approve", squashed);
    await forged.tell(number, "closed");
    await forged.daemon.untilState("AwaitingApproval", squashed);
    await expectNotLookedAt(forged);
    held.release();
    await untilLookedAt(forged.daemon);
    await expectOwn(forged, number);
    await expectCarriedOut(forged, squashed);
  });

  test("nor one that the forge still calls open", async () => {
    const forged = await openGuarded({ kind });
    const number = await openShown(forged, "approve");
    const squashed = forged.world.repository.push(MOVE);
    await forged.tell(number, "edited");
    await forged.daemon.untilState("AwaitingApproval", squashed);
    await untilLookedAt(forged.daemon);
    await expectOwn(forged, number);
    await expectCarriedOut(forged, squashed);
  });
});

test("nor one that a rebase brought whose last commit changes no manifest", async () => {
  const forged = await openGuarded();
  await openShown(forged, "mallory");
  const held = forged.forge.hold({ call: /./ });
  const readme = { "README.md": "Nothing to see here.\n" };
  const number = await forged.propose("own", { ...MOVE, ...readme }, { author: "approve" });
  forged.world.repository.push(MOVE);
  const last = forged.world.repository.push(readme);
  forged.forge.merge(number, "approve", last);
  await forged.tell(number, "closed");
  await forged.daemon.untilState("AwaitingApproval", last);
  await expectNotLookedAt(forged);
  held.release();
  await untilLookedAt(forged.daemon);
  await expectOwn(forged, number);
  await expectCarriedOut(forged, last);
});

test("nor one that came after an administrator took commits off the branch, with another one on top", async () => {
  const forged = await openGuarded();
  const { daemon, forge, world } = forged;
  await daemon.untilApplied(await daemon.push({ "queues/more.yaml": queue("more", 2) }));
  expect(await daemon.send("/targets/prod/pause", { reason: "to mend the branch" })).toMatchObject({ status: 201 });
  const held = forge.hold({ call: /./ });
  world.repository.ask("update-ref", "refs/heads/main", world.first);
  const number = await forged.propose("own", MOVE, { author: "approve" });
  const later = await forged.propose("later", { "queues/any.yaml": queue("any", 9) }, { author: "mallory" });
  forge.merge(number, "approve", world.repository.merge("own"));
  const newest = await forged.merge(later, "mallory");
  held.release();
  await daemon.until(({ last_pass }) => last_pass?.revision === newest);
  await untilLookedAt(daemon);
  await expectOwn(forged, number);
});

test("a comment that approves waits where the branch has got a commit since the forge was asked", async () => {
  const forged = await openGuarded();
  const { daemon, forge } = forged;
  const number = await openShown(forged, "approve");
  await daemon.untilState("AwaitingApproval", await forged.merge(number, "approve"));
  await forged.untilSaid(number, /held: it needs an approval/);
  const read = forge.hold({ call: /^GET .*\/issues\/\d+\/comments/ });
  // What a round under way would write after it was not seen by who approves.
  const approve = () => forged.say(number, "boss", `poolkeeper approve ${forged.digest(number)}`);
  const comment = await forged.betweenRounds(number, approve);
  await read.arrived();
  const newest = await daemon.push({ "README.md": "Nothing to see here.\n" });
  await daemon.untilState("AwaitingApproval", newest);
  expect(await foresee(daemon, "other")).toMatchObject({ refused: { approve: { code: "not_looked_at" } } });
  read.release();
  await daemon.untilApplied(newest);
  expect(forge.reactions(number, comment)).not.toContain("-1");
  expect(forged.comment(number)).not.toContain("not been reviewed");
});

test("whose requests wait is known after a restart while the forge does not answer, and is asked again with a store of before", async () => {
  const forged = await openGuarded();
  const number = await openShown(forged, "approve");
  const merged = await forged.merge(number, "approve");
  await forged.daemon.untilState("AwaitingApproval", merged);
  await untilLookedAt(forged.daemon);
  const held = forged.forge.hold({ call: /./ });
  await forged.restart();
  await forged.daemon.untilState("AwaitingApproval", merged);
  await expectOwn(forged, number);
  expect(await foresee(forged.daemon, "other")).toMatchObject({ refused: { approve: null } });
  await forged.daemon.daemon.stop();
  const database = new DatabaseSync(join(forged.world.folder, "data", "poolkeeper.sqlite"));
  database.exec("delete from known_authors");
  database.close();
  await forged.restart();
  await forged.daemon.untilState("AwaitingApproval", merged);
  const noted = await forged.daemon.approve([], "other");
  expect(noted).toMatchObject({ status: 409, body: { error: { code: "not_looked_at" } } });
  held.release();
  await untilLookedAt(forged.daemon);
  await expectOwn(forged, number);
  await expectCarriedOut(forged, merged);
});

test("what was pushed is approved by anybody who may, once the forge has said that it is of no request", async () => {
  const forged = await openGuarded();
  const pushed = await forged.daemon.push(MOVE);
  await forged.daemon.untilState("AwaitingApproval", pushed);
  await untilLookedAt(forged.daemon);
  expect(await forged.daemon.approve()).toMatchObject({ status: 201 });
  await forged.daemon.untilApplied(pushed);
});

test("nobody waits for the forge where authors may approve their own requests", async () => {
  const forged = await openGuarded({ requests: { self_approval: true } });
  const number = await openShown(forged, "approve");
  const held = forged.forge.hold({ call: /./ });
  const merged = await forged.merge(number, "approve");
  await forged.daemon.untilState("AwaitingApproval", merged);
  expect(await forged.daemon.approve()).toMatchObject({ status: 201 });
  await forged.daemon.untilApplied(merged);
  held.release();
});

describe("on two replicas", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  test("each refuses until one of them has looked, and the author from then on", async () => {
    const forged = await openGuarded({
      settings: {
        policy: { approval: { approvers: ["approve", "other", "boss"] } },
        file: { store: { database_url: { env: "DATABASE_URL" } } },
      },
      env: { DATABASE_URL: await postgres.makeDatabase() },
    });
    const other = await forged.startAnother();
    const number = await openShown(forged, "approve");
    const held = forged.forge.hold({ call: /./ });
    const merged = await forged.merge(number, "approve");
    await forged.daemon.untilState("AwaitingApproval", merged);
    for (const replica of [forged.daemon, other]) await expectNotLookedAt(forged, replica);
    held.release();
    for (const replica of [forged.daemon, other]) {
      await untilLookedAt(replica);
      await expectOwn(forged, number, replica);
    }
    await expectCarriedOut(forged, merged, other);
  });
});

test("a stranger who asks about a request that concerned nothing makes its author no author of what waits", async () => {
  const forged = await openGuarded();
  const { forge, daemon } = forged;
  const docs = await forged.propose("docs", { "README.md": "Read me.\n" }, { author: "approve" });
  await forged.untilRecorded(docs);
  await daemon.untilApplied(await forged.merge(docs, "boss"));
  await forged.untilStatus(docs, "apply", /^success/);
  forge.advance(60_000);
  const shown = await openShown(forged, "mallory");
  const commit = await forged.merge(shown, "boss");
  await daemon.untilState("AwaitingApproval", commit);
  await untilLookedAt(daemon);
  await forged.betweenRounds(docs, async () => {
    await forged.say(docs, "stranger", "poolkeeper reject");
    expect((await foresee(daemon, "approve")).refused.approve).toBeNull();
  });
});
