import { expect, test } from "vitest";
import { createAccountBudget } from "../../src/daemon/create-account-budget.ts";

test("an account that has used up its budget waits for the rest of its minute, and no other account does", () => {
  let now = 0;
  const budget = createAccountBudget({ each: 2, clock: { now: () => now } });
  expect([budget.take("one"), budget.take("one"), budget.take("one")]).toEqual([0, 0, 60]);
  now = 59_500;
  expect([budget.take("one"), budget.take("two")]).toEqual([1, 0]);
  now = 60_000;
  expect([budget.take("one"), budget.take("one"), budget.take("one")]).toEqual([0, 0, 60]);
});

test("any number of accounts takes the memory of ten thousand, and keeps none of them out", () => {
  let now = 0;
  const budget = createAccountBudget({ each: 1, clock: { now: () => now } });
  const refused = Array.from({ length: 30_000 }, (_, index) => budget.take(`account ${index}`)).filter(
    (wait) => wait > 0,
  );
  expect(refused).toEqual([]);
  expect(budget.size).toBeLessThanOrEqual(10_001);
  now = 60_000;
  expect(budget.take("another")).toBe(0);
  expect(budget.size).toBe(1);
});
