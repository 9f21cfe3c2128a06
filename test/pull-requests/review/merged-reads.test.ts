import { expect, test } from "vitest";
import { createMergedReads, type MergedTurn } from "../../../src/pull-requests/review/merged-reads.ts";
import { createCallBudget } from "../../../src/pull-requests/review/spending.ts";

const MINUTE_MS = 60_000;

/** The memory with a clock that is set by hand. `take`: `merges` are those that what is held has. */
function openReads() {
  const at = { now: 0, isLow: false, targets: 1 };
  const share = () => at.targets;
  const [now, isLow] = [() => at.now, () => at.isLow];
  const looks = createCallBudget({ burst: 10, perHour: 60 }, { now, isLow });
  const merged = createMergedReads({ now, share, isLow, looks });
  const take = (names: readonly string[], name: string | null, merges = names): MergedTurn | null =>
    merged.take(names, name === null ? null : { name, merges });
  return { at, looks, merged, take };
}

test("merged requests are read after a start, and then once a minute", () => {
  const { at, merged, take } = openReads();
  const turns: unknown[] = [];
  for (; at.now <= 2 * MINUTE_MS; at.now += 10_000) {
    turns.push(take(["#1", "#2"], "plan"));
    merged.confirm();
  }
  const pause = [null, null, null, null, null];
  expect(turns).toEqual(["free", ...pause, "due", ...pause, "due"]);
});

test("many are read less often, so that all targets of a repository read 300 in an hour", () => {
  const { at, take } = openReads();
  const names = Array.from({ length: 15 }, (_, index) => `#${index}`);
  const count = () => {
    let turns = 0;
    for (let second = 0; second < 3600; second += 10, at.now += 10_000) if (take(names, null) !== null) turns += 1;
    return turns * names.length;
  };
  expect(count()).toBe(300);
  at.targets = 4;
  expect(count()).toBe(75);
});

test("where few calls are left, every ten minutes", () => {
  const { at, take } = openReads();
  take(["#1"], null);
  at.isLow = true;
  const turns: unknown[] = [];
  for (let minute = 1; minute <= 10; minute += 1) {
    at.now += MINUTE_MS;
    turns.push(take(["#1"], null));
  }
  expect(turns).toEqual([...Array.from({ length: 9 }, () => null), "due"]);
});

test("what is held first after a merge is free once for each, and what is held instead of it is charged, as far as calls are left", () => {
  const { at, looks, merged, take } = openReads();
  expect(take(["#1"], null)).toBe("due");
  expect(take(["#1"], "plan")).toBe("free");
  merged.confirm();
  expect(take(["#1"], "plan")).toBeNull();
  expect(take(["#1"], "other")).toBe("charged");
  expect(take(["#1", "#2"], "other", ["#1"])).toBeNull();
  expect(take(["#1", "#2"], "both")).toBe("free");
  merged.confirm();
  looks.spend(10);
  expect(take(["#1", "#2"], "more")).toBeNull();
  at.now += MINUTE_MS;
  expect(take(["#1", "#2"], "more")).toBe("due");
  expect(take(["#1", "#2"], "more")).toBeNull();
});

test("a merge that what is held does not have yet keeps its free turn until it does", () => {
  const { merged, take } = openReads();
  expect(take(["#1"], "plan")).toBe("free");
  merged.confirm();
  expect(take(["#1", "#2"], "decided", ["#1"])).toBe("charged");
  merged.confirm();
  expect(take(["#1", "#2"], "decided", ["#1"])).toBeNull();
  merged.confirm();
  expect(take(["#1", "#2"], "both")).toBe("free");
});

test("a turn that is not confirmed is free a few times in an hour, and due once a minute", () => {
  const { at, merged, take } = openReads();
  const turns: unknown[] = [];
  for (let round = 0; round < 10; round += 1) {
    turns.push(take(["#1"], "plan"));
    at.now += MINUTE_MS / 3;
  }
  expect(turns).toEqual(["free", "free", "free", null, null, "due", null, null, "due", null]);
  at.now += 60 * MINUTE_MS;
  expect(take(["#1"], "plan")).toBe("free");
  merged.confirm();
  expect(take(["#1"], "plan")).toBeNull();
});

test("a look that makes sure of the moment of a merge is free once for each", () => {
  const { merged, take } = openReads();
  expect(["#1", "#1", "#2"].map((name) => merged.takeSettling(name))).toEqual([true, false, true]);
  take(["#1"], null);
  expect(["#1", "#2"].map((name) => merged.takeSettling(name))).toEqual([false, true]);
});
