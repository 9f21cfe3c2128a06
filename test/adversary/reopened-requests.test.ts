/**
 * The attacker opens requests, may approve nothing, and knows when nobody looks: what was recorded of a request that ended must not hide what
 * is said on it once it lives on. An approver has written a rejection there.
 */
import { expect, test } from "vitest";
import { cluster, MOVE } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedWorld, type ForgeName, openForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { waitFor } from "../set-up/wait-for.ts";

async function openGuarded(kind: ForgeName = "gitea"): Promise<ForgedWorld> {
  const forged = await openForgedWorld({
    kind,
    settings: { policy: { approval: { approvers: ["boss", "carol", "approve"] } }, drift: { action: "report" } },
    requests: { approval: "merge", ...(kind === "gitea" ? { unverified_comments: "accept" } : {}) },
  });
  for (const login of ["boss", "carol", "mallory"]) forged.forge.allow(login, "write");
  return forged;
}

/** A request that was closed, of which nothing more is to be said. */
async function openClosed(forged: ForgedWorld, files: Parameters<ForgedWorld["propose"]>[1]): Promise<number> {
  const number = await forged.propose("own", files, { author: "mallory" });
  await forged.untilStatus(number, "plan", /^success/);
  forged.forge.changeRequest(number, { state: "closed" });
  await forged.tell(number, "closed");
  await forged.untilStatus(number, "plan", /closed/);
  // A comment may be written in the moment in which it is closed: until that is over, it is read again.
  forged.forge.advance(20_000);
  await forged.tell(number, "closed");
  await waitFor(
    async () => (await readFollowed(forged)).length === 0,
    () => "requests about which something is still to be said",
  );
  return number;
}

async function readFollowed({ daemon }: ForgedWorld): Promise<readonly unknown[]> {
  const answer = await fetch(`${daemon.url}/api/v1/targets/prod/requests`);
  return Object(await answer.json()).requests;
}

const poolOf = ({ world }: ForgedWorld) => world.served.model.state.cluster.rows.get("c1")?.pool;

/** Sees that it is held as rejected by carol, and that who has not seen that approves nothing. */
async function expectRejected(forged: ForgedWorld, commit: string): Promise<void> {
  const { daemon } = forged;
  const isRejected = ({ status }: { readonly status: { readonly reason: string } }) => status.reason === "Rejected";
  const { last_pass } = await daemon.until(isRejected);
  await daemon.untilState("AwaitingApproval", commit);
  const address = `${daemon.url}/api/v1/plans/${last_pass?.digest}/approval?target=prod`;
  const answer = await fetch(address, { headers: { authorization: `Bearer ${TOKENS.approve}` } });
  expect(await answer.json()).toMatchObject({ rejected: { by: "carol" } });
  expect(poolOf(forged)).toBe("pa");
}

test.each(FORGE_NAMES)(
  "on %s, a request that was closed, and is reopened, pushed and merged between two looks, is read all the same: its rejection stands",
  async (kind) => {
    const forged = await openGuarded(kind);
    const { forge } = forged;
    const number = await openClosed(forged, { "README.md": "old" });
    await forged.daemon.daemon.stop();
    forge.changeRequest(number, { state: "open" });
    const sha = forged.world.repository.push(MOVE, { branch: "own", from: "main" });
    const ref = kind === "gitlab" ? `refs/merge-requests/${number}/head` : `refs/pull/${number}/head`;
    forged.world.repository.ask("update-ref", ref, sha);
    forge.changeRequest(number, { sha });
    forge.comment(number, "carol", "poolkeeper reject");
    const commit = forged.world.repository.merge("own");
    forge.merge(number, "mallory", commit);
    await forged.restart();
    await expectRejected(forged, commit);
    // What is said afterwards is read as well.
    const again = await forged.say(number, "carol", "poolkeeper reject");
    await forged.untilReacted(number, again, /1$|thumb/);
  },
);

test.each(["poolkeeper reject", "looks fine"])(
  "a request that was shown and closed, and is reopened and merged between two looks with `%s` on it, waits until its comments were read",
  async (words) => {
    const forged = await openGuarded();
    const { forge } = forged;
    const number = await openClosed(forged, MOVE);
    await forged.daemon.daemon.stop();
    forge.changeRequest(number, { state: "open" });
    forge.comment(number, "carol", words);
    const commit = forged.world.repository.merge("own");
    forge.merge(number, "boss", commit);
    await forged.restart();
    if (words === "poolkeeper reject") return expectRejected(forged, commit);
    await forged.daemon.untilState("AwaitingApproval", commit);
    await forged.untilSaid(number, /held: it needs an approval/);
    expect((await forged.daemon.approve()).status).toBe(201);
    await forged.daemon.untilApplied(commit);
    expect(poolOf(forged)).toBe("pb");
    await forged.untilSaid(number, "Applied");
  },
);

test("a draft that is merged while the forge does not say how the commit came is followed once it does: its rejection stands", async () => {
  const forged = await openGuarded();
  const { forge } = forged;
  const number = await forged.propose("own", MOVE, { author: "mallory", draft: true });
  await forged.untilStatus(number, "plan", /not planned/);
  const calls = /commits\/[0-9a-f]+\/pull|pulls\?.*state=closed|sort=recentupdate/;
  forge.fault({ kind: "status", status: 502 }, { times: 12, call: calls });
  const commit = await forged.merge(number, "mallory");
  await forged.daemon.until(({ status }) => /Request 1 was merged without a plan/.test(status.message));
  const no = await forged.say(number, "carol", "poolkeeper reject");
  await forged.untilReacted(number, no, /^\+1$/);
  await expectRejected(forged, commit);
});

test("what a rejected request brings in another form is shown as rejected after its merge, and goes on by who approves it after all", async () => {
  const forged = await openGuarded();
  const number = await forged.propose("own", MOVE, { author: "mallory" });
  await forged.untilStatus(number, "apply", /^success/);
  await forged.say(number, "carol", "poolkeeper reject");
  await forged.untilStatus(number, "apply", /rejected by carol/);
  const { world, forge } = forged;
  const sha = world.repository.push({ "clusters/c2.yaml": cluster("c2", "pb") }, { branch: "own-2", from: "main" });
  world.repository.ask("update-ref", `refs/pull/${number}/head`, sha);
  forge.changeRequest(number, { sha });
  await forged.tell(number, "edited");
  await forged.untilStatus(number, "apply", /rejected by carol/);
  const commit = world.repository.merge("own-2");
  forge.merge(number, "boss", commit);
  await forged.tell(number, "closed");
  await expectRejected(forged, commit);
  await forged.untilSaid(number, /rejected by `?carol/);
  expect((await forged.daemon.approve()).status).toBe(201);
  await forged.daemon.untilApplied(commit);
  expect(world.served.model.state.cluster.rows.get("c2")?.pool).toBe("pb");
});
