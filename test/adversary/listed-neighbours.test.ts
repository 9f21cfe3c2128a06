/**
 * The attacker may open requests that change what others change too. Each comment names the other requests of its objects, so that one change of one request has
 * the comments of all others written again: many of those use up the calls that the forge allows, of which no approval or rejection is read then.
 */
import { expect, test } from "vitest";
import { FILES, queue } from "../daemon/manifests.ts";
import type { ForgedWorld } from "../daemon/open-forged-world.ts";
import { makeRounds } from "./make-rounds.ts";
import { GUARDED, openGuarded, reject } from "./reject-request.ts";

const SETTINGS = { settings: { ...GUARDED, repository: { poll: "24h" } } };

/** Requests that all change one queue, once each names all others. */
async function openNeighbours(forged: ForgedWorld, count: number): Promise<readonly number[]> {
  const numbers: number[] = [];
  const held = forged.holdRounds();
  for (let index = 0; index < count; index += 1)
    numbers.push(await forged.propose(`b${index}`, { "queues/any.yaml": queue("any", 100 + index) }));
  held.release();
  const [first = 0] = numbers;
  for (const number of numbers) await forged.untilStatus(number, "plan", /^success/);
  for (const number of numbers) await forged.untilRecorded(number);
  await forged.tell(first, "edited");
  for (const number of numbers)
    for (const other of numbers) if (other !== number) await forged.untilSaid(number, `**Request ${other}**`);
  forged.forge.advance(60_000);
  await makeRounds(forged, first, 3);
  return numbers;
}

/** How many comments have been written again. */
const countRewritten = ({ forge }: ForgedWorld) => forge.calls().filter(({ method }) => method === "PATCH").length;

test("a title is told on the comments of other requests once these are written for something else", async () => {
  const forged = await openGuarded(SETTINGS);
  const [first = 0, second = 0] = await openNeighbours(forged, 3);
  const before = countRewritten(forged);
  forged.forge.changeRequest(first, { title: "Something else" });
  await forged.tell(first, "edited");
  await makeRounds(forged, first, 3);
  expect(countRewritten(forged)).toBe(before);
  await forged.pushTo(second, { "queues/any.yaml": queue("any", 7) });
  await forged.untilSaid(second, "Something else");
});

test("what one request does to the lists of many others costs a number of calls, and no rejection waits for that", async () => {
  const forged = await openGuarded(SETTINGS);
  const numbers = await openNeighbours(forged, 6);
  const [first = 0, second = 0] = numbers;
  const before = countRewritten(forged);
  const PUSHES = 14;
  for (let push = 0; push < PUSHES; push += 1) {
    await forged.pushTo(first, {
      "queues/any.yaml": push % 2 === 0 ? (FILES["queues/any.yaml"] ?? "") : queue("any", 99),
    });
    await forged.untilRecorded(first);
    await makeRounds(forged, first, 1);
  }
  const rewritten = countRewritten(forged) - before;
  expect(rewritten).toBeGreaterThan(20);
  // Of its own, and of others by 120 calls.
  expect(rewritten).toBeLessThan(PUSHES + 45);
  await reject(forged, second);
  await forged.untilSaid(second, /carol/);
});
