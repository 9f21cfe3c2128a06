import { describe, expect, test } from "vitest";
import { createCallBudget, createRefusals } from "../../../src/pull-requests/review/spending.ts";

const HOUR_MS = 3_600_000;

describe("a budget of calls", () => {
  const open = (share = 1) => {
    const clock = { ms: 0 };
    const budget = createCallBudget({ burst: 10, perHour: 60 }, { now: () => clock.ms, share: () => share });
    return { clock, budget };
  };

  test("has what may be spent at once, and what is spent beyond it is waited for", () => {
    const { clock, budget } = open();
    expect(budget.isLeft()).toBe(true);
    budget.spend(12);
    expect(budget.isLeft()).toBe(false);
    clock.ms += HOUR_MS / 20;
    expect(budget.isLeft()).toBe(true);
  });

  test("owes no more than what may be spent at once, whatever was spent beyond it", () => {
    const { clock, budget } = open();
    budget.spend(10_000);
    clock.ms += HOUR_MS / 6;
    expect(budget.isLeft()).toBe(false);
    clock.ms += HOUR_MS / 60;
    expect(budget.isLeft()).toBe(true);
  });

  test("never has more than what may be spent at once", () => {
    const { clock, budget } = open();
    clock.ms += 10 * HOUR_MS;
    budget.spend(10);
    expect(budget.isLeft()).toBe(false);
  });

  test("shares the calls of an hour with targets of the same repository", () => {
    const { clock, budget } = open(3);
    budget.spend(10);
    clock.ms += HOUR_MS / 60;
    expect(budget.isLeft()).toBe(false);
    clock.ms += HOUR_MS / 30;
    expect(budget.isLeft()).toBe(true);
  });
});

describe("refused commands of an account", () => {
  test("are counted for an hour, by sort, however its name is spelled", () => {
    const clock = { ms: 0 };
    const refusals = createRefusals(() => clock.ms);
    for (const login of ["mallory", "Mallory"]) refusals.note("decide", login);
    expect(refusals.isSpent("decide", "mallory")).toBe(false);
    refusals.note("decide", "mallory");
    const isSpent = () => [refusals.isSpent("decide", "MALLORY"), refusals.isSpent("operate", "mallory")];
    expect(isSpent()).toEqual([true, false]);
    clock.ms += HOUR_MS;
    expect(isSpent()).toEqual([false, false]);
  });
});
