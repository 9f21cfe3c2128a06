/**
 * The attacker has so many open requests, of changes that take so long to plan, that a round takes minutes. In the middle of it somebody who may decide
 * rejects a change that is merged and waits for an approval, on its request or on a closed one of the same change.
 */
import { expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { makeRounds } from "./make-rounds.ts";
import { openGuarded, openShown, poolOf } from "./reject-request.ts";

const CASES = FORGE_NAMES.flatMap((kind) => [[kind, "the merged request"] as const, [kind, "a closed one"] as const]);

test.each(CASES)("a rejection on %s, on %s, is read between the plans of a round", async (kind, which) => {
  const forged = await openGuarded({ kind, requests: { approval: "explicit" } });
  const { daemon, forge } = forged;
  const waiting = await openShown(forged, "move", MOVE);
  const rejected = which === "a closed one" ? await openShown(forged, "same", MOVE) : waiting;
  if (rejected !== waiting) {
    forge.changeRequest(rejected, { state: "closed" });
    await forged.tell(rejected, "closed");
    await forged.untilSaid(rejected, /Closed without a merge/);
    // Nothing more is to be said of it.
    forge.advance(60_000);
    await makeRounds(forged, waiting, 2);
  }
  const merged = await forged.merge(waiting, "mallory");
  const { last_pass } = await daemon.untilState("AwaitingApproval", merged);
  await forged.untilStatus(waiting, "apply", /^pending: needs/);
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
  await forged.untilStatus(waiting, "apply", /^failure: rejected by carol/);
  expect(poolOf(forged, "c1")).toBe("pa");
});

test.each(FORGE_NAMES)("a rejection on %s is read while a round reads the comments of open requests", async (kind) => {
  const forged = await openGuarded({ kind, requests: { approval: "explicit" } });
  const { daemon, forge } = forged;
  const rejected = await openShown(forged, "move", MOVE);
  await daemon.untilState("AwaitingApproval", await forged.merge(rejected, "mallory"));
  await forged.untilStatus(rejected, "apply", /^pending: needs/);
  const [first, second] = [
    await openShown(forged, "first", { "queues/first.yaml": queue("first", 2) }),
    await openShown(forged, "second", { "queues/second.yaml": queue("second", 2) }),
  ];
  const holdComments = (number: number) =>
    forge.hold({ call: new RegExp(`^GET .*/(issues|merge_requests)/${number}/(comments|notes)`), times: 1 });
  const round = forged.holdRounds();
  for (const number of [first, second]) forge.comment(number, "mallory", "hm");
  await forged.tell(first, "edited");
  await round.arrived();
  const held = [holdComments(first), holdComments(second)];
  round.release();
  const isAt = () => held.findIndex((one) => one.count() > 0);
  await waitFor(
    () => isAt() >= 0,
    () => "no comments are read",
  );
  const [one, next] = isAt() === 0 ? held : held.toReversed();
  const comment = await forged.say(rejected, "carol", "poolkeeper reject");
  one?.release();
  await next?.arrived();
  await forged.untilReacted(rejected, comment, /^(\+1|thumbsup)$/);
  // The round is still at that.
  expect(next?.count()).toBe(1);
  next?.release();
});

test.each(FORGE_NAMES)(
  "a rejection on %s takes the success of another request of the same change back in the round",
  async (kind) => {
    const forged = await openGuarded({ kind });
    const rejected = await openShown(forged, "move", MOVE);
    const same = await openShown(forged, "same", { ...MOVE, "README.md": "same" });
    const last = await openShown(forged, "last", { "queues/last.yaml": queue("last", 2) });
    const round = forged.holdRounds();
    const sha = await forged.pushTo(last, { "queues/last.yaml": queue("last", 3) });
    await round.arrived();
    const planned = forged.forge.hold({ call: new RegExp(`^POST .*/statuses/${sha}`), times: 1 });
    round.release();
    await planned.arrived();
    // No other round begins.
    const next = forged.holdRounds();
    await forged.say(rejected, "carol", "poolkeeper reject");
    planned.release();
    for (const number of [rejected, same]) await forged.untilStatus(number, "apply", /^failure: rejected by carol/);
    next.release();
  },
);
