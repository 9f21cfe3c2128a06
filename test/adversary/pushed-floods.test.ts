/**
 * The attacker may push branches, and has open requests that they push to without end. Each push is looked at: they want those looks to use up the calls
 * that the forge allows, so that no rejection is read and no merge is followed.
 */
import { expect, test } from "vitest";
import { queue } from "../daemon/manifests.ts";
import { makeRounds } from "./make-rounds.ts";
import { GUARDED, openGuarded, openShown, reject, untilRejected } from "./reject-request.ts";

const [REQUESTS, TIMES] = [12, 6];

test("looks at requests that are pushed to again and again have a limit, beyond which decisions are read and merges are followed", async () => {
  const forged = await openGuarded({ settings: { ...GUARDED, repository: { poll: "24h" } } });
  const { forge, world } = forged;
  const rejected = await openShown(forged);
  const held = forged.holdRounds();
  const pushed: number[] = [];
  const file = (index: number, runs: number) => ({ [`queues/q${index}.yaml`]: queue(`q${index}`, runs) });
  for (let index = 0; index < REQUESTS; index += 1)
    pushed.push(await forged.propose(`b${index}`, file(index, 1), { author: "mallory" }));
  held.release();
  for (const number of pushed) await forged.untilRecorded(number);
  const calls = () => forge.calls().filter(({ path }) => !/[?&]state=open/.test(path)).length;
  const before = calls();
  for (let time = 1; time <= TIMES; time += 1) {
    for (const [index, number] of pushed.entries()) {
      const sha = world.repository.push(file(index, time + 1), { branch: `b${index}` });
      world.repository.point(`refs/pull/${number}/head`, sha);
      forge.changeRequest(number, { sha });
    }
    await makeRounds(forged, rejected, 1);
  }
  await makeRounds(forged, rejected, 1);
  const spent = calls() - before;
  expect(spent).toBeGreaterThan(250);
  expect(spent).toBeLessThan(400);
  await reject(forged, rejected);
  await untilRejected(forged, rejected);
  const [first = 0] = pushed;
  await forged.daemon.untilState("AwaitingApproval", await forged.merge(first, "mallory"));
});
