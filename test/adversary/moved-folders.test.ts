import { expect, test } from "vitest";
import { cluster, FILES, type Files, MOVE, queue } from "../daemon/manifests.ts";
import { type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { untilLookedAt } from "./until-looked-at.ts";

/*
 * The attacker may approve plans where nobody approves their own (`self_approval: false`). They merge a request that changes nothing in the
 * folder that the target is read from, and approve once an operator has the target read from the folder that it does change. Or they may only
 * open requests and have them merged without a review, and wait for the same, or for the target to be read from another branch.
 */

const below = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));

const poolOf = ({ world }: ForgedWorld) => world.served.model.state.cluster.rows.get("c1")?.pool;

async function openStaging(): Promise<ForgedWorld> {
  const forged = await openForgedWorld({
    files: { ...below("staging", FILES), ...below("production", FILES) },
    requests: { approval: "explicit", self_approval: false },
    settings: { policy: { approval: { approvers: ["approve", "other", "boss"] } }, repository: { path: "staging" } },
  });
  for (const login of ["approve", "boss", "mallory"]) forged.forge.allow(login, "write");
  return forged;
}

/** The attacker's request, which the forge has as merged. */
async function mergeOwn(forged: ForgedWorld): Promise<{ readonly number: number; readonly merged: string }> {
  const number = await forged.propose("own", below("production", MOVE), { author: "approve" });
  await forged.untilStatus(number, "plan", /^success/);
  return { number, merged: await forged.merge(number, "approve") };
}

/** Lets the moment pass in which a merged request is still read, and waits until it is no longer on record with who opened it. */
async function untilEnded(forged: ForgedWorld, number: number): Promise<void> {
  forged.forge.advance(20_000);
  await forged.tell(number, "closed");
  const headers = { authorization: `Bearer ${TOKENS.other}` };
  let seen = "";
  await waitFor(
    async () => {
      const answer = await fetch(`${forged.daemon.url}/api/v1/targets/prod/requests`, { headers });
      seen = await answer.text();
      const { requests } = JSON.parse(seen) as { readonly requests: readonly { readonly number: number }[] };
      return requests.every((request) => request.number !== number);
    },
    () => seen,
  );
}

/** The configuration with another branch or path. */
const settingsOf = ({ settings }: ForgedWorld, changed: object) => ({
  ...settings,
  repository: { ...Object(settings.repository), ...changed },
});

/** Reads the target from production/ from now on, and waits until its plan moves c1. */
async function moveFolder(forged: ForgedWorld): Promise<void> {
  const { world, daemon } = forged;
  await daemon.daemon.reload(world.read(settingsOf(forged, { path: "production" })));
  // One that was under way may have ended with the other folder.
  await daemon.reconciled();
  await daemon.untilState("AwaitingApproval");
}

/** The author is refused, and somebody else is not. */
async function expectOwn(forged: ForgedWorld, number: number, revision: string): Promise<void> {
  await untilLookedAt(forged.daemon);
  const message = expect.stringContaining(`request ${number}, which approve opened`);
  expect(await forged.daemon.approve()).toMatchObject({
    status: 403,
    body: { error: { code: "not_allowed", message } },
  });
  expect(poolOf(forged)).toBe("pa");
  expect(await forged.daemon.approve([], "other")).toMatchObject({ status: 201 });
  await forged.daemon.untilApplied(revision);
  await waitFor(
    () => poolOf(forged) === "pb",
    () => `${poolOf(forged)}`,
  );
}

test("what the forge said of one folder does not say whose changes a plan of another one carries out", async () => {
  const forged = await openStaging();
  // Something waits, so that the revision that was applied last stays behind.
  const waiting = await forged.propose("waiting", below("staging", MOVE), { author: "mallory" });
  await forged.untilStatus(waiting, "apply", /^pending: needs/);
  await forged.daemon.untilState("AwaitingApproval", await forged.merge(waiting, "boss"));
  const { number, merged } = await mergeOwn(forged);
  await forged.daemon.untilState("AwaitingApproval", merged);
  await untilLookedAt(forged.daemon);
  await untilEnded(forged, number);
  forged.forge.fault({ kind: "status", status: 503 }, { times: 10_000 });
  await moveFolder(forged);
  const error = { code: "not_looked_at" };
  expect(await forged.daemon.approve([], "other")).toMatchObject({ status: 409, body: { error } });
  expect(await forged.daemon.approve([], "approve")).toMatchObject({ status: 409, body: { error } });
  expect(poolOf(forged)).toBe("pa");
  forged.forge.heal();
  await forged.tell(waiting, "edited");
  await expectOwn(forged, number, merged);
});

test("a revision that was applied from one folder is not applied from another one", async () => {
  const forged = await openStaging();
  const { number, merged } = await mergeOwn(forged);
  await forged.daemon.untilApplied(merged);
  await moveFolder(forged);
  await expectOwn(forged, number, merged);
});

const ALL = { policy: { auto_apply: "all" } };

/** A draft that changes nothing in the folder that is read, merged and applied there. */
async function mergeDraft(): Promise<{ readonly forged: ForgedWorld; readonly merged: string }> {
  const forged = await openForgedWorld({
    files: { ...below("staging", FILES), ...below("production", FILES) },
    settings: { ...ALL, repository: { path: "staging" } },
  });
  const number = await forged.propose("draft", below("production", MOVE), { author: "mallory", draft: true });
  await forged.untilStatus(number, "plan", /not planned: is a draft/);
  const merged = await forged.merge(number, "mona");
  await forged.daemon.untilApplied(merged);
  return { forged, merged };
}

const UNREVIEWED = [expect.objectContaining({ address: "cluster.c1", reason: "unreviewed" })];

test("what nobody reviewed below another folder is held once that folder is read, and not taken for applied or for drift", async () => {
  const { forged } = await mergeDraft();
  await moveFolder(forged);
  expect((await forged.daemon.target()).last_pass?.outcome).toMatchObject({ held: UNREVIEWED });
  expect(poolOf(forged)).toBe("pa");
  expect(await forged.daemon.approve()).toMatchObject({ status: 201 });
  await waitFor(
    () => poolOf(forged) === "pb",
    () => `${poolOf(forged)}`,
  );
});

for (const [action, held] of [
  ["report", [expect.objectContaining({ address: "queue.evil", reason: "unreviewed" })]],
  ["revert", [expect.objectContaining({ address: "queue.evil", reason: "unreviewed" })]],
] as const) {
  test(`what another folder asks for as new is not taken for drift, which is ${action}ed`, async () => {
    const forged = await openForgedWorld({
      files: { ...below("staging", FILES), ...below("production", FILES) },
      settings: { repository: { path: "staging" }, drift: { action, sightings: 1 } },
    });
    const { world, daemon } = forged;
    const added = below("production", { "queues/evil.yaml": queue("evil", 9) });
    const number = await forged.propose("draft", added, { author: "mallory", draft: true });
    await forged.untilStatus(number, "plan", /not planned: is a draft/);
    const merged = await forged.merge(number, "mona");
    await daemon.untilApplied(merged);
    await moveFolder(forged);
    const { last_pass, drifted, applied_revision } = await daemon.target();
    expect(last_pass?.outcome).toMatchObject({ held });
    expect([drifted, applied_revision]).toEqual([[], null]);
    expect(world.served.model.state.queue.rows.has("evil")).toBe(false);
  });
}

test("a rejection stands against what was applied from another folder alone", async () => {
  const forged = await openForgedWorld({
    files: { ...below("staging", FILES), ...below("production", FILES) },
    settings: { ...ALL, repository: { path: "staging" } },
  });
  const { daemon, forge } = forged;
  const number = await forged.propose("rejected", below("production", MOVE), { author: "mallory" });
  await forged.untilStatus(number, "plan", /^success/);
  const comment = await forged.say(number, "mona", "poolkeeper reject");
  await waitFor(
    async () => (await daemon.target()).audit.some(({ action }) => action === "reject"),
    () => forge.reactions(number, comment).join(", "),
  );
  await daemon.untilApplied(await forged.merge(number, "mallory"));
  await daemon.daemon.reload(forged.world.read(settingsOf(forged, { path: "production" })));
  const { status } = await daemon.reconciled();
  expect([status.reason, poolOf(forged)]).toEqual(["Rejected", "pa"]);
});

test("a revision that was applied from another folder is none that somebody may go back to without an approval", async () => {
  const { forged, merged } = await mergeDraft();
  const { daemon } = forged;
  // Both folders are as they were, so that nothing is to be done for the newest revision.
  const undone = await daemon.push(below("production", { "clusters/c1.yaml": cluster("c1", "pa") }));
  await daemon.untilApplied(undone);
  await daemon.daemon.reload(forged.world.read(settingsOf(forged, { path: "production" })));
  await daemon.until(({ applied }) => applied[0]?.place?.includes("production") === true);
  await daemon.send("/targets/prod/reconcile", { revision: merged });
  const held = await daemon.untilState("AwaitingApproval", merged);
  expect(held.last_pass?.outcome).toMatchObject({ held: UNREVIEWED });
  expect(poolOf(forged)).toBe("pa");
});

test("a commit at which another branch was seen does not part what a request brought onto this one", async () => {
  const forged = await openForgedWorld();
  const { world, daemon, forge } = forged;
  const { repository } = world;
  const moved = repository.push(MOVE, { branch: "next", from: "main" });
  const read = (branch: string, changed: object) =>
    daemon.daemon.reload(world.read({ ...settingsOf(forged, { branch }), ...changed }));
  await read("next", { policy: { auto_apply: "none" } });
  await daemon.untilState("AwaitingApproval", moved);
  await read("main", ALL);
  await daemon.untilApplied(world.first);

  const head = repository.push({ "README.md": "More.\n" }, { branch: "draft", from: "next" });
  const number = forge.openRequest({
    title: "draft",
    author: "mallory",
    branch: "draft",
    base: "main",
    sha: head,
    draft: true,
  });
  repository.ask("update-ref", `refs/pull/${number}/head`, head);
  await forged.tell(number, "edited");
  await forged.untilStatus(number, "plan", /not planned: is a draft/);
  repository.ask("update-ref", "refs/heads/main", head);
  forge.merge(number, "mona", head);
  await forged.tell(number, "closed");
  const held = await daemon.untilState("AwaitingApproval", head);
  expect(held.last_pass?.outcome).toMatchObject({ held: UNREVIEWED });
  expect(poolOf(forged)).toBe("pa");
});
