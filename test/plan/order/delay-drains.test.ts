import { expect, test } from "vitest";
import type { StepDraft } from "../../../src/plan/draft/draft-step.ts";
import { delayDrains } from "../../../src/plan/order/delay-drains.ts";
import { compareSteps } from "../../adversary/count-steps.ts";

/** Steps by their names, each with those that come before it: `drain q`, `await q`, `activate q`, and others. */
type Steps = Readonly<Record<string, readonly string[]>>;

/** What comes before each step once drains are delayed; the steps are given in an order. */
function delay(steps: Steps): Steps {
  const names = Object.keys(steps);
  const indexOf = new Map(names.map((name, index) => [name, index]));
  const drafts = names.map((name) => {
    const [op, object] = name.split(" ");
    return { op, kind: "queue", physical_name: object } as unknown as StepDraft;
  });
  const edges = Object.values(steps).map((before) => before.map((name) => indexOf.get(name) ?? -1));
  const delayed = delayDrains(drafts, edges, [...names.keys()]);
  return Object.fromEntries(
    names.map((name, index) => [name, (delayed[index] ?? []).map((before) => names[before] ?? "")]),
  );
}

/** Queues that are drained, and whose activations wait for more than their own drains. */
const drained = (ends: Steps): Steps => ({
  ...Object.fromEntries(Object.keys(ends).map((name) => [`drain ${name}`, []])),
  ...Object.fromEntries(Object.keys(ends).map((name) => [`await ${name}`, [`drain ${name}`]])),
  ...Object.fromEntries(
    Object.entries(ends).map(([name, others]) => [`activate ${name}`, [`await ${name}`, ...others]]),
  ),
});

/** What each drain comes after. */
const listDrains = (steps: Steps) =>
  Object.fromEntries(Object.entries(steps).filter(([name]) => name.startsWith("drain")));

test.each([2, 3, 5])("%i queues that wait for each other's work in a ring are drained side by side", (count) => {
  const ring = Array.from({ length: count }, (_, index) => [`q${index}`, [`await q${(index + 1) % count}`]]);
  const drains = listDrains(delay(drained(Object.fromEntries(ring))));
  expect(Object.values(drains).flat()).toEqual([]);
});

test("queues in a ring are drained after what any of them waits for beside, and one that waits for them after them", () => {
  const others = { "move a": [], "move b": [] };
  const ends = { q1: ["await q2", "move a"], q2: ["await q3"], q3: ["await q1", "move b"], q4: ["await q1"] };
  expect(listDrains(delay({ ...others, ...drained(ends) }))).toEqual({
    "drain q1": ["move a", "move b"],
    "drain q2": ["drain q1"],
    "drain q3": ["drain q1"],
    "drain q4": ["await q1"],
  });
});

test("a queue is drained after all that another one is drained after, whose drain it waits for", () => {
  const ends = { q1: ["move a"], q2: ["await q1"] };
  expect(listDrains(delay({ "move a": [], ...drained(ends) }))).toEqual({
    "drain q1": ["move a"],
    "drain q2": ["await q1"],
  });
});

/** Queues that go along with one cluster, each of which waits for another cluster, too; and as many that go alone. */
function buildMany(count: number): Steps {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const moves = Object.fromEntries(numbers.map((index) => [`move c${index}`, []]));
  const together = numbers.map((index) => [`q${index}`, ["move c", `move c${index}`]]);
  const alone = numbers.map((index) => [`p${index}`, [`move c${index}`]]);
  const steps = drained(Object.fromEntries([...together, ...alone]));
  const order = Object.entries({ ...moves, ...steps });
  const at = order.findIndex(([name]) => name.startsWith("activate"));
  const move = ["move c", numbers.map((index) => `await q${index}`)] as const;
  return Object.fromEntries([...order.slice(0, at), move, ...order.slice(at)]);
}

test("twice the drains that come back together cost about twice the steps, and have twice the dependencies", async () => {
  const [few, many] = [buildMany(200), buildMany(400)];
  const count = (steps: Steps) => Object.values(delay(steps)).flat().length;
  expect(count(many)).toBeLessThan(2.1 * count(few));
  expect(
    await compareSteps(
      () => delay(few),
      () => delay(many),
    ),
  ).toBeLessThan(2.4);
});
