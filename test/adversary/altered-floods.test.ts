/**
 * The attacker may write to the repository, and so edit the daemon's comment as often as the forge lets them. Each look that restores it reads all comments
 * of its request: they want those looks to use up the calls that the forge allows, so that no rejection is read.
 */
import { expect, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { makeRounds } from "./make-rounds.ts";
import { GUARDED, openGuarded, openShown, reject, untilRejected } from "./reject-request.ts";

test("looks that restore an altered comment have a limit, and a rejection is read beyond it", async () => {
  const forged = await openGuarded({ settings: { ...GUARDED, repository: { poll: "24h" } } });
  const { forge, daemon } = forged;
  const number = await openShown(forged);
  await forged.untilRecorded(number);
  forge.advance(60_000);
  await makeRounds(forged, number, 2);
  const own = forge.comments(number).find(({ author }) => author === forge.self)?.id ?? "";
  const before = forge.calls().length;
  const EDITS = 40;
  for (let edit = 0; edit < EDITS; edit += 1) {
    forge.editComment(number, own, `A lie ${edit}`);
    const event = { kind: "comment", number, comment: own, action: "edited", by: "mallory" } as const;
    await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, event);
    await makeRounds(forged, number, 1);
  }
  await makeRounds(forged, number, 1);
  const looks = forge
    .calls()
    .slice(before)
    .filter(({ method, path }) => method === "GET" && /\/issues\/\d+\/comments/.test(path)).length;
  expect(looks).toBeGreaterThan(5);
  expect(looks).toBeLessThan(EDITS - 5);
  await reject(forged, number);
  await untilRejected(forged, number);
  expect(forged.comment(number)).not.toContain("A lie");
});
