import fc from "fast-check";
import { expect, test } from "vitest";
import { indexOrder, reduceEdges } from "../../../src/plan/order/reduce-edges.ts";
import { compareSteps } from "../../adversary/count-steps.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 300),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 6),
};

const number = (most: number) => fc.integer({ min: 0, max: most });

test("of some steps exactly those are left out that come before another one of them, over any number of steps", () => {
  const edges = fc.array(fc.tuple(number(11), number(11)), { maxLength: 25 });
  const drawn = fc.tuple(
    edges,
    fc.shuffledSubarray([...new Array(12).keys()]),
    fc.array(number(1e6), { minLength: 12 }),
  );
  fc.assert(
    fc.property(drawn, ([pairs, some, keys]) => {
      const order = [...new Array(12).keys()].sort((left, right) => (keys[left] ?? 0) - (keys[right] ?? 0));
      const placed = order.map((_index, index) => order.indexOf(index));
      const place = (index: number) => placed[index] ?? 0;
      const before = order.map((_index, index) =>
        pairs.flatMap(([one, other]) => (other === index && place(one) < place(other) ? [one] : [])),
      );
      const isBefore = (one: number, other: number): boolean =>
        (before[other] ?? []).some((index) => index === one || isBefore(one, index));
      const expected = some.filter((one) => !some.some((other) => isBefore(one, other)));
      expect(reduceEdges(some, indexOrder(before, order))).toEqual(expected);
    }),
    SETTINGS,
  );
});

/** So many steps, all before one joint, and as many after it, each after one of the former, too. */
function reduceAll(count: number): void {
  const numbers = [...new Array(count).keys()];
  const before = [...numbers.map(() => []), numbers, ...numbers.map((index) => [index, count])];
  const steps = indexOrder(before, [...before.keys()]);
  expect(before.map((own) => reduceEdges(own, steps)).slice(-count)).toEqual(numbers.map(() => [count]));
}

test("twice the steps on both sides of a joint are reduced in about twice the steps", async () => {
  reduceAll(10);
  expect(
    await compareSteps(
      () => reduceAll(200),
      () => reduceAll(400),
    ),
  ).toBeLessThan(2.4);
});
