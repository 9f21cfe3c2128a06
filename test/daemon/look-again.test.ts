import { expect, test } from "vitest";
import { MORE, openGuarded, openShown, untilRejected } from "../adversary/reject-request.ts";
import { CALLS } from "./forge-calls.ts";

test.each([
  ["before it is on record as closed", CALLS.update],
  ["after it is on record as closed", CALLS.status],
])(
  "a no that is reported while a round says for the last time of its request that it was closed, %s, stands",
  async (_when, call) => {
    const forged = await openGuarded();
    const { forge } = forged;
    const number = await openShown(forged);
    const held = forge.hold({ call, times: 1 });
    forge.changeRequest(number, { state: "closed" });
    // All its comments are there by now, so that nothing more is to be said of it.
    forge.advance(60_000);
    await forged.tell(number, "closed");
    await held.arrived();
    const comment = await forged.say(number, "carol", "poolkeeper reject");
    held.release();
    await forged.untilReacted(number, comment, /^(\+1|thumbsup)$/);
    const again = await forged.propose("again", MORE, { author: "mallory" });
    await untilRejected(forged, again);
    expect(forge.reactions(number, comment)).not.toEqual([]);
  },
);
