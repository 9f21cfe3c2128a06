import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cluster, FILES, type Files, MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";

/*
 * The attacker may open requests and has them merged, past the protection of the branch or because it does not require the statuses:
 * from a fork, as a draft, with the skip label, or so fast that nobody looked. They want what no reviewer saw to be applied. The
 * target applies everything by itself.
 */

const ALL = { policy: { auto_apply: "all" } };

function poolOf({ world }: ForgedWorld, cluster: string): string | undefined {
  return world.served.model.state.cluster.rows.get(cluster)?.pool;
}

/** Waits until the status says so, and the look that it tells of is on record: a merge before that is of what nobody looked at yet. */
async function untilLookedAt(
  forged: ForgedWorld,
  number: number,
  which: "plan" | "apply",
  status: RegExp,
): Promise<void> {
  await forged.untilStatus(number, which, status);
  await forged.untilRecorded(number);
}

/** Waits until the merge is held, and sees that nothing of it is carried out, that its request tells so, and that an approval lets it go on. */
async function expectHeld(forged: ForgedWorld, number: number, commit: string, why: RegExp): Promise<void> {
  const { daemon } = forged;
  const { status, last_pass, applied_revision } = await daemon.untilState("AwaitingApproval", commit);
  expect(status.message).toMatch(why);
  expect(last_pass?.outcome).toMatchObject({ held: [{ reason: "unreviewed" }] });
  expect(applied_revision).toBe(forged.world.first);
  expect(poolOf(forged, "c1")).toBe("pa");
  await forged.untilSaid(number, /held: it needs an approval/);
  const isForked = forged.forge.kind === "gitlab";
  // GitLab takes no status for a fork's commit.
  if (!isForked) await forged.untilStatus(number, "apply", /^pending: needs/);
  expect((await daemon.approve()).status).toBeLessThan(300);
  await daemon.untilApplied(commit);
  expect(poolOf(forged, "c1")).toBe("pb");
  await forged.untilSaid(number, "Applied");
}

/** The same files in a folder. */
const below = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`production/${path}`, text]));

const IN_FOLDER: ForgedSettings = {
  files: { ...below(FILES), "README.md": "x\n" },
  settings: { ...ALL, repository: { path: "production" } },
};

/** A line of commits by which a draft's merge moves c3; its last commit changes nothing of the target's. Gives the commits. */
async function mergeDraftLine(forged: ForgedWorld): Promise<{ readonly middle: string; readonly last: string }> {
  const { world, forge } = forged;
  const moved = below({ "clusters/c3.yaml": cluster("c3", "pa") });
  const number = await forged.propose("draft", moved, { draft: true });
  await untilLookedAt(forged, number, "plan", /^pending: not planned: is a draft/);
  await forged.daemon.daemon.stop();
  const middle = world.repository.push(moved);
  const last = world.repository.push({ "README.md": "y\n" });
  forge.merge(number, "mona", last);
  await forged.restart();
  const { status } = await forged.daemon.untilState("AwaitingApproval", last);
  expect(status.message).toMatch(/it was a draft/);
  return { middle, last };
}

test.each(FORGE_NAMES)(
  "on %s, the merge of a fork that was not planned is held until it is approved, and so is a draft's line of commits of which the forge knows the last one alone",
  async (kind) => {
    const forged = await openForgedWorld({ ...IN_FOLDER, kind });
    const number = await forged.propose("fork", below(MOVE), { fork: "stranger/pools", author: "stranger" });
    if (kind !== "gitlab") await forged.untilStatus(number, "plan", /^pending: not planned: comes from a fork/);
    await forged.untilRecorded(number);
    await expectHeld(forged, number, await forged.merge(number, "mona"), /it comes from a fork/);
    await mergeDraftLine(forged);
    expect(poolOf(forged, "c3")).toBe("pb");
  },
);

describe("the merge of a request", () => {
  test("with the skip label is held, also where the configuration lets its statuses pass", async () => {
    const forged = await openForgedWorld({ settings: ALL, requests: { unplanned: "pass" } });
    const number = await forged.propose("label", MOVE, { labels: ["poolkeeper-skip"] });
    await untilLookedAt(forged, number, "plan", /^success: not planned: excluded by its label/);
    await expectHeld(forged, number, await forged.merge(number, "mona"), /a label excluded it from planning/);
  });

  test("that comes in the middle of a look, after the branch was read, is told what it waits for all the same", async () => {
    const forged = await openForgedWorld({ settings: ALL, requests: { unplanned: "pass" } });
    const number = await forged.propose("label", MOVE, { labels: ["poolkeeper-skip"] });
    await untilLookedAt(forged, number, "plan", /^success: not planned: excluded by its label/);
    const held = forged.holdRounds();
    await forged.tell(number, "edited");
    await held.arrived();
    const commit = await forged.merge(number, "mona");
    held.release();
    await expectHeld(forged, number, commit, /a label excluded it from planning/);
  });

  test("that was opened and merged while no daemon ran is held, and told so in a new comment", async () => {
    const forged = await openForgedWorld({ settings: ALL, webhooks: false });
    await forged.daemon.daemon.stop();
    const number = await forged.propose("fast", MOVE);
    const commit = await forged.merge(number, "mona");
    await forged.restart();
    await expectHeld(forged, number, commit, /it was merged before it was reviewed/);
  });

  test("that was a draft is held, also as one commit of its own, as a squash; a squash that was planned is not", async () => {
    const forged = await openForgedWorld({ settings: ALL });
    const { world, forge, propose, daemon } = forged;
    const planned = await propose("planned", { "queues/any.yaml": queue("any", 7) });
    await untilLookedAt(forged, planned, "apply", /^success/);
    const squashed = world.repository.push({ "queues/any.yaml": queue("any", 7) });
    forge.merge(planned, "mona", squashed);
    await daemon.untilApplied(squashed);
    Object.assign(world, { first: squashed });
    const number = await propose("draft", MOVE, { draft: true });
    await untilLookedAt(forged, number, "plan", /^pending/);
    await forged.daemon.daemon.stop();
    const commit = world.repository.push(MOVE);
    forge.merge(number, "mona", commit);
    await forged.restart();
    await expectHeld(forged, number, commit, /it was a draft/);
    Object.assign(world, { first: commit });
    const back = await propose("back", { "clusters/c1.yaml": cluster("c1", "pa") }, { draft: true });
    await untilLookedAt(forged, back, "plan", /^pending: not planned: is a draft/);
    const merged = await forged.merge(back, "mona");
    const { status } = await forged.daemon.untilState("AwaitingApproval", merged);
    expect(status.message).toMatch(/it was a draft/);
    await forged.untilSaid(back, /held: it needs an approval/);
    expect(poolOf(forged, "c1")).toBe("pb");
  });

  test("whose newest commit came after its plan is held, also where its branch is set back afterwards", async () => {
    const forged = await openForgedWorld({ settings: ALL, webhooks: false });
    const { forge, propose, pushTo, merge } = forged;
    const number = await propose("swap", { "queues/any.yaml": queue("any", 7) });
    await untilLookedAt(forged, number, "apply", /^success/);
    const planned = forged.head(number);
    await forged.daemon.daemon.stop();
    await pushTo(number, MOVE);
    const commit = await merge(number, "mona");
    // The forge names the commit that was planned as the request's newest again.
    forge.changeRequest(number, { sha: planned });
    await forged.restart();
    const { status } = await forged.daemon.untilState("AwaitingApproval", commit);
    expect(status.message).toMatch(/the merged commit is not the planned one/);
    expect(poolOf(forged, "c1")).toBe("pa");
  });
});

describe("a line of commits", () => {
  test("that was planned as a request is applied, and what was pushed before it as well, each as `auto_apply` says", async () => {
    const forged = await openForgedWorld({ settings: ALL });
    const { world, forge, daemon } = forged;
    await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 7) }));
    const number = await forged.propose("planned", { ...MOVE, "queues/any.yaml": queue("any", 8) });
    await untilLookedAt(forged, number, "apply", /^success/);
    await daemon.daemon.stop();
    world.repository.push({ "queues/any.yaml": queue("any", 8) });
    const last = world.repository.push(MOVE);
    forge.merge(number, "mona", last);
    await forged.restart();
    await forged.daemon.untilApplied(last);
    expect(poolOf(forged, "c1")).toBe("pb");
  });

  test("too long to be listed is judged as a whole, and held", async () => {
    const forged = await openForgedWorld({ settings: ALL });
    const { world, forge } = forged;
    const number = await forged.propose("draft", MOVE, { draft: true });
    await untilLookedAt(forged, number, "plan", /^pending: not planned: is a draft/);
    await forged.daemon.daemon.stop();
    const commits = Array.from({ length: 1001 }, (_, index) => {
      const [path, text] =
        index === 0 ? ["clusters/c1.yaml", `${MOVE["clusters/c1.yaml"]}`] : ["notes.txt", `${index}`];
      const from = index === 0 ? "from refs/heads/main^0\n" : "";
      const author = "committer Mallory <mallory@example.com> 1700000000 +0000";
      return `commit refs/heads/main\n${author}\ndata 1\nm\n${from}M 100644 inline ${path}\ndata ${text.length}\n${text}\n`;
    });
    world.repository.feed(commits.join(""), "fast-import", "--quiet", "--force");
    const last = world.repository.ask("rev-parse", "refs/heads/main");
    forge.merge(number, "mona", last);
    await forged.restart();
    const { status } = await forged.daemon.untilState("AwaitingApproval", last);
    expect(status.message).toMatch(/it was a draft/);
    expect(poolOf(forged, "c1")).toBe("pa");
  });
});

test.each(["a merge", "a squash"])("%s of a draft is held though the forge still calls it open", async (how) => {
  const forged = await openForgedWorld({ settings: ALL });
  const { world, daemon } = forged;
  const number = await forged.propose("draft", MOVE, { draft: true });
  await untilLookedAt(forged, number, "plan", /^pending: not planned: is a draft/);
  const commit = how === "a merge" ? world.repository.merge("refs/heads/draft") : world.repository.push(MOVE);
  const { status } = await daemon.untilState("AwaitingApproval", commit);
  expect(status.message).toMatch(/Request 1 was merged without a plan that could be reviewed/);
  // However often it is asked, and once the forge has said so as well.
  for (let look = 0; look < 4; look += 1) await daemon.reconciled();
  forged.forge.merge(number, "mona", commit);
  for (let look = 0; look < 4; look += 1) await daemon.reconciled();
  expect((await daemon.target()).status.state).toBe("AwaitingApproval");
  expect(poolOf(forged, "c1")).toBe("pa");
});

test("a fast-forward to a merge that takes the branch's state back is held, though its own line shows no change", async () => {
  const forged = await openForgedWorld({
    files: below(FILES),
    settings: { ...ALL, repository: { path: "production" } },
  });
  const { world, forge, daemon } = forged;
  const { repository } = world;
  const moved = repository.push(below({ ...MOVE, "queues/any.yaml": queue("any", 7) }));
  await daemon.untilApplied(moved);
  const tree = repository.ask("rev-parse", `${world.first}^{tree}`);
  const author = ["-c", "user.name=Mallory", "-c", "user.email=mallory@example.com"];
  const evil = repository.ask(...author, "commit-tree", tree, "-p", world.first, "-p", moved, "-m", "evil");
  repository.ask("update-ref", "refs/heads/evil", evil);
  const number = forge.openRequest({
    title: "evil",
    author: "mallory",
    branch: "evil",
    base: "main",
    sha: evil,
    draft: true,
  });
  repository.ask(
    "update-ref",
    forge.kind === "gitlab" ? `refs/merge-requests/${number}/head` : `refs/pull/${number}/head`,
    evil,
  );
  await untilLookedAt(forged, number, "plan", /^pending: not planned: is a draft/);
  repository.ask("update-ref", "refs/heads/main", evil);
  forge.merge(number, "mona", evil);
  await daemon.untilState("AwaitingApproval", evil);
  expect(poolOf(forged, "c1")).toBe("pb");
});

test("a fast-forward to a planned request that was brought up to date is applied", async () => {
  const forged = await openForgedWorld({ settings: ALL });
  const { world, forge, daemon } = forged;
  const { repository } = world;
  repository.push(MOVE, { branch: "planned", from: "main" });
  const onMain = await daemon.push({ "queues/any.yaml": queue("any", 7) });
  await daemon.untilApplied(onMain);
  const tree =
    repository.ask("merge-tree", "--write-tree", "refs/heads/planned", "refs/heads/main").split("\n")[0] ?? "";
  const author = ["-c", "user.name=Mona", "-c", "user.email=mona@example.com"];
  const updated = repository.ask(
    ...author,
    "commit-tree",
    tree,
    "-p",
    "refs/heads/planned",
    "-p",
    onMain,
    "-m",
    "update",
  );
  repository.ask("update-ref", "refs/heads/planned", updated);
  const number = forge.openRequest({ title: "planned", author: "mona", branch: "planned", base: "main", sha: updated });
  repository.ask("update-ref", `refs/pull/${number}/head`, updated);
  await untilLookedAt(forged, number, "apply", /^success/);
  repository.ask("update-ref", "refs/heads/main", updated);
  forge.merge(number, "mona", updated);
  await daemon.untilApplied(updated);
  expect(poolOf(forged, "c1")).toBe("pb");
});

test("who may go back can't split a line of commits, so that its beginning counts as pushed", async () => {
  const forged = await openForgedWorld(IN_FOLDER);
  const { middle, last } = await mergeDraftLine(forged);
  await forged.daemon.send("/targets/prod/reconcile", { revision: middle }, "operate");
  await forged.daemon.untilState("AwaitingApproval", middle);
  await forged.daemon.send("/targets/prod/reconcile", { revision: "" }, "operate");
  await forged.daemon.untilState("AwaitingApproval", last);
  await forged.daemon.reconciled();
  expect(poolOf(forged, "c3")).toBe("pb");
});

test("a target that was never applied in full holds what nobody reviewed as well", async () => {
  const forged = await openForgedWorld({ settings: { policy: { auto_apply: "create" } }, webhooks: false });
  const { world, settings } = forged;
  await forged.daemon.daemon.stop();
  const waiting = world.repository.push({ "queues/any.yaml": queue("any", 5) });
  const daemon = await world.start({ ...settings, file: { ...settings.file, store: { directory: "./data2" } } });
  await daemon.untilState("AwaitingApproval", waiting);
  const number = await forged.propose("draft", { "queues/evil.yaml": queue("evil", 99) }, { draft: true });
  const merged = world.repository.merge("refs/heads/draft");
  forged.forge.merge(number, "mona", merged);
  const { last_pass } = await daemon.untilState("AwaitingApproval", merged);
  expect(last_pass?.outcome).toMatchObject({
    held: expect.arrayContaining([expect.objectContaining({ reason: "unreviewed" })]),
  });
  expect(world.served.model.state.queue.rows.has("evil")).toBe(false);
});

test("who may go back can't have a commit applied that never was, and goes back unasked to one that was approved", async () => {
  const forged = await openForgedWorld({ settings: ALL });
  const { daemon, world } = forged;
  const goBack = (revision: string) => daemon.send("/targets/prod/reconcile", { revision }, "operate");
  const number = await forged.propose("draft", MOVE, { draft: true });
  await untilLookedAt(forged, number, "plan", /^pending: not planned: is a draft/);
  const own = forged.head(number);
  const merged = await forged.merge(number, "mona");
  await daemon.untilState("AwaitingApproval", merged);
  await goBack(own);
  const { status } = await daemon.untilState("AwaitingApproval", own);
  expect(status.message).toMatch(/the target was rolled back to it by hand, and it was never applied here/);
  expect(poolOf(forged, "c1")).toBe("pa");
  await goBack(world.first);
  await daemon.until(({ last_pass }) => last_pass?.revision === world.first && last_pass.outcome.kind === "synced");
  await goBack("");
  await daemon.untilState("AwaitingApproval", merged);
  await daemon.approve();
  await daemon.untilApplied(merged);
  await goBack(world.first);
  await daemon.until(
    ({ last_pass, applied_revision }) => last_pass?.revision === world.first && applied_revision === world.first,
  );
  expect(poolOf(forged, "c1")).toBe("pa");
  await goBack("");
  await daemon.untilApplied(merged);
  expect(poolOf(forged, "c1")).toBe("pb");
});

test("what somebody pushes who may is applied as `auto_apply` says, and waits while the forge can't say how it came", async () => {
  const forged = await openForgedWorld({ settings: ALL });
  const { forge, daemon } = forged;
  await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 7) }));
  forge.fault({ kind: "status", status: 403 }, { call: /\/commits\//, times: 10_000 });
  const pushed = await daemon.push(MOVE);
  const { status } = await daemon.untilState("AwaitingApproval", pushed);
  expect(status.message).toMatch(/the forge could not be asked/);
  expect(poolOf(forged, "c1")).toBe("pa");
  forge.heal();
  await daemon.untilApplied(pushed);
});

test("what was planned is known as such after a squash, also where all that was fetched is lost meanwhile", async () => {
  const forged = await openForgedWorld({ settings: ALL, webhooks: false });
  const { world, forge } = forged;
  const number = await forged.propose("planned", MOVE);
  await untilLookedAt(forged, number, "apply", /^success/);
  await forged.daemon.daemon.stop();
  rmSync(join(world.folder, "cache"), { recursive: true });
  const squashed = world.repository.push(MOVE);
  forge.merge(number, "mona", squashed);
  await forged.restart();
  await forged.daemon.untilApplied(squashed);
  expect(poolOf(forged, "c1")).toBe("pb");
});

test.each(FORGE_NAMES)(
  "on %s a plan that was made before a merge and published after it counts as not published before it",
  async (kind) => {
    const forged = await openForgedWorld({ kind, settings: ALL });
    const held = forged.forge.hold({ call: /^POST .*(comments|notes)/ });
    const number = await forged.propose("hasty", MOVE);
    await held.arrived();
    const merged = await forged.merge(number, "mona");
    await forged.daemon.untilState("AwaitingApproval", merged);
    held.release();
    await expect.poll(() => forged.sticky(number).length).toBe(1);
    for (const _pass of [1, 2]) expect((await forged.daemon.reconciled()).status.state).toBe("AwaitingApproval");
    await expectHeld(forged, number, merged, /no plan of its newest commit was published before its merge/);
  },
);
