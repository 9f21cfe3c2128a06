import { describe, expect, test } from "vitest";
import type { WindowConfig } from "../../src/config/daemon-config.ts";
import { judgeWindows } from "../../src/policy/judge-windows.ts";

const HOUR = 3_600_000;
const window = (kind: "allow" | "deny", rest: Partial<WindowConfig> = {}): WindowConfig => ({
  name: kind === "allow" ? "night" : "audit",
  kind,
  schedule: "0 22 * * *",
  duration_ms: 6 * HOUR,
  time_zone: "UTC",
  ...rest,
});

describe("change windows", () => {
  test("none of them: open, and nothing to come", () => {
    expect(judgeWindows([], "2026-06-01T12:00:00Z")).toEqual({ open: true, message: "", next: null });
  });

  test.each([
    ["2026-06-01T21:59:59.999Z", false, "2026-06-01T22:00:00.000Z"],
    ["2026-06-01T22:00:00.000Z", true, "2026-06-02T04:00:00.000Z"],
    ["2026-06-02T00:00:00.000Z", true, "2026-06-02T04:00:00.000Z"],
    ["2026-06-02T03:59:59.999Z", true, "2026-06-02T04:00:00.000Z"],
    ["2026-06-02T04:00:00.000Z", false, "2026-06-02T22:00:00.000Z"],
  ])("one that allows, at %s: open %s, next %s", (now, open, next) => {
    expect(judgeWindows([window("allow")], now)).toMatchObject({ open, next });
  });

  test.each([
    ["2026-06-01T21:59:59.999Z", true, "2026-06-01T22:00:00.000Z"],
    ["2026-06-01T22:00:00.000Z", false, "2026-06-02T04:00:00.000Z"],
    ["2026-06-02T04:00:00.000Z", true, "2026-06-02T22:00:00.000Z"],
  ])("one that denies, at %s: open %s, next %s", (now, open, next) => {
    expect(judgeWindows([window("deny")], now)).toMatchObject({ open, next });
  });

  test("what denies beats what allows, and names itself and its end", () => {
    const verdict = judgeWindows([window("allow"), window("deny", { duration_ms: HOUR })], "2026-06-01T22:30:00Z");
    expect(verdict).toEqual({
      open: false,
      message: "Window audit forbids changes until 2026-06-01T23:00:00.000Z.",
      next: "2026-06-01T23:00:00.000Z",
    });
  });

  test("of several that allow, one has to be open", () => {
    const day = window("allow", { name: "day", schedule: "0 9 * * 1-5", duration_ms: HOUR });
    expect(judgeWindows([window("allow"), day], "2026-06-01T09:30:00Z").open).toBe(true);
    expect(judgeWindows([window("allow"), day], "2026-06-01T12:00:00Z")).toMatchObject({
      open: false,
      next: "2026-06-01T22:00:00.000Z",
    });
  });

  test("openings that overlap are one", () => {
    const often = window("allow", { schedule: "0 * * * *", duration_ms: 2 * HOUR });
    expect(judgeWindows([often], "2026-06-01T12:30:00Z")).toMatchObject({
      open: true,
      next: "2026-06-01T14:00:00.000Z",
    });
  });

  test("an opening that is about to begin does not count yet", () => {
    const often = window("allow", { schedule: "0 * * * *", duration_ms: HOUR - 200 });
    expect(judgeWindows([often], "2026-06-01T12:59:59.700Z")).toMatchObject({
      open: true,
      next: "2026-06-01T12:59:59.800Z",
    });
    expect(judgeWindows([often], "2026-06-01T12:59:59.900Z")).toMatchObject({
      open: false,
      next: "2026-06-01T13:00:00.000Z",
    });
  });

  test("one longer than the time between its openings is always open", () => {
    const week = window("deny", { schedule: "0 0 * * 1", duration_ms: 8 * 24 * HOUR });
    for (const now of [
      "2026-06-01T00:00:00Z",
      "2026-06-07T23:59:59Z",
      "2026-06-08T00:00:00Z",
      "2026-06-08T12:00:00Z",
    ]) {
      expect(judgeWindows([week], now).open, now).toBe(false);
    }
  });

  test("one that never opens again keeps everything closed, and says so", () => {
    const never = window("allow", { schedule: "0 0 30 2 *" });
    expect(judgeWindows([never], "2026-06-01T00:00:00Z")).toMatchObject({ open: false, next: null });
  });

  test("the schedule is read in its time zone", () => {
    const berlin = window("allow", { schedule: "0 2 * * *", duration_ms: HOUR, time_zone: "Europe/Berlin" });
    expect(judgeWindows([berlin], "2026-06-01T00:30:00Z").open).toBe(true);
    expect(judgeWindows([berlin], "2026-06-01T02:30:00Z").open).toBe(false);
    expect(judgeWindows([berlin], "2026-12-01T01:30:00Z").open).toBe(true);
  });

  describe("on the days on which Berlin changes its clocks", () => {
    // 29 March 2026, 2:00 becomes 3:00 at 01:00Z; 25 October 2026, 3:00 becomes 2:00 at 01:00Z.
    const night = window("allow", { schedule: "0 1 * * *", duration_ms: 2 * HOUR, time_zone: "Europe/Berlin" });
    const gap = window("allow", { schedule: "30 2 * * *", duration_ms: HOUR, time_zone: "Europe/Berlin" });

    test.each([
      ["2026-03-28T23:59:59Z", false],
      ["2026-03-29T00:00:00Z", true],
      ["2026-03-29T01:59:59Z", true],
      ["2026-03-29T02:00:00Z", false],
    ])("in spring, one across the gap is as long as ever: %s %s", (now, open) => {
      expect(judgeWindows([night], now).open).toBe(open);
    });

    test("in spring, one that would open in the gap opens all the same, once", () => {
      const open = listOpenMinutes(gap, "2026-03-29T00:00:00Z");
      expect(open).toHaveLength(60);
    });

    test("in autumn, one whose hour comes twice opens once", () => {
      expect(listOpenMinutes(gap, "2026-10-25T00:00:00Z")).toHaveLength(60);
    });

    test("in autumn, one across the hour that comes twice is as long as ever", () => {
      expect(listOpenMinutes(night, "2026-10-24T22:00:00Z")).toHaveLength(120);
    });
  });
});

/** The minutes of the six hours after a moment in which a window is open. */
function listOpenMinutes(one: WindowConfig, from: string): readonly string[] {
  const minutes = Array.from({ length: 360 }, (_, index) => new Date(Date.parse(from) + index * 60_000).toISOString());
  return minutes.filter((minute) => judgeWindows([one], minute).open);
}
