import { expect, test } from "vitest";
import { createForgeClock } from "../../../src/pull-requests/forge/create-forge-clock.ts";

const DATE = "Mon, 05 Jan 2026 08:00:00 GMT";

function open() {
  let passed = 1_000;
  const clock = createForgeClock(() => passed);
  return {
    set: (date: string | null, age: string | null = null) => {
      clock.set({ date, age });
      return clock.now();
    },
    now: clock.now,
    pass: (milliseconds: number) => {
      passed += milliseconds;
    },
  };
}

test("a forge's clock shows what an answer said and what has passed since, until the next one sets it", () => {
  const clock = open();
  expect(clock.now()).toBeNull();
  expect(clock.set(DATE)).toBe("2026-01-05T08:00:00.000Z");
  clock.pass(90_500);
  expect(clock.now()).toBe("2026-01-05T08:01:30.500Z");
  expect(clock.set("Mon, 05 Jan 2026 07:59:00 GMT")).toBe("2026-01-05T07:59:00.000Z");
});

test("what a cache gave is as old as it says", () => {
  const clock = open();
  expect(clock.set(DATE, "3600")).toBe("2026-01-05T09:00:00.000Z");
  for (const age of ["", "-5", "1e9", "9".repeat(400)]) expect(clock.set(DATE, age)).toBe("2026-01-05T08:00:00.000Z");
});

test.each([
  null,
  "",
  "5",
  "now",
  "2026-01-05T08:00:00Z",
  "Mon, 05 Jan 2026 08:00:00 CET",
  "Mon, 05 Foo 2026 08:00:00 GMT",
  "x".repeat(5_000),
])("%s sets no clock", (date) => {
  const clock = open();
  expect(clock.set(date)).toBeNull();
  expect(clock.set(DATE)).not.toBeNull();
  expect(clock.set(date)).toBe("2026-01-05T08:00:00.000Z");
});
