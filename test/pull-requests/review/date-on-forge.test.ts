import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dateOnForge } from "../../../src/pull-requests/review/date-on-forge.ts";

const STORE = Date.UTC(2026, 10, 22, 12);
const DAY_MS = 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString();

const age = fc.integer({ min: 0, max: 400 * DAY_MS });
/** How far the forge's clock is ahead of the store's. */
const ahead = fc.integer({ min: -400 * DAY_MS, max: 400 * DAY_MS });

describe("what a forge dates", () => {
  test("is as old by the store's clock as it is by the forge's, whatever the two clocks show", () => {
    fc.assert(
      fc.property(age, ahead, (ageMs, aheadMs) => {
        const clocks = { forge: iso(STORE + aheadMs), store: iso(STORE) };
        expect(dateOnForge(iso(STORE + aheadMs - ageMs), clocks)).toBe(iso(STORE - ageMs));
      }),
    );
  });

  test("is never dated later than now, and what came first is never dated last", () => {
    const moment = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(moment, moment, ahead, (one, other, aheadMs) => {
        const clocks = { forge: iso(STORE + aheadMs), store: iso(STORE) };
        const dated = [Math.min(one, other), Math.max(one, other)].map((offset) =>
          dateOnForge(iso(STORE + aheadMs + offset), clocks),
        );
        const [first, last] = dated;
        for (const at of dated) if (at != null) expect(Date.parse(at)).toBeLessThanOrEqual(STORE);
        if (first != null && last != null) expect(Date.parse(first)).toBeLessThanOrEqual(Date.parse(last));
      }),
    );
  });

  test.each([
    ["where the forge does not say what time it is", iso(STORE), null],
    ["where it does not say when it happened", null, iso(STORE)],
    ["where what it says is no time", "soon", iso(STORE)],
    ["where its records are dated by another clock than its answers", iso(STORE), iso(STORE - 300_001)],
  ])("is not dated %s", (_, at, forge) => {
    expect(dateOnForge(at, { forge, store: iso(STORE) })).toBeNull();
  });

  test("is dated as of now where it seems to be a little ahead, as behind a server whose clock is late", () => {
    expect(dateOnForge(iso(STORE), { forge: iso(STORE - 300_000), store: iso(STORE) })).toBe(iso(STORE));
  });
});
