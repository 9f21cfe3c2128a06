import { describe, expect, test } from "vitest";
import {
  createCallBudget,
  createMissingReads,
  createRefusals,
  openSpending,
} from "../../../src/pull-requests/review/spending.ts";

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

  test("says whether enough is left for several calls", () => {
    const { clock, budget } = open();
    budget.spend(5);
    expect([budget.isLeft(5), budget.isLeft(6)]).toEqual([true, false]);
    clock.ms += HOUR_MS / 60;
    expect(budget.isLeft(6)).toBe(true);
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

describe("what reading a request that is not open any more costs", () => {
  const shared = createCallBudget({ burst: 1, perHour: 1 });

  test("is free until it was found to be closed, and once more when the branch got something", () => {
    const missing = createMissingReads(() => 0);
    missing.keep(new Map([["#1", null]]), []);
    expect(missing.findBudget("#1", "a", shared)).toBeNull();
    missing.noteRead("#1", "a");
    expect([missing.isRead("#1", "a"), missing.findBudget("#1", "a", shared)]).toEqual([true, shared]);
    expect(missing.findBudget("#1", "b", shared)).toBeNull();
  });

  test("does not become free by opening and closing it again", () => {
    const missing = createMissingReads(() => 0);
    missing.noteRead("#1", "a");
    missing.keep(new Map([["#1", "stranger"]]), []);
    missing.keep(new Map(), ["#1"]);
    expect(missing.findBudget("#1", "a", shared)).toBe(shared);
  });

  test("is of the account where it comes from a fork, and of no other one; beyond that it is shared", () => {
    const missing = createMissingReads(() => 0);
    const names = Array.from({ length: 30 }, (_, index) => `#${index}`);
    missing.keep(new Map([...names.map((name) => [name, "Stranger"] as const), ["#99", "other"]]), []);
    missing.keep(new Map(), [...names, "#99"]);
    for (const name of names) {
      const budget = missing.findBudget(name, "a", shared);
      if (budget === null) expect.fail("one that comes from a fork is charged");
      if (budget !== shared) budget.spend(1);
    }
    expect(missing.findBudget("#29", "a", shared)).toBe(shared);
    expect(missing.findBudget("#99", "a", shared)).not.toBe(shared);
  });

  test("is forgotten with the request", () => {
    const missing = createMissingReads(() => 0);
    missing.noteRead("#1", "a");
    missing.keep(new Map(), []);
    expect(missing.isRead("#1", "a")).toBe(false);
  });
});

test("of requests that have no record yet, 20,000 get one without a pause", () => {
  const { news } = openSpending({ calls: () => 0, share: () => 1, isLow: () => false });
  for (let taken = 0; taken < 20_000; taken += 1) expect(news.take()).toBe(true);
  expect(news.take()).toBe(false);
});

test("what is taken from a budget comes back by the hour, one at a time", () => {
  const clock = { ms: 0 };
  const budget = createCallBudget({ burst: 2, perHour: 2_000 }, { now: () => clock.ms });
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
  clock.ms += 3_600_000 / 2_000;
  expect([budget.take(), budget.take()]).toEqual([true, false]);
});

test("requests from forks that are read again use up nothing of those from branches, and neither is read where few calls are left", () => {
  const low = { is: false };
  const { rereads, branchRereads } = openSpending({ calls: () => 0, share: () => 1, isLow: () => low.is });
  rereads.spend(1_000);
  expect([rereads.isLeft(), branchRereads.isLeft()]).toEqual([false, true]);
  low.is = true;
  expect(branchRereads.isLeft()).toBe(false);
});
