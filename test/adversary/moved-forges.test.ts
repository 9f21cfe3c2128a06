/**
 * Nobody attacks: the forge moves to another instance, or it is restored from a backup. Either gives the numbers of requests and the ids of
 * comments once more, to others. What was said there by somebody about something must neither stand for what is said here, nor hide it.
 */
import { describe, expect, onTestFinished, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { cluster, type Files, MOVE } from "../daemon/manifests.ts";
import { type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import type { ForgeServer } from "../pull-requests/forge/forge-server.ts";
import { startGiteaServer } from "../pull-requests/forge/gitea-server.ts";
import { waitFor } from "../set-up/wait-for.ts";

const OTHER = { "clusters/c2.yaml": cluster("c2", "pb") };
const HOUR_MS = 3_600_000;
const LOGINS = ["boss", "carol", "mallory"];

type How = "moved to another instance" | "restored from a backup";

async function openGuarded(requests: object = {}): Promise<ForgedWorld> {
  const settings = { policy: { approval: { approvers: ["boss", "carol"] } }, drift: { action: "report" } };
  const given: ForgedSettings = { settings, requests: { unverified_comments: "accept", ...requests } };
  const forged = await openForgedWorld(given);
  for (const login of LOGINS) forged.forge.allow(login, "write");
  return forged;
}

/** Ends the daemon and the forge's first instance, and starts both again: the daemon on its store, the forge without what it had. */
async function openNext(
  { world, forge, daemon, settings }: ForgedWorld,
  how: How,
  meanwhile: (next: ForgeServer) => void = () => undefined,
) {
  await daemon.daemon.stop();
  // A restored one goes on later than all that it has forgotten.
  const isRestored = how === "restored from a backup";
  if (isRestored) await forge.close();
  const next = await startGiteaServer(isRestored ? { port: Number(new URL(forge.url).port), later: HOUR_MS } : {});
  onTestFinished(() => next.close());
  for (const login of LOGINS) next.allow(login, "write");
  meanwhile(next);
  const { pull_requests } = Object(settings.repository);
  const repository = { ...settings.repository, pull_requests: { ...pull_requests, url: next.url } };
  const again = await world.start({ ...settings, repository });
  const deliver = (event: Parameters<ForgeServer["deliver"]>[2]) =>
    next.deliver(`${again.url}/webhooks/prod`, HOOK_SECRET, event);
  const open = async (branch: string, files: Files) => {
    const sha = world.repository.push(files, { branch, from: "main" });
    const number = next.openRequest({ title: branch, author: "mallory", branch, base: "main", sha });
    world.repository.ask("update-ref", `refs/pull/${number}/head`, sha);
    await deliver({ kind: "request", number, action: "opened" });
    return { number, sha, branch };
  };
  const untilApply = (sha: string, text: RegExp) => {
    const find = () => next.statuses(sha).find(({ context }) => context === "poolkeeper/apply");
    return waitFor(
      () => text.test(`${find()?.state}: ${find()?.description}`),
      () => JSON.stringify([next.statuses(sha), world.log.slice(-5)]),
    );
  };
  const untilReacted = (number: number, id: string) =>
    waitFor(
      () => next.reactions(number, id).includes("+1"),
      () => JSON.stringify([id, next.comments(number), world.log.slice(-5)]),
    );
  const merge = async ({ number, branch }: { readonly number: number; readonly branch: string }) => {
    const commit = world.repository.merge(branch);
    next.merge(number, "boss", commit);
    await deliver({ kind: "push", branch: "main", sha: commit });
    return commit;
  };
  return { next, daemon: again, deliver, open, untilApply, untilReacted, merge };
}

/** Comments on it until its next one has that id: each takes two, and the forge's clock one for each second. */
function commentUntil(forge: ForgeServer, number: number, id: string): void {
  let last = 0;
  while (last < Number(id) - 3) last = Number(forge.comment(number, "mallory", "hm"));
  if (last === Number(id) - 3) forge.advance(1000);
}

async function say(forged: ForgedWorld, number: number, words: string): Promise<string> {
  for (let times = 0; times < 60; times++) forged.forge.comment(number, "mallory", "hm");
  const id = await forged.say(number, "carol", words);
  await forged.untilReacted(number, id, /^\+1$/);
  return id;
}

const poolOf = ({ world }: ForgedWorld, name: string) => world.served.model.state.cluster.rows.get(name)?.pool;

describe.each<How>(["moved to another instance", "restored from a backup"])("a forge that is %s", (how) => {
  test.each(["reject", "help"])(
    "gives a comment the id of one that said `%s` on the request with this number: what it says counts all the same",
    async (word) => {
      const forged = await openGuarded();
      const one = await forged.propose("other", OTHER, { author: "mallory" });
      await forged.untilStatus(one, "plan", /^success/);
      const old = await say(forged, one, `poolkeeper ${word}`);
      const { next, daemon, deliver, open, untilApply, untilReacted, merge } = await openNext(forged, how);
      const move = await open("move", MOVE);
      expect(move.number).toBe(one);
      // Nobody has rejected this one.
      await untilApply(move.sha, /^success/);
      commentUntil(next, move.number, old);
      const comment = next.comment(move.number, "carol", "poolkeeper reject");
      expect(comment).toBe(old);
      await deliver({ kind: "comment", number: move.number, comment });
      await untilReacted(move.number, comment);
      await untilApply(move.sha, /^failure: rejected by carol/);
      await daemon.untilState("AwaitingApproval", await merge(move));
      expect(poolOf(forged, "c1")).toBe("pa");
    },
  );

  test("keeps what was rejected rejected in whichever request it comes again, and only that", async () => {
    const forged = await openGuarded();
    const one = await forged.propose("move", MOVE, { author: "mallory" });
    await forged.untilStatus(one, "apply", /^success/);
    await say(forged, one, "poolkeeper reject");
    await forged.untilStatus(one, "apply", /^failure: rejected by carol/);
    const { open, untilApply } = await openNext(forged, how);
    const other = await open("other", OTHER);
    await untilApply(other.sha, /^success/);
    const again = await open("again", { ...MOVE, "README.md": "again" });
    await untilApply(again.sha, /^failure: rejected by carol/);
  });

  test("takes no approval of before over to the request that has the number now", async () => {
    const forged = await openGuarded({ approval: "explicit" });
    const one = await forged.propose("move", MOVE, { author: "mallory" });
    await forged.untilStatus(one, "apply", /^pending: needs/);
    await waitForNextSecond();
    await say(forged, one, `poolkeeper approve ${forged.digest(one)}`);
    await forged.untilStatus(one, "apply", /^success: approved by carol/);
    const { open, untilApply, daemon, merge } = await openNext(forged, how);
    const move = await open("move", MOVE);
    await untilApply(move.sha, /^pending: needs/);
    await daemon.untilState("AwaitingApproval", await merge(move));
    expect(poolOf(forged, "c1")).toBe("pa");
  });
});

describe("a forge that is restored from a backup", () => {
  const HOW = "restored from a backup";
  /** The webhook tells what was written, and Gitea tells nothing else of edits. */
  const openTold = (approval: string) => openGuarded({ approval, unverified_comments: "refuse" });

  test("gives a comment the id of one of which its webhook told something else: a rejection is not taken for an edited one", async () => {
    const forged = await openTold("merge");
    const one = await forged.propose("move", MOVE, { author: "mallory" });
    await forged.untilStatus(one, "apply", /^success/);
    const old = await say(forged, one, `poolkeeper approve ${forged.digest(one)}`);
    const { next, daemon, deliver, open, untilApply, merge } = await openNext(forged, HOW);
    const again = await open("again", { ...MOVE, "README.md": "again" });
    await untilApply(again.sha, /^success/);
    commentUntil(next, again.number, old);
    expect(next.comment(again.number, "carol", "poolkeeper reject")).toBe(old);
    // Its own webhook is lost.
    await deliver({ kind: "request", number: again.number, action: "edited" });
    await untilApply(again.sha, /^pending: .*rejection by carol/);
    const commit = await merge(again);
    await daemon.untilState("AwaitingApproval", commit);
    await untilApply(again.sha, /rejection by carol|rejected by carol/);
    expect(next.reactions(again.number, old)).not.toContain("-1");
    expect(poolOf(forged, "c1")).toBe("pa");
  });

  test("gives a comment the id of an approval of which its webhook told: an edit by somebody else is not proven by that", async () => {
    const forged = await openTold("explicit");
    const one = await forged.propose("move", MOVE, { author: "mallory" });
    await forged.untilStatus(one, "apply", /^pending: needs/);
    const digest = forged.digest(one);
    const old = await say(forged, one, `poolkeeper approve ${digest}`);
    await forged.untilReacted(one, await forged.say(one, "carol", "poolkeeper reject"), /^\+1$/);
    const { next, daemon, deliver, open, untilApply, merge } = await openNext(forged, HOW);
    const { number, sha, branch } = await open("again", { ...MOVE, "README.md": "again" });
    await untilApply(sha, /^failure: rejected by carol/);
    commentUntil(next, number, old);
    const comment = next.comment(number, "carol", "I am still looking.");
    expect(comment).toBe(old);
    next.editComment(number, comment, `poolkeeper approve ${digest}`, { by: "mallory", instant: true });
    await deliver({ kind: "comment", number, comment, action: "edited", by: "mallory" });
    await daemon.untilState("AwaitingApproval", await merge({ number, branch }));
    await untilApply(sha, /^failure: rejected by carol/);
    expect(next.reactions(number, comment)).not.toContain("+1");
    expect(poolOf(forged, "c1")).toBe("pa");
  });

  test("has a request by a number of before, rejected and merged while nobody looked: the rejection stands", async () => {
    const forged = await openGuarded();
    const one = await forged.propose("other", OTHER, { author: "mallory" });
    await forged.untilStatus(one, "plan", /^success/);
    const { daemon } = await openNext(forged, HOW, (next) => {
      const { world } = forged;
      const sha = world.repository.push(MOVE, { branch: "move", from: "main" });
      const number = next.openRequest({ title: "move", author: "mallory", branch: "move", base: "main", sha });
      expect(number).toBe(one);
      world.repository.ask("update-ref", `refs/pull/${number}/head`, sha);
      next.comment(number, "carol", "poolkeeper reject");
      next.merge(number, "mallory", world.repository.merge("move"));
    });
    await daemon.until(({ status }) => status.reason === "Rejected");
    expect(poolOf(forged, "c1")).toBe("pa");
  });
});

async function waitForNextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await waitFor(
    () => Math.floor(Date.now() / 1000) > second + 1,
    () => "the next second",
  );
}
