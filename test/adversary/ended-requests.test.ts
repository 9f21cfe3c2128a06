/**
 * The attacker may write to the repository, and is no approver. Somebody who may decide says no on a request that was just closed or merged;
 * the attacker counts on nobody reading it any more.
 */
import { describe, expect, test } from "vitest";
import { MOVE } from "../daemon/manifests.ts";
import type { ForgedWorld } from "../daemon/open-forged-world.ts";
import { expectHeld, MORE, openGuarded, openShown, reject, untilRejected } from "./reject-request.ts";

async function close(forged: ForgedWorld, number: number): Promise<void> {
  forged.forge.changeRequest(number, { state: "closed" });
  await forged.tell(number, "closed");
  await forged.untilSaid(number, /Closed without a merge/);
}

describe("a no on a request that was closed", () => {
  test("stands against the same change in another request, and against its own where that is opened again", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await close(forged, number);
    // By now nothing more is to be said of it.
    forged.forge.advance(60_000);
    await forged.daemon.reconciled();
    await forged.daemon.reconciled();
    await reject(forged, number);
    const again = await forged.propose("again", MORE, { author: "mallory" });
    await untilRejected(forged, again);
    forged.forge.changeRequest(number, { state: "open" });
    await forged.tell(number, "reopened");
    await untilRejected(forged, number);
    await expectHeld(forged, await forged.merge(again, "boss"));
  });

  test("is read though no webhook tells of it, where it follows at once", async () => {
    const forged = await openGuarded({ webhooks: false });
    const number = await openShown(forged);
    await close(forged, number);
    await reject(forged, number);
    await untilRejected(forged, await forged.propose("again", MORE, { author: "mallory" }));
  });
});

test("a no on a request that was merged and is applied is refused, with what undoes it", async () => {
  const forged = await openGuarded();
  const number = await openShown(forged, "move", MOVE);
  await forged.daemon.untilApplied(await forged.merge(number, "boss"));
  await forged.untilSaid(number, /Applied/);
  forged.forge.advance(60_000);
  await forged.daemon.reconciled();
  await forged.daemon.reconciled();
  await forged.untilReacted(number, await forged.say(number, "carol", "poolkeeper reject"), /^-1$/);
  const answers = forged.forge.comments(number).map(({ body }) => body);
  expect(answers.join("\n")).toMatch(/It is already applied.*revert it/);
});
