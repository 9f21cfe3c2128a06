/**
 * Nobody attacks, or somebody who knows of the move: a request was merged shortly before its forge moved to another instance, or was restored
 * from a backup of before. Git has the merge, the store the request, and the forge of today neither. What nobody was shown waits for an
 * approval all the same, and its author does not approve it.
 */
import { describe, expect, onTestFinished, test } from "vitest";
import { cluster, MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import type { ForgeServer } from "../pull-requests/forge/forge-server.ts";
import { startGiteaServer } from "../pull-requests/forge/gitea-server.ts";
import { startGithubServer } from "../pull-requests/forge/github-server.ts";
import { startGitlabServer } from "../pull-requests/forge/gitlab-server.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { untilLookedAt } from "./until-looked-at.ts";

const START = { github: startGithubServer, gitlab: startGitlabServer, gitea: startGiteaServer } as const;
const HOUR_MS = 3_600_000;
const LOGINS = ["approve", "boss", "carol", "mallory"];
const ALL: ForgedSettings = { settings: { policy: { auto_apply: "all" }, drift: { action: "report" } } };
const OWN: ForgedSettings = {
  settings: { policy: { approval: { approvers: ["approve", "other", "boss"] } } },
  requests: { approval: "explicit", self_approval: false },
};

type How = "moved" | "restored";
type Daemon = ForgedWorld["daemon"];

const poolOf = ({ world }: ForgedWorld) => world.served.model.state.cluster.rows.get("c1")?.pool;

/** The same files in the same second are the same commit, which has the same statuses. */
async function untilNextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await waitFor(
    () => Math.floor(Date.now() / 1000) > second,
    () => "the next second",
  );
}

/** How a forge merges: each gives the branch's newest commit. */
const MERGES = {
  "a merge": ({ world }: ForgedWorld) => world.repository.merge("own"),
  "a squash": ({ world }: ForgedWorld) => world.repository.push(MOVE),
  "a fast-forward": ({ world }: ForgedWorld) => {
    const sha = world.repository.ask("rev-parse", "refs/heads/own").trim();
    world.repository.ask("update-ref", "refs/heads/main", sha);
    return sha;
  },
  "a merge, with a commit that was pushed to the request meanwhile": ({ world }: ForgedWorld) => {
    world.repository.push({ "README.md": "More.\n" }, { branch: "own" });
    return world.repository.merge("own");
  },
} as const satisfies Record<string, (forged: ForgedWorld) => string>;

const NAMES = Object.keys(MERGES) as readonly (keyof typeof MERGES)[];

async function open(given: ForgedSettings): Promise<ForgedWorld> {
  const forged = await openForgedWorld(given);
  for (const login of LOGINS) forged.forge.allow(login, "write");
  return forged;
}

async function openDraft(forged: ForgedWorld): Promise<number> {
  const number = await forged.propose("own", MOVE, { author: "mallory", draft: true });
  await forged.untilStatus(number, "plan", /not planned: is a draft/);
  return number;
}

async function openOwn(forged: ForgedWorld): Promise<number> {
  const number = await forged.propose("own", MOVE, { author: "approve" });
  await forged.untilStatus(number, "apply", /^pending: needs/);
  return number;
}

/** Ends the daemon and starts it again on its store, with a forge that has no request. `meanwhile` happens in between. */
async function lose(forged: ForgedWorld, how: How, meanwhile: (next: ForgeServer) => void): Promise<Daemon> {
  const { world, forge, daemon, settings } = forged;
  await daemon.daemon.stop();
  const isRestored = how === "restored";
  if (isRestored) await forge.close();
  const next = await (isRestored
    ? startGiteaServer({ port: Number(new URL(forge.url).port), later: HOUR_MS })
    : START[forge.kind]());
  onTestFinished(() => next.close());
  for (const login of [...LOGINS, "mona"]) next.allow(login, "write");
  world.env.FORGE_TOKEN = next.token;
  const refs = world.repository.ask("for-each-ref", "--format=%(refname)", "refs/pull", "refs/merge-requests");
  for (const ref of refs.split("\n").filter((name) => name !== "")) world.repository.ask("update-ref", "-d", ref);
  meanwhile(next);
  const { pull_requests } = Object(settings.repository);
  const repository = { ...settings.repository, pull_requests: { ...pull_requests, url: next.url } };
  return world.start({ ...settings, repository });
}

/** Waits until the requests were looked at from now on, twice: the second look began after this. */
async function untilRounds({ world }: ForgedWorld, daemon: Daemon): Promise<void> {
  const count = () => world.log.filter((line) => line.includes("Pull requests reviewed.")).length;
  const before = count();
  for (const more of [1, 2]) {
    await daemon.send("/targets/prod/reconcile", {});
    await waitFor(
      () => count() >= before + more,
      () => world.log.slice(-5).join(""),
    );
  }
}

async function expectHeld(forged: ForgedWorld, daemon: Daemon, number: number, commit: string): Promise<void> {
  const { status } = await daemon.untilState("AwaitingApproval", commit);
  expect(status.message).toMatch(new RegExp(`Request ${number} was merged without a plan that could be reviewed`));
  await untilRounds(forged, daemon);
  const later = await daemon.push({ "README.md": "Nothing to see here.\n" });
  const { message } = (await daemon.untilState("AwaitingApproval", later)).status;
  expect(message).toMatch(new RegExp(`Request ${number} was merged without a plan that could be reviewed`));
  expect(poolOf(forged)).toBe("pa");
  expect((await daemon.approve()).status).toBe(201);
  await daemon.untilApplied(later);
  expect(poolOf(forged)).toBe("pb");
}

async function expectOwn(forged: ForgedWorld, daemon: Daemon, number: number, commit: string): Promise<void> {
  await daemon.untilState("AwaitingApproval", commit);
  await untilLookedAt(daemon);
  const message = expect.stringContaining(`request ${number}, which approve opened`);
  const refused = { status: 403, body: { error: { code: "not_allowed", message } } };
  expect(await daemon.approve()).toMatchObject(refused);
  await untilRounds(forged, daemon);
  expect(await daemon.approve()).toMatchObject(refused);
  expect(poolOf(forged)).toBe("pa");
  const { status, body } = await daemon.approve([], "other");
  expect(status, JSON.stringify(body)).toBe(201);
  await daemon.untilApplied(commit);
  expect(poolOf(forged)).toBe("pb");
}

describe.each(FORGE_NAMES)("on %s that was moved after a merge", (kind) => {
  test("what was a draft is held", async () => {
    const forged = await open({ ...ALL, kind });
    const number = await openDraft(forged);
    let commit = "";
    const daemon = await lose(forged, "moved", () => {
      commit = MERGES["a merge"](forged);
    });
    await expectHeld(forged, daemon, number, commit);
  });

  test("its author does not approve it", async () => {
    const forged = await open({ ...OWN, kind });
    const number = await openOwn(forged);
    let commit = "";
    const daemon = await lose(forged, "moved", () => {
      commit = MERGES["a merge"](forged);
    });
    await expectOwn(forged, daemon, number, commit);
  });
});

describe.each(NAMES)("after %s, on Gitea that was restored from a backup", (name) => {
  test("what was a draft is held", async () => {
    const forged = await open(ALL);
    const number = await openDraft(forged);
    let commit = "";
    const daemon = await lose(forged, "restored", () => {
      commit = MERGES[name](forged);
    });
    await expectHeld(forged, daemon, number, commit);
  });

  test("its author does not approve it, though another request has the number by now", async () => {
    const forged = await open(OWN);
    const number = await openOwn(forged);
    let commit = "";
    const daemon = await lose(forged, "restored", (next) => {
      commit = MERGES[name](forged);
      const sha = forged.world.repository.push({ "README.md": "Other.\n" }, { branch: "other", from: "main" });
      const other = { title: "other", author: "mallory", branch: "other", base: "main", sha };
      expect(next.openRequest(other)).toBe(number);
    });
    await expectOwn(forged, daemon, number, commit);
  });
});

test("an author does not approve what was merged of two requests with the same change, whichever of them it was", async () => {
  const forged = await open(OWN);
  const shown = await forged.propose("shown", MOVE, { author: "mallory" });
  await forged.untilStatus(shown, "apply", /^pending: needs/);
  await untilNextSecond();
  const number = await openOwn(forged);
  let commit = "";
  const daemon = await lose(forged, "restored", () => {
    commit = MERGES["a squash"](forged);
  });
  await expectOwn(forged, daemon, number, commit);
});

describe("a merge that the daemon has seen while the forge knew of it", () => {
  test("is held after that, though the forge has forgotten it", async () => {
    const forged = await open(ALL);
    const number = await openDraft(forged);
    const commit = await forged.merge(number, "boss");
    await forged.untilSaid(number, /held: it needs an approval/);
    await expectHeld(forged, await lose(forged, "restored", () => undefined), number, commit);
  });

  test("in a pass alone is held after that, though the forge has forgotten it before any look at requests", async () => {
    const forged = await open(ALL);
    forged.holdRounds();
    const number = await forged.propose("own", MOVE, { author: "mallory", draft: true });
    const commit = await forged.merge(number, "boss");
    await forged.daemon.untilState("AwaitingApproval", commit);
    await expectHeld(forged, await lose(forged, "restored", () => undefined), number, commit);
  });

  test("is held by its name while the forge is not reachable", async () => {
    const forged = await open(ALL);
    const number = await openDraft(forged);
    await forged.merge(number, "boss");
    await forged.untilSaid(number, /held: it needs an approval/);
    forged.forge.fault({ kind: "status", status: 500 }, { call: /./, times: 10_000 });
    await forged.restart();
    const later = await forged.daemon.push({ "README.md": "Nothing to see here.\n" });
    const { message } = (await forged.daemon.untilState("AwaitingApproval", later)).status;
    expect(message).toMatch(
      new RegExp(`Request ${number} was merged without a plan that could be reviewed: it was a draft`),
    );
    expect(poolOf(forged)).toBe("pa");
  });

  test("is not approved by its author, who drafted what another request shows", async () => {
    const forged = await open(OWN);
    const shown = await forged.propose("shown", MOVE, { author: "mallory" });
    await forged.untilStatus(shown, "apply", /^pending: needs/);
    await untilNextSecond();
    const number = await forged.propose("own", MOVE, { author: "approve", draft: true });
    await forged.untilStatus(number, "plan", /not planned: is a draft/);
    const commit = MERGES["a squash"](forged);
    forged.forge.merge(number, "boss", commit);
    await forged.tell(number, "closed");
    await forged.daemon.untilState("AwaitingApproval", commit);
    await untilLookedAt(forged.daemon);
    await untilRounds(forged, forged.daemon);
    await expectOwn(forged, await lose(forged, "restored", () => undefined), number, commit);
  });
});

/** A request that was opened and merged between two looks, with a change that another one shows. `meanwhile` happens before the second look. */
async function openBetweenLooks<T>(meanwhile: (forged: ForgedWorld, number: number) => T) {
  const forged = await open(OWN);
  const shown = await forged.propose("shown", MOVE, { author: "mallory" });
  await forged.untilStatus(shown, "apply", /^pending: needs/);
  await untilNextSecond();
  const held = forged.forge.hold({ call: /./ });
  const number = await forged.propose("own", MOVE, { author: "approve" });
  const commit = MERGES["a squash"](forged);
  forged.forge.merge(number, "boss", commit);
  await forged.tell(number, "closed");
  await forged.daemon.untilState("AwaitingApproval", commit);
  const done = meanwhile(forged, number);
  held.release();
  await untilLookedAt(forged.daemon);
  return { forged, number, commit, done };
}

test.each<How>(["moved", "restored"])(
  "an author does not approve what was opened and merged between two looks, with a change that another request shows, once the forge that told of it is %s",
  async (how) => {
    const { forged, number, commit } = await openBetweenLooks(() => undefined);
    // No record is kept of it, as what it brought was reviewed, and no forge knows it any more.
    const daemon = await lose(forged, how, () => undefined);
    await expectOwn(forged, daemon, number, commit);
  },
);

test("what is known of an author stays so where the forge is lost before the look at the request has ended", async () => {
  const {
    forged,
    number,
    commit,
    done: comments,
  } = await openBetweenLooks(({ forge }, one) => forge.hold({ call: new RegExp(`/issues/${one}/comments`) }));
  await comments.arrived(1);
  const daemon = await lose(forged, "restored", () => undefined);
  await expectOwn(forged, daemon, number, commit);
});

test("whose a former commit of a request was says nothing of a later one that the forge was not asked about before it was lost", async () => {
  const forged = await open(OWN);
  const number = await forged.propose("own", MOVE, { author: "mallory" });
  await forged.untilStatus(number, "apply", /^pending: needs/);
  // A merge of it that the forge does not report yet.
  await forged.daemon.untilState("AwaitingApproval", await forged.daemon.push(MOVE));
  await untilLookedAt(forged.daemon);
  forged.forge.fault({ kind: "status", status: 500 }, { call: /\/pulls\/\d+\/commits|\/timeline/, times: 10_000 });
  const more = { "queues/any.yaml": queue("any", 2) };
  await forged.pushTo(number, more, { pusher: "approve" });
  await forged.untilRecorded(number);
  let commit = "";
  const daemon = await lose(forged, "restored", () => {
    commit = forged.world.repository.push(more);
  });
  await daemon.untilState("AwaitingApproval", commit);
  await untilLookedAt(daemon);
  const message = expect.stringContaining(`the forge no longer has request ${number}`);
  const refused = { status: 403, body: { error: { code: "not_allowed", message } } };
  expect(await daemon.approve()).toMatchObject(refused);
  await untilRounds(forged, daemon);
  expect(await daemon.approve()).toMatchObject(refused);
  expect(poolOf(forged)).toBe("pa");
});

describe("held without need is not", () => {
  test.each<How>(["moved", "restored"])("what is pushed after the forge was %s while a draft was open", async (how) => {
    const forged = await open(ALL);
    await openDraft(forged);
    const daemon = await lose(forged, how, () => undefined);
    const pushed = await daemon.push({ "clusters/c2.yaml": cluster("c2", "pb") });
    await daemon.untilApplied(pushed);
    await untilRounds(forged, daemon);
    const more = await daemon.push({ "clusters/c2.yaml": cluster("c2", "pa") });
    await daemon.untilApplied(more);
  });
});

test("a rejection that could not be judged before its forge was lost ends the rollout of its merged request", async () => {
  const forged = await open({
    settings: { policy: { approval: { approvers: ["approve", "carol"] } } },
    requests: { approval: "explicit", unverified_comments: "accept" },
  });
  const { world, forge } = forged;
  await world.setWork("c1", 2);
  const number = await forged.propose("own", MOVE, { author: "mallory" });
  await forged.untilStatus(number, "apply", /^pending: needs/);
  const commit = await forged.merge(number, "boss");
  await forged.daemon.untilState("AwaitingApproval", commit);
  expect((await forged.daemon.approve()).status).toBe(201);
  await forged.daemon.untilState("Waiting", commit);
  forge.fault({ kind: "status", status: 500 }, { call: /\/assignees|\/collaborators\//, times: 10_000 });
  await forged.say(number, "carol", "poolkeeper reject");
  await waitFor(
    () => world.log.some((line) => line.includes("could not be reviewed")),
    () => world.log.slice(-10).join(""),
  );
  const daemon = await lose(forged, "restored", () => undefined);
  const stopped = await daemon.until(({ approvals, status }) => approvals.length === 0 && status.reason === "Rejected");
  expect(stopped.status.message).toContain("Out of service until then: cluster.c1.");
  await world.setWork("c1", 0);
  await untilRounds(forged, daemon);
  expect((await daemon.target()).status.reason).toBe("Rejected");
  expect(poolOf(forged)).toBe("pa");
});
