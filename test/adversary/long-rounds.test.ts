/**
 * The attacker has so many open requests, of changes that take so long to plan, that a round takes minutes. In the middle of it somebody who may decide
 * rejects a change that is merged and waits for an approval.
 */
import { expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES } from "../daemon/open-forged-world.ts";
import { openGuarded, openShown, poolOf } from "./reject-request.ts";

test.each(FORGE_NAMES)("a rejection on %s is read between the plans of a round", async (kind) => {
  const forged = await openGuarded({ kind, requests: { approval: "explicit" } });
  const { daemon, forge } = forged;
  const rejected = await openShown(forged, "move", MOVE);
  const merged = await forged.merge(rejected, "mallory");
  const { last_pass } = await daemon.untilState("AwaitingApproval", merged);
  await forged.untilStatus(rejected, "apply", /^pending: needs/);
  const round = forged.holdRounds();
  const [first, second] = [
    await forged.propose("first", { "queues/first.yaml": queue("first", 2) }, { author: "mallory" }),
    await forged.propose("second", { "queues/second.yaml": queue("second", 2) }, { author: "mallory" }),
  ];
  const holdStatus = (number: number) =>
    forge.hold({ call: new RegExp(`^POST .*/statuses/${forged.head(number)}`), times: 1 });
  const [planned, next] = [holdStatus(first), holdStatus(second)];
  round.release();
  await planned.arrived();
  const comment = await forged.say(rejected, "carol", "poolkeeper reject");
  planned.release();
  await next.arrived();
  await forged.untilReacted(rejected, comment, /^(\+1|thumbsup)$/);
  const refused = await daemon.send("/approvals", { digest: last_pass?.digest ?? "", target: "prod" }, "approve");
  expect(refused).toMatchObject({
    status: 409,
    body: { error: { message: expect.stringContaining("carol rejected") } },
  });
  // The round is still at that.
  expect(next.count()).toBe(1);
  next.release();
  await forged.untilStatus(rejected, "apply", /^failure: rejected by carol/);
  expect(poolOf(forged, "c1")).toBe("pa");
});
