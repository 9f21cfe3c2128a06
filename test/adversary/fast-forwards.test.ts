import { describe, expect, test } from "vitest";
import { type Files, MOVE, queue } from "../daemon/manifests.ts";
import { type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { untilLookedAt } from "./until-looked-at.ts";

/*
 * The attacker may open requests and has them merged by a fast-forward, or approves plans where nobody approves their own
 * (`self_approval: false`). Their branch has merge commits of its own: of it the forge knows the newest commit alone. They want what
 * nobody was shown, or what they may not approve, to be applied.
 */

const ALL = { settings: { policy: { auto_apply: "all" } } };

const IDENTITY = ["-c", "user.name=Mallory", "-c", "user.email=mallory@example.com"];

const poolOf = ({ world }: ForgedWorld) => world.served.model.state.cluster.rows.get("c1")?.pool;

/** A commit with the files of its first parent, or of `like`. */
function commitOn({ world }: ForgedWorld, parents: readonly string[], like = parents[0] ?? ""): string {
  const { repository } = world;
  const tree = repository.ask("rev-parse", `${like}^{tree}`).trim();
  const named = parents.flatMap((parent) => ["-p", repository.ask("rev-parse", parent).trim()]);
  return repository.ask(...IDENTITY, "commit-tree", tree, ...named, "-m", "more").trim();
}

const push = ({ world }: ForgedWorld, branch: string, files: Files) =>
  world.repository.push(files, { branch, from: "main" });

/** Branches that move c1 with a merge commit on their own line. */
const SHAPES = {
  "a merge in the middle": (forged) => {
    const moved = push(forged, "moved", MOVE);
    const merge = commitOn(forged, [moved, push(forged, "side", { "README.md": "Side.\n" })]);
    return commitOn(forged, [merge]);
  },
  "two merges in the middle": (forged) => {
    const moved = push(forged, "moved", MOVE);
    const merge = commitOn(forged, [moved, push(forged, "side", { "README.md": "Side.\n" })]);
    return commitOn(forged, [commitOn(forged, [merge, "side"])]);
  },
  "a merge first": (forged) => {
    const moved = push(forged, "moved", MOVE);
    return commitOn(forged, [commitOn(forged, ["main", moved], moved)]);
  },
  "a merge last": (forged) =>
    commitOn(forged, [push(forged, "moved", MOVE), push(forged, "side", { "README.md": "Side.\n" })]),
} as const satisfies Record<string, (forged: ForgedWorld) => string>;

type Shape = keyof typeof SHAPES;
const NAMES = Object.keys(SHAPES) as readonly Shape[];

/** Opens a request of a commit. */
async function open(forged: ForgedWorld, sha: string, more: { author?: string; draft?: boolean } = {}) {
  const { world, forge, tell } = forged;
  world.repository.ask("update-ref", "refs/heads/own", sha);
  const number = forge.openRequest({ title: "own", author: "mallory", branch: "own", base: "main", sha, ...more });
  const ref = forge.kind === "gitlab" ? `refs/merge-requests/${number}/head` : `refs/pull/${number}/head`;
  world.repository.ask("update-ref", ref, sha);
  await tell(number, "edited");
  return number;
}

async function openDraft(forged: ForgedWorld, sha: string): Promise<number> {
  const number = await open(forged, sha, { draft: true });
  await forged.untilStatus(number, "plan", /not planned: is a draft/);
  return number;
}

/** The branch gets the request's newest commit, and the forge says so. */
async function fastForward({ world, forge, tell, head }: ForgedWorld, number: number, by = "mona"): Promise<string> {
  const sha = head(number);
  world.repository.ask("update-ref", "refs/heads/main", sha);
  forge.merge(number, by, sha);
  await tell(number, "closed");
  return sha;
}

async function expectHeld(forged: ForgedWorld, number: number, commit: string): Promise<void> {
  const { daemon } = forged;
  const { status, last_pass } = await daemon.untilState("AwaitingApproval", commit);
  expect(status.message).toMatch(new RegExp(`Request ${number} was merged without a plan that could be reviewed`));
  expect(last_pass?.outcome).toMatchObject({ held: [{ reason: "unreviewed" }] });
  await forged.untilSaid(number, /held: it needs an approval/);
  expect(poolOf(forged)).toBe("pa");
  expect((await daemon.approve()).status).toBeLessThan(300);
  await daemon.untilApplied(commit);
  expect(poolOf(forged)).toBe("pb");
}

describe.each(["gitea", "gitlab"] as const)("on %s, the fast-forward of a draft is held", (kind) => {
  test.each(NAMES)("with %s", async (shape) => {
    const forged = await openForgedWorld({ kind, ...ALL });
    const number = await openDraft(forged, SHAPES[shape](forged));
    await expectHeld(forged, number, await fastForward(forged, number));
  });

  test("also where the daemon was down, and the forge names the merged commit as the request's newest one afterwards", async () => {
    const forged = await openForgedWorld({ kind, ...ALL });
    const number = await openDraft(forged, SHAPES["a merge last"](forged));
    await forged.daemon.daemon.stop();
    const { repository } = forged.world;
    const commit = forged.head(number);
    repository.ask("update-ref", "refs/heads/main", commit);
    forged.forge.merge(number, "mona", commit);
    forged.forge.changeRequest(number, { sha: repository.ask("rev-parse", "refs/heads/side").trim() });
    await forged.restart();
    const { status } = await forged.daemon.untilState("AwaitingApproval", commit);
    expect(status.message).toMatch(/without a plan that could be reviewed/);
    expect(poolOf(forged)).toBe("pa");
  });
});

test("a planned request that is merged inside a draft's branch shows nothing of the commits before it", async () => {
  const forged = await openForgedWorld(ALL);
  const planned = await forged.propose("planned", { "queues/any.yaml": queue("any", 7) });
  await forged.untilStatus(planned, "apply", /^success/);
  const { repository } = forged.world;
  const moved = push(forged, "moved", MOVE);
  const both = repository.push({ "queues/any.yaml": queue("any", 7) }, { branch: "both", from: "moved" });
  const merge = commitOn(forged, [moved, "planned"], both);
  const number = await openDraft(forged, commitOn(forged, [merge]));
  const commit = await fastForward(forged, number);
  const { status } = await forged.daemon.untilState("AwaitingApproval", commit);
  expect(status.message).toMatch(new RegExp(`Request ${number} was merged without a plan that could be reviewed`));
  expect(poolOf(forged)).toBe("pa");
});

describe("held without need is neither", () => {
  test("a planned request with a merge inside", async () => {
    const forged = await openForgedWorld(ALL);
    const number = await open(forged, SHAPES["a merge in the middle"](forged));
    await forged.untilStatus(number, "apply", /^success/);
    await forged.daemon.untilApplied(await fastForward(forged, number));
    expect(poolOf(forged)).toBe("pb");
  });

  test("a merge that somebody pushed, nor a planned request that was merged on top of it", async () => {
    const forged = await openForgedWorld(ALL);
    const { world, forge, propose } = forged;
    const number = await propose("planned", { "queues/any.yaml": queue("any", 7) });
    await forged.untilStatus(number, "apply", /^success/);
    await forged.daemon.daemon.stop();
    push(forged, "moved", MOVE);
    world.repository.merge("refs/heads/moved");
    const commit = world.repository.merge("refs/heads/planned");
    forge.merge(number, "mona", commit);
    await forged.restart();
    await forged.daemon.untilApplied(commit);
    expect(poolOf(forged)).toBe("pb");
  });
});

/** A target for which `approve` and `other` approve by command, and nobody their own. */
async function openGuarded(given: ForgedSettings = {}): Promise<ForgedWorld> {
  const forged = await openForgedWorld({
    ...given,
    requests: { approval: "explicit", self_approval: false },
    settings: { policy: { approval: { approvers: ["approve", "other"] } } },
  });
  for (const login of ["approve", "mallory"]) forged.forge.allow(login, "write");
  return forged;
}

describe.each(["gitea", "gitlab"] as const)(
  "on %s, the author of a request that was opened and fast-forwarded between two looks does not approve it",
  (kind) => {
    test.each(["a merge in the middle", "a merge first"] as const)("with %s", async (shape) => {
      const forged = await openGuarded({ kind });
      const held = forged.holdRounds();
      const number = await open(forged, SHAPES[shape](forged), { author: "approve" });
      const commit = await fastForward(forged, number, "approve");
      await forged.daemon.untilState("AwaitingApproval", commit);
      held.release();
      await untilLookedAt(forged.daemon);
      const message = expect.stringContaining(`request ${number}, which approve opened`);
      expect(await forged.daemon.approve()).toMatchObject({
        status: 403,
        body: { error: { code: "not_allowed", message } },
      });
      expect(poolOf(forged)).toBe("pa");
      expect(await forged.daemon.approve([], "other")).toMatchObject({ status: 201 });
      await forged.daemon.untilApplied(commit);
      expect(poolOf(forged)).toBe("pb");
    });
  },
);
