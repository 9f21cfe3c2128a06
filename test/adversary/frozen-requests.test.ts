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
    await forged.untilStatus(harmless, "plan", /digest/);
    expect(forged.status(harmless, "apply")).not.toMatch(/poolkeeper approve/);
  });

  test("a merge that approves is said to be one", async () => {
    const forged = await openFrozen({ approval: "merge" });
    const move = await forged.propose("move", MOVE);
    await forged.untilSaid(move, /to merge is to approve it/);
  });
});

test("while a target is held at a revision, neither a request nor its merge promises that it is carried out", async () => {
  const forged = await openForgedWorld();
  const { daemon, world } = forged;
  await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 2) }));
  await daemon.send("/targets/prod/reconcile", { revision: world.first }, "operate");
  await daemon.until(({ pinned_revision }) => pinned_revision === world.first);
  const number = await forged.propose("move", MOVE);
  await forged.untilSaid(number, "a merge does not carry it out");
  await forged.untilSaid(number, "`poolkeeper reconcile prod --follow`");
  await forged.untilStatus(number, "apply", /^success: not applied while held at/);
  const merged = await forged.merge(number, "mona");
  await forged.untilSaid(number, "what is pushed is not applied until somebody follows the branch again");
  await daemon.send("/targets/prod/reconcile", { revision: "" }, "operate");
  await daemon.untilApplied(merged);
  await forged.untilSaid(number, "Applied");
});
