/**
 * Nobody attacks here but the program's own word: while a target is frozen, a plan needs an approval as it does at other times, and
 * whoever merges or approves has to be told.
 */
import { describe, expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";

/** A world whose daemon was started again with a freeze. */
async function openFrozen(requests: Readonly<Record<string, unknown>>) {
  const forged = await openForgedWorld({ requests, webhooks: false });
  await forged.daemon.daemon.stop();
  await forged.world.start({ ...forged.settings, policy: { freeze: { reason: "year's end" } } });
  return forged;
}

describe("while a target is frozen", () => {
  test("a request that needs an approval says so", async () => {
    const forged = await openFrozen({ approval: "explicit" });
    const move = await forged.propose("move", MOVE);
    await forged.untilStatus(move, "apply", /^pending: needs `poolkeeper approve/);
    const harmless = await forged.propose("more", { "queues/any.yaml": queue("any", 7) });
    await forged.untilStatus(
      harmless,
      "apply",
      /^success: waits after the merge until the freeze ends \(year's end\)$/,
    );
    expect(forged.comment(harmless)).toContain("A merge does not apply it until the freeze ends (year's end).");
    expect(forged.comment(harmless)).toContain("Merge, and it is applied once the freeze ends (year's end).");
    expect(forged.comment(harmless)).not.toMatch(/A merge applies it|is applied\.$/m);
  });

  test("a merge that approves is said to be one", async () => {
    const forged = await openFrozen({ approval: "merge" });
    const move = await forged.propose("move", MOVE);
    await forged.untilSaid(move, /a merge approves it/);
  });
});

test("a request of a target that is paused, or at an object that is, says until when it waits after its merge", async () => {
  const forged = await openForgedWorld({ settings: { policy: { auto_apply: "all" } } });
  const { daemon } = forged;
  const until = new Date(Date.now() + 86_400_000).toISOString();
  await daemon.send("/targets/prod/pause", { reason: "incident", until });
  await daemon.until(({ pauses, running }) => pauses.length === 1 && running === null);
  const all = await forged.propose("all", { "queues/any.yaml": queue("any", 7) });
  await forged.untilStatus(all, "apply", new RegExp(`^success: waits after the merge until ${until}`));
  await daemon.send("/targets/prod/resume", {});
  await forged.untilStatus(all, "apply", /^success: applied after the merge$/);
  await daemon.send("/targets/prod/pause", { reason: "incident", address: "queue.any" });
  const both = await forged.propose("both", { ...MOVE, "queues/any.yaml": queue("any", 7) });
  await forged.untilStatus(
    both,
    "apply",
    /^success: applied after the merge, but 1 object waits until operate's pause ends/,
  );
  await forged.untilSaid(both, "A merge applies it, except for 1 object that waits until operate's pause ends.");
});

test("while a target is held at a revision, neither a request nor its merge promises that it is carried out", async () => {
  const forged = await openForgedWorld();
  const { daemon, world } = forged;
  await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 2) }));
  await daemon.send("/targets/prod/reconcile", { revision: world.first }, "operate");
  await daemon.until(({ pinned_revision }) => pinned_revision === world.first);
  const number = await forged.propose("move", MOVE);
  await forged.untilSaid(number, "a merge does not apply it");
  await forged.untilSaid(number, "`poolkeeper reconcile prod --follow`");
  await forged.untilStatus(number, "apply", /^success: not applied while pinned to/);
  const merged = await forged.merge(number, "mona");
  await forged.untilSaid(number, "pushed commits are not applied until the branch is followed again");
  await daemon.send("/targets/prod/reconcile", { revision: "" }, "operate");
  await daemon.untilApplied(merged);
  await forged.untilSaid(number, "Applied");
});

test("a request says what of its plan was merged before and waits for an approval that its merge does not give", async () => {
  const forged = await openForgedWorld({ requests: { approval: "explicit" } });
  const { daemon } = forged;
  const move = await forged.propose("move", MOVE);
  await forged.untilSaid(move, /digest/);
  await forged.untilStatus(move, "plan", /digest/);
  await daemon.untilState("AwaitingApproval", await forged.merge(move, "mallory"));
  const limit = await forged.propose("limit", { "queues/any.yaml": queue("any", 7) });
  await forged.untilStatus(
    limit,
    "apply",
    /^success: applied after the merge, but 1 object needs a separate approval$/,
  );
  await forged.untilSaid(limit, "A merge applies it, except for 1 object that needs a separate approval.");
  expect(forged.comment(limit)).toContain("- Merge, and what this request changes is applied.");
  expect(forged.comment(limit)).toContain(
    "- `cluster.c1` needs a separate approval, which merging this request does not give.",
  );
  await daemon.untilState("AwaitingApproval", await forged.merge(limit, "mallory"));
  const c1 = forged.world.served.model.state.cluster.rows.get("c1");
  expect(c1).toMatchObject({ pool: "pa" });
});
