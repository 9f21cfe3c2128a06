import { expect, test } from "vitest";
import { queue } from "./manifests.ts";
import { openForgedWorld } from "./open-forged-world.ts";

test("comments on all requests of a target are answered before the plan of any of them is told", async () => {
  const { forge, propose, pushTo, say, untilReacted, untilStatus, digest, betweenRounds } = await openForgedWorld();
  const numbers = [
    await propose("first", { "queues/any.yaml": queue("any", 2) }),
    await propose("second", { "queues/any.yaml": queue("any", 3) }),
  ];
  for (const number of numbers) await untilStatus(number, "apply", /^success/);
  const before = { calls: 0 };
  // Whichever of them is planned first: the next round has something to tell of each, and a comment on each.
  const comments = await betweenRounds(numbers[0] ?? 0, async () => {
    const said: (readonly [number, string])[] = [];
    for (const [index, number] of numbers.entries()) {
      await pushTo(number, { "queues/any.yaml": queue("any", 4 + index) });
      said.push([number, await say(number, "stranger", `poolkeeper approve ${digest(number)}`)]);
    }
    before.calls = forge.calls().length;
    return said;
  });
  for (const [number, comment] of comments) await untilReacted(number, comment, /^-1$/);
  for (const number of numbers) await untilStatus(number, "plan", /^success/);
  const calls = forge.calls().slice(before.calls);
  const lastAnswer = calls.findLastIndex(({ method, path }) => method === "POST" && path.endsWith("/reactions"));
  const firstPlan = calls.findIndex(({ method, path }) => method === "POST" && path.includes("/statuses/"));
  expect(firstPlan).toBeGreaterThan(lastAnswer);
  expect(forge.unknown()).toEqual([]);
});
