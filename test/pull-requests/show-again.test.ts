import { describe, expect, test } from "vitest";
import { makeRounds } from "../adversary/make-rounds.ts";
import { MOVE } from "../daemon/manifests.ts";
import { type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";

const REQUESTS = { approval: "explicit", unverified_comments: "accept" };
const YES = /^(\+1|thumbsup)$/;
const NO = /^(-1|thumbsdown)$/;

/** What the daemon answers to commands on a request, beside its own comment. */
const answersOf = ({ forge }: ForgedWorld, number: number) =>
  forge
    .comments(number)
    .filter(({ author, body }) => author === forge.self && !body.startsWith("<!-- poolkeeper:"))
    .map(({ body }) => body)
    .join("\n");

describe.each(["github", "gitlab"] as const)("on %s", (kind) => {
  test("a request that becomes a draft and ready again of the same commit shows its plan again, which can be approved then alone", async () => {
    const forged = await openForgedWorld({ kind, requests: REQUESTS });
    const { forge, daemon, propose, tell, say, merge, untilStatus, untilReacted, digest, sticky } = forged;
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /^pending: needs/);
    const planned = digest(number);
    expect(planned).not.toBe("");
    forge.changeRequest(number, { draft: true });
    await tell(number, "edited");
    await untilStatus(number, "plan", /^pending: not planned: is a draft/);
    await untilStatus(number, "apply", /^pending: /);
    await untilReacted(number, await say(number, "mona", `poolkeeper approve ${planned}`), NO);
    expect(answersOf(forged, number)).toContain("there is no current plan");
    forge.changeRequest(number, { draft: false });
    await tell(number, "edited");
    await untilStatus(number, "plan", /^success/);
    await untilStatus(number, "apply", /^pending: needs/);
    expect(digest(number)).toBe(planned);
    expect(sticky(number)).toHaveLength(1);
    forge.advance(2_000);
    await untilReacted(number, await say(number, "mona", `poolkeeper approve ${planned}`), YES);
    await daemon.untilApplied(await merge(number, "mona"));
  });

  test("an approval that is refused, as its plan waits for calls to be shown, shows the plan, and a stranger's does not", async () => {
    let left = 4_000;
    const forged = await openForgedWorld({
      ...{ kind, requests: REQUESTS, settings: { repository: { poll: "24h" } } },
      [kind]: { left: () => left },
    });
    const { say, propose, untilStatus, untilReacted, untilRecorded, digest } = forged;
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /^pending: needs/);
    await untilRecorded(number);
    const former = digest(number);
    left = 900;
    await makeRounds(forged, number, 2);
    const { rows } = forged.world.served.model.state.cluster;
    const row = rows.get("c1") ?? expect.fail();
    rows.set("c1", { ...row, state: "drained" });
    await makeRounds(forged, number, 2);
    await untilStatus(number, "plan", /^pending: it is another plan now/);
    expect(digest(number)).toBe(former);
    await untilReacted(number, await say(number, "stranger", `poolkeeper approve ${former}`), NO);
    await makeRounds(forged, number, 2);
    expect(digest(number)).toBe(former);
    await untilReacted(number, await say(number, "mona", `poolkeeper approve ${former}`), NO);
    await waitFor(
      () => digest(number) !== former,
      () => forged.comment(number),
    );
    expect(answersOf(forged, number)).toContain("Review the current plan");
    await untilStatus(number, "apply", /^pending: needs/);
    forged.forge.advance(2_000);
    await untilReacted(number, await say(number, "mona", `poolkeeper approve ${digest(number)}`), YES);
  });
});
