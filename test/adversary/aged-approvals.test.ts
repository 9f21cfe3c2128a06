/**
 * The attacker may write to the repository and merge, and is no approver. They keep the daemon from reading what others said (it is down, or
 * the forge does not answer it), and want what was said long ago, or before something else, to count as said just now. The forge's clock is
 * not the daemon's: here it shows a January.
 */
import { describe, expect, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { MOVE } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { moveByHand } from "../daemon/open-other-hands.ts";

const HOUR_MS = 3_600_000;
/** Longer than `expires`, which is 24 hours here. */
const LATE_MS = 25 * HOUR_MS;
const IN_TIME_MS = 23 * HOUR_MS;
const EXPLICIT: AgedSettings = { requests: { approval: "explicit" } };

/** What differs from the usual. */
type AgedSettings = Omit<ForgedSettings, "requests"> & {
  readonly requests?: { readonly approval?: "explicit"; readonly unverified_comments?: "refuse" };
};

/** A target that `boss` alone approves for, with a request by the attacker that moves a cluster and whose plan is shown. */
async function openShown({ requests, ...given }: AgedSettings = {}) {
  const forged = await openForgedWorld({
    ...{ settings: { policy: { approval: { approvers: ["boss"] } } }, webhooks: false, ...given },
    // Nothing tells of comments here; who wrote them is tried elsewhere.
    requests: { unverified_comments: "accept", ...requests },
  });
  for (const login of ["boss", "mallory"]) forged.forge.allow(login, "write");
  const number = await forged.propose("move", MOVE, { author: "mallory" });
  await forged.untilSaid(number, /digest/);
  await forged.untilStatus(number, "apply", requests?.approval === "explicit" ? /^pending: needs/ : /^success/);
  return { forged, number, approval: `poolkeeper approve ${forged.digest(number)}` };
}

const poolOfC1 = ({ world }: ForgedWorld) => world.served.model.state.cluster.rows.get("c1")?.pool;

/** What the daemon answered to comments, without its review. */
const answers = ({ forge }: ForgedWorld, number: number) =>
  forge
    .comments(number)
    .filter(({ author, body }) => author === forge.self && body.startsWith("<!-- poolkeeper-answer:"))
    .map(({ body }) => body)
    .join("\n");

/** Merges while no daemon runs, as the forge does it. */
function mergeAlone({ world, forge }: ForgedWorld, number: number, by: string): string {
  const commit = world.repository.merge("refs/heads/move");
  forge.merge(number, by, commit);
  return commit;
}

describe.each(FORGE_NAMES)("on %s, while the daemon is down for longer than an approval holds", (kind) => {
  test("a merge approves nothing any more, and the request says what does", async () => {
    const { forged, number, approval } = await openShown({ kind });
    await forged.daemon.daemon.stop();
    const merged = mergeAlone(forged, number, "boss");
    forged.forge.advance(LATE_MS);
    await forged.restart();
    await forged.daemon.untilState("AwaitingApproval", merged);
    await forged.untilSaid(number, /held: it needs an approval.*The approval by `boss`.*has expired/);
    expect(forged.comment(number)).toContain("Approve it: comment `poolkeeper approve");
    expect((await forged.daemon.target()).approvals).toEqual([]);
    expect(poolOfC1(forged)).toBe("pa");
    await forged.untilReacted(number, await forged.say(number, "boss", approval), /\+1|thumbsup/);
    await forged.daemon.untilApplied(merged);
    expect(poolOfC1(forged)).toBe("pb");
  });

  test("a comment approves nothing any more, and is answered with what to do", async () => {
    const { forged, number, approval } = await openShown({ kind, ...EXPLICIT });
    const { forge } = forged;
    await forged.daemon.daemon.stop();
    const written = forge.comment(number, "boss", approval);
    forge.advance(LATE_MS);
    await forged.restart();
    await forged.untilReacted(number, written, /-1|thumbsdown/);
    expect(answers(forged, number)).toMatch(/This approval expired at .*, before it was read\..*in a new comment/);
    const merged = await forged.merge(number, "mallory");
    await forged.daemon.untilState("AwaitingApproval", merged);
    await forged.untilSaid(number, /held: it needs an approval/);
    await forged.daemon.daemon.stop();
    const after = forge.comment(number, "boss", approval);
    forge.advance(LATE_MS);
    await forged.restart();
    await forged.untilReacted(number, after, /-1|thumbsdown/);
    expect((await forged.daemon.target()).approvals).toEqual([]);
    expect(poolOfC1(forged)).toBe("pa");
    await forged.say(number, "boss", approval);
    await forged.daemon.untilApplied(merged);
  });
});

describe.each(FORGE_NAMES)("on %s, what is read late and still holds counts from when it was given", (kind) => {
  test("a merge approves, and until when is counted from it", async () => {
    const { forged, number } = await openShown({ kind });
    // The rollout waits for it, so that its approval can be looked at.
    await forged.world.setWork("c1", 1);
    await forged.daemon.daemon.stop();
    const merged = mergeAlone(forged, number, "boss");
    forged.forge.advance(IN_TIME_MS);
    await forged.restart();
    const { approvals, audit } = await forged.daemon.untilState("Waiting", merged);
    const [{ at = "", expires_at = "" } = {}] = approvals;
    expect(Date.parse(expires_at) - Date.parse(at)).toBe(24 * HOUR_MS);
    expect(Date.now() - Date.parse(at)).toBeGreaterThanOrEqual(IN_TIME_MS);
    expect(audit.find(({ action }) => action === "approve")?.details).toMatchObject({ given_at: at });
    await forged.world.setWork("c1", 0);
    await forged.daemon.untilApplied(merged);
    expect(poolOfC1(forged)).toBe("pb");
  });

  test("a comment approves, though its round was slow", async () => {
    const { forged, number, approval } = await openShown({ kind, ...EXPLICIT });
    const { forge } = forged;
    const held = forge.hold({ call: /comments|notes/ });
    const written = forge.comment(number, "boss", approval);
    await held.arrived();
    forge.advance(IN_TIME_MS);
    held.release();
    await forged.untilReacted(number, written, /\+1|thumbsup/);
    await forged.untilStatus(number, "apply", /approved by boss/);
    await forged.daemon.untilApplied(await forged.merge(number, "mallory"));
  });
});

describe("a forge whose answers do not say what time it is there", () => {
  test("has no approvals by comment, which is answered with why, and by merge neither", async () => {
    const { forged, number, approval } = await openShown();
    const { forge } = forged;
    await forged.daemon.daemon.stop();
    forge.hideTime();
    const written = forge.comment(number, "boss", approval);
    await forged.restart();
    await forged.untilReacted(number, written, /-1/);
    expect(answers(forged, number)).toMatch(/age of this comment is unknown.*`Date`/);
    const merged = await forged.merge(number, "boss");
    await forged.daemon.untilState("AwaitingApproval", merged);
    await forged.untilSaid(number, "The merge approves nothing: the time of the merge is unknown");
    expect(poolOfC1(forged)).toBe("pa");
  });
});

describe("what was said first is not what counts last", () => {
  test("an approval that was written before a rejection, and is proven after it, is refused", async () => {
    const { forged, number, approval } = await openShown({
      webhooks: true,
      requests: { approval: "explicit", unverified_comments: "refuse" },
    });
    const { forge, daemon } = forged;
    forge.allow("other", "write");
    const written = forge.comment(number, "boss", approval);
    const rejection = forge.comment(number, "boss", "poolkeeper reject");
    await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "comment", number, comment: rejection });
    await forged.untilReacted(number, rejection, /\+1/);
    await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "comment", number, comment: written });
    await forged.untilReacted(number, written, /-1/);
    const merged = await forged.merge(number, "mallory");
    await daemon.untilState("AwaitingApproval", merged);
    expect(poolOfC1(forged)).toBe("pa");
  });

  test("a merge does not approve a plan that came to stand after it, though the daemon learns of both at once", async () => {
    const { forged, number } = await openShown();
    const { forge, world } = forged;
    const held = forge.hold({ call: /^PATCH .*comments/ });
    await moveByHand(world, "c2", "pb");
    await held.arrived();
    const merged = await forged.merge(number, "boss");
    held.release();
    await forged.untilSaid(number, "The merge approves nothing: the plan was shown after it.");
    await forged.daemon.untilState("AwaitingApproval", merged);
    expect(poolOfC1(forged)).toBe("pa");
    expect(world.served.model.state.cluster.rows.get("c2")?.pool).toBe("pb");
  });
});
