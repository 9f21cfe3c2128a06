import { describe, expect, test } from "vitest";
import { FILES, type Files, MOVE, queue } from "../daemon/manifests.ts";
import { type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";

/*
 * The attacker opens requests and has them merged by a rebase, which puts a commit that no plan showed right before one that was shown.
 * They want the first one to count as pushed. Beside that: what was pushed right before an honest merge is not held because of it. The
 * target applies everything by itself.
 */

const ALL = { policy: { auto_apply: "all" } };
const HARMLESS: Files = { "queues/any.yaml": queue("any", 7) };

/** The same files in a folder. */
const below = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`production/${path}`, text]));

const IN_FOLDER: ForgedSettings = {
  files: { ...below(FILES), "README.md": "x\n" },
  settings: { ...ALL, repository: { path: "production" } },
};

/** When commits were authored, in seconds since 1970. */
const [EARLY, LATE] = [1_700_000_000, 1_700_000_100];

function poolOf({ world }: ForgedWorld, cluster: string): string | undefined {
  return world.served.model.state.cluster.rows.get(cluster)?.pool;
}

/** Merges a request by a squash on top of what somebody pushed, while no daemon runs. */
async function pushAndSquash(forged: ForgedWorld, number: number, pushed: Files, squashed: Files): Promise<string> {
  await forged.daemon.daemon.stop();
  forged.world.repository.push(pushed, { authored: EARLY });
  const commit = forged.world.repository.push(squashed);
  forged.forge.merge(number, "mona", commit);
  await forged.restart();
  return commit;
}

describe("what was pushed right before a squash, between two looks, follows `auto_apply` where the squash is", () => {
  test("of a request whose plan was shown", async () => {
    const forged = await openForgedWorld({ settings: ALL });
    const number = await forged.propose("planned", HARMLESS);
    await forged.untilStatus(number, "apply", /^success/);
    const squashed = await pushAndSquash(forged, number, MOVE, HARMLESS);
    await forged.daemon.untilApplied(squashed);
    expect(poolOf(forged, "c1")).toBe("pb");
  });

  test.each([
    ["was found to change no manifest", {}],
    ["is a draft that changes no manifest", { draft: true }],
  ])("of a request that %s", async (_, more) => {
    const forged = await openForgedWorld(IN_FOLDER);
    const number = await forged.propose("other", { "README.md": "y\n" }, more);
    await forged.untilStatus(number, "plan", /^(?:success|pending: not planned)/);
    const squashed = await pushAndSquash(forged, number, below(MOVE), { "README.md": "y\n" });
    await forged.daemon.untilApplied(squashed);
    expect(poolOf(forged, "c1")).toBe("pb");
  });

  test("of a request that is a draft with changes, which alone waits", async () => {
    const forged = await openForgedWorld({ settings: ALL });
    const number = await forged.propose("draft", HARMLESS, { draft: true });
    await forged.untilStatus(number, "plan", /^pending: not planned/);
    const squashed = await pushAndSquash(forged, number, MOVE, HARMLESS);
    const { status } = await forged.daemon.untilState("AwaitingApproval", squashed);
    expect(status.message).toMatch(/Request 1 was merged without/);
    expect(status.message).not.toContain("other commit");
  });
});

describe("a rebase that brought more than the plan showed is held", () => {
  test.each([
    ["and the branch was set back to the planned commit since", "planned"],
    ["and the forge names the rebased commits", "replaced"],
  ])("where its commits were replaced after the plan, %s", async (_, named) => {
    const forged = await openForgedWorld({ settings: ALL });
    const { forge } = forged;
    const { repository } = forged.world;
    const number = await forged.propose("harmless", HARMLESS);
    await forged.untilStatus(number, "apply", /^success/);
    await forged.daemon.daemon.stop();
    repository.push(MOVE, { branch: "evil", from: "main", authored: EARLY });
    const replaced = repository.push(HARMLESS, { branch: "evil", authored: LATE });
    repository.ask("update-ref", `refs/pull/${number}/head`, replaced);
    if (named === "replaced") forge.changeRequest(number, { sha: replaced });
    repository.push(MOVE, { authored: EARLY });
    const merged = repository.push(HARMLESS, { authored: LATE });
    forge.merge(number, "mona", merged);
    await forged.restart();
    await forged.daemon.untilState("AwaitingApproval", merged);
    expect(poolOf(forged, "c1")).toBe("pa");
  });

  test("where the branch had the rest of it already when it was planned, and does not any more", async () => {
    const forged = await openForgedWorld({ settings: ALL });
    const { daemon, forge, world } = forged;
    const { repository } = world;
    repository.push(MOVE, { branch: "both", from: "main", authored: EARLY });
    const head = repository.push(HARMLESS, { branch: "both", authored: LATE });
    await daemon.untilApplied(await daemon.push(MOVE));
    const number = forge.openRequest({ title: "both", author: "mona", branch: "both", base: "main", sha: head });
    repository.ask("update-ref", `refs/pull/${number}/head`, head);
    await forged.tell(number, "edited");
    await forged.untilStatus(number, "apply", /^success/);
    // Nothing that is said of it from now on is taken, so that what was shown stays.
    const call = /^(?:POST|PATCH|PUT) .*(?:comments|statuses)/;
    forge.fault({ kind: "status", status: 403 }, { call, times: 100_000 });
    await daemon.untilApplied(await daemon.push({ "clusters/c1.yaml": FILES["clusters/c1.yaml"] ?? null }));
    await daemon.daemon.stop();
    repository.push(MOVE, { authored: EARLY });
    const merged = repository.push(HARMLESS, { authored: LATE });
    forge.merge(number, "mona", merged);
    await forged.restart();
    await forged.daemon.untilState("AwaitingApproval", merged);
    expect(poolOf(forged, "c1")).toBe("pa");
  });
});

test("a squash of a request whose commits git refuses is held with what was pushed before it, and ends no pass", async () => {
  const forged = await openForgedWorld({ settings: ALL });
  const { repository } = forged.world;
  await forged.daemon.daemon.stop();
  const honest = repository.push(HARMLESS, { branch: "odd", from: "main", authored: LATE });
  const text = repository.ask("cat-file", "commit", honest).replace(/^(author .*) (\d+) \+0000$/m, "$1 0$2 +0000");
  const odd = repository.feed(`${text}\n`, "hash-object", "-t", "commit", "-w", "--literally", "--stdin");
  repository.ask("update-ref", "refs/heads/odd", odd);
  const opened = { title: "odd", author: "mallory", branch: "odd", base: "main", sha: odd };
  const number = forged.forge.openRequest(opened);
  repository.ask("update-ref", `refs/pull/${number}/head`, odd);
  repository.push(MOVE, { authored: EARLY });
  const squashed = repository.push(HARMLESS);
  forged.forge.merge(number, "mona", squashed);
  await forged.restart();
  const { status } = await forged.daemon.untilState("AwaitingApproval", squashed);
  expect(status.message).toContain("and 1 other commit");
  expect(poolOf(forged, "c1")).toBe("pa");
});

test("a push that 270 commits followed which change no manifest is applied, and the forge is asked about each old one once", async () => {
  const forged = await openForgedWorld({ ...IN_FOLDER, webhooks: false });
  const { world, forge } = forged;
  await forged.daemon.daemon.stop();
  const pushed = world.repository.push(below(MOVE));
  const commits = Array.from({ length: 270 }, (_, index) => {
    const from = index === 0 ? "from refs/heads/main^0\n" : "";
    const author = "committer Bot <bot@example.com> 1700000000 +0000";
    return `commit refs/heads/main\n${author}\ndata 1\nm\n${from}M 100644 inline notes.txt\ndata ${`${index}`.length}\n${index}\n`;
  });
  world.repository.feed(commits.join(""), "fast-import", "--quiet", "--force");
  await forged.restart();
  await forged.daemon.untilApplied(world.repository.ask("rev-parse", "refs/heads/main"));
  expect(poolOf(forged, "c1")).toBe("pb");
  const asked = forge.calls().flatMap(({ path }) => /\/commits\/([0-9a-f]+)\/pull$/.exec(path)?.[1] ?? []);
  const old = world.repository.ask("rev-list", "--reverse", `${pushed}~1..refs/heads/main`).split("\n").slice(0, -10);
  expect(old).toHaveLength(261);
  // A forge may learn of the newest ten a little later, so that each look asks about them.
  expect(asked.filter((commit) => old.includes(commit)).toSorted()).toEqual(old.toSorted());
});
