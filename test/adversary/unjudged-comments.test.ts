import { describe, expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";

/*
 * The attacker may comment on requests, or finds a request of which the forge refuses something: a question about an account, a
 * conversation that is locked, a list that it can't give. They want a request, or all of them, to get no plan and no statuses.
 */

const MAY = /\/assignees|\/collaborators\/|\/members\/all\/|\/users\?/;

function answersOn({ forge }: ForgedWorld, number: number): readonly string[] {
  return forge
    .comments(number)
    .filter(({ author, body }) => author === forge.self && body.includes("poolkeeper-answer"))
    .map(({ body }) => body);
}

describe.each(FORGE_NAMES)("on %s", (kind) => {
  test("a command that can't be judged is answered, and keeps nothing from being planned", async () => {
    const forged = await openForgedWorld({ kind });
    const { forge, propose, pushTo, say, untilReacted, untilStatus, untilSaid } = forged;
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /^success/);
    forge.fault({ kind: "status", status: 403 }, { call: MAY, times: 10_000 });
    const asked = await say(number, "stranger", "poolkeeper plan");
    await untilReacted(number, asked, /^(-1|thumbsdown)$/);
    expect(answersOn(forged, number)).toEqual([expect.stringContaining("Not decided")]);
    await pushTo(number, { "queues/any.yaml": queue("any", 7) });
    await untilStatus(number, "plan", /^success/);
    await untilStatus(number, "apply", /^success/);
    const other = await propose("add", { "queues/b.yaml": queue("b", 2) });
    await untilSaid(other, "queue.b");
    await untilStatus(other, "apply", /^success/);
  });
});

describe("a request", () => {
  test.each([
    // Where the plan can't be shown, it is no success.
    ["the comments", /^GET .*\/issues\/1\/comments/, 500, /^$/],
    ["the comments", /^GET .*\/issues\/1\/comments/, 403, /^error: the forge refused the comment/],
    ["reactions", /^POST .*\/reactions/, 403, /^success/],
    ["what an account may do", MAY, 500, /^success/],
  ])(
    "of which the forge fails to give %s (%s, %i) says so, and keeps no other from being planned",
    async (_, call, status, told) => {
      const { forge, propose, say, world, untilSaid, untilStatus } = await openForgedWorld();
      forge.fault({ kind: "status", status }, { call, times: 10_000 });
      const number = await propose("move-c1", MOVE);
      await untilStatus(number, "plan", told);
      await say(number, "stranger", "poolkeeper plan");
      await waitFor(
        () => world.log.some((line) => line.includes("could not be reviewed")),
        () => world.log.slice(-10).join(""),
      );
      const other = await propose("change", { "queues/any.yaml": queue("any", 7) });
      await untilSaid(other, "queue.any");
      await untilStatus(other, "apply", /^success/);
      await untilStatus(number, "plan", told);
    },
  );

  test("from a fork that is never planned is told so when somebody asks for its plan", async () => {
    const forged = await openForgedWorld();
    const { propose, say, status, untilReacted, untilStatus } = forged;
    const number = await propose("fork", MOVE, { fork: "stranger/pools", author: "stranger" });
    await untilStatus(number, "plan", /^pending: not planned: comes from a fork/);
    await untilReacted(number, await say(number, "mona", "poolkeeper plan"), /^-1$/);
    expect(answersOn(forged, number)).toEqual([expect.stringContaining("Requests from forks are not planned here")]);
    expect(status(number, "plan")).toMatch(/^pending: not planned/);
  });
});

test("a token that may write, and no more, judges commands on Gitea", async () => {
  const { forge, propose, say, untilReacted } = await openForgedWorld({ kind: "gitea" });
  forge.allow("reader", "read");
  const number = await propose("move-c1", MOVE);
  await untilReacted(number, await say(number, "mona", "poolkeeper plan"), /^\+1$/);
  await untilReacted(number, await say(number, "reader", "poolkeeper plan"), /^-1$/);
  expect(forge.calls().some(({ path }) => path.includes("/collaborators/"))).toBe(false);
});
