import { expect, test } from "vitest";
import { createMergedReads } from "../../../src/pull-requests/review/merged-reads.ts";
import { createCallBudget } from "../../../src/pull-requests/review/spending.ts";

const MINUTE_MS = 60_000;

/** The memory with a clock that is set by hand. */
function openReads() {
  const at = { now: 0, isLow: false };
  const [now, isLow] = [() => at.now, () => at.isLow];
  const looks = createCallBudget({ burst: 10, perHour: 60 }, { now, isLow });
  return { at, looks, merged: createMergedReads({ now, isLow, looks }) };
}

test("merged requests are read after a start, and then once a minute", () => {
  const { at, merged } = openReads();
  const turns: unknown[] = [];
  for (; at.now <= 2 * MINUTE_MS; at.now += 10_000) turns.push(merged.take(["#1", "#2"], "plan"));
  const pause = [null, null, null, null, null];
  expect(turns).toEqual(["free", ...pause, "due", ...pause, "due"]);
});

test("where few calls are left, every ten minutes", () => {
  const { at, merged } = openReads();
  merged.take(["#1"], null);
  at.isLow = true;
  const turns: unknown[] = [];
  for (let minute = 1; minute <= 10; minute += 1) {
    at.now += MINUTE_MS;
    turns.push(merged.take(["#1"], null));
  }
  expect(turns).toEqual([...Array.from({ length: 9 }, () => null), "due"]);
});

test("what is held first after a merge is free once for each, and what is held instead of it is charged, as far as calls are left", () => {
  const { at, looks, merged } = openReads();
  expect(merged.take(["#1"], null)).toBe("due");
  expect(merged.take(["#1"], "plan")).toBe("free");
  expect(merged.take(["#1"], "plan")).toBeNull();
  expect(merged.take(["#1"], "other")).toBe("charged");
  expect(merged.take(["#1", "#2"], "other")).toBeNull();
  expect(merged.take(["#1", "#2"], "both")).toBe("free");
  looks.spend(10);
  expect(merged.take(["#1", "#2"], "more")).toBeNull();
  at.now += MINUTE_MS;
  expect(merged.take(["#1", "#2"], "more")).toBe("due");
  expect(merged.take(["#1", "#2"], "more")).toBeNull();
});

test("a turn that failed is followed by another in the next round, which is free only once more", () => {
  const { merged } = openReads();
  const turns = [merged.take(["#1"], "plan")];
  for (let times = 0; times < 2; times += 1) {
    merged.takeBack();
    turns.push(merged.take(["#1"], "plan"));
  }
  expect([...turns, merged.take(["#1"], "plan")]).toEqual(["free", "free", "due", null]);
});
