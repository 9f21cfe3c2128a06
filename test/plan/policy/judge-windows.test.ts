import { describe, expect, test } from "vitest";
import type { WindowConfig } from "../../../src/model/daemon/daemon-config.ts";
import { judgeWindows } from "../../../src/plan/policy/judge-windows.ts";

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
    expect(judgeWindows([], "2026-06-01T12:00:00Z")).toEqual({ open: true, message: "", next: null, closing: [] });
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
      message: "Window audit denies changes until 2026-06-01T23:00:00.000Z.",
      next: "2026-06-01T23:00:00.000Z",
      closing: [window("deny", { duration_ms: HOUR })],
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

describe("a window that ends when clocks say so", () => {
  const BERLIN = "Europe/Berlin";
  const until = (schedule: string, end: string, time_zone = BERLIN) =>
    window("allow", { schedule, until: end, duration_ms: 0, time_zone });
  /** From noon to noon, the moments in UTC at which it opens and ends. */
  const turns = (one: WindowConfig, noon: string) => {
    const quarters = Array.from({ length: 97 }, (_, index) => Date.parse(noon) + index * 900_000);
    const isOpen = (moment: number) => judgeWindows([one], new Date(moment).toISOString()).open;
    return quarters
      .filter((quarter) => isOpen(quarter) !== isOpen(quarter - 1))
      .map((quarter) => new Date(quarter).toISOString().slice(11, 16));
  };
  const [SPRING, AUTUMN, USUAL] = ["2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z", "2026-06-01T12:00:00Z"];

  test.each([
    // What opens on one side of a change and ends on the other is an hour shorter, or longer.
    [
      "0 22 * * *",
      "0 6 * * *",
      [USUAL, ["20:00", "04:00"]],
      [SPRING, ["21:00", "04:00"]],
      [AUTUMN, ["20:00", "05:00"]],
    ],
    // Ends in the hour that is left out, or comes twice: when clocks are changed, or the first time.
    [
      "0 1 * * *",
      "30 2 * * *",
      [USUAL, ["23:00", "00:30"]],
      [SPRING, ["00:00", "01:00"]],
      [AUTUMN, ["23:00", "00:30"]],
    ],
    // Opens there.
    [
      "30 2 * * *",
      "0 4 * * *",
      [USUAL, ["00:30", "02:00"]],
      [SPRING, ["01:00", "02:00"]],
      [AUTUMN, ["00:30", "03:00"]],
    ],
    // Opens there and ends when it is over: not at all, or an hour longer.
    ["30 2 * * *", "0 3 * * *", [USUAL, ["00:30", "01:00"]], [SPRING, []], [AUTUMN, ["00:30", "02:00"]]],
    // All of it is left out, or comes twice: it opens once.
    ["15 2 * * *", "45 2 * * *", [USUAL, ["00:15", "00:45"]], [SPRING, []], [AUTUMN, ["00:15", "00:45"]]],
  ] satisfies [string, string, ...[noon: string, turns: string[]][]][])("%s until %s", (schedule, end, ...days) => {
    for (const [noon, expected] of days as [string, string[]][])
      expect(turns(until(schedule, end), noon), noon).toEqual(expected);
  });

  test("also where clocks change by half an hour, and south of the equator", () => {
    // Lord Howe: 4 October 2026, 2:00 becomes 2:30 at 15:30Z of the 3rd; 5 April 2026, 2:00 becomes 1:30 at 15:00Z of the 4th.
    const night = until("0 1 * * *", "0 3 * * *", "Australia/Lord_Howe");
    expect(turns(night, "2026-10-03T12:00:00Z")).toEqual(["14:30", "16:00"]);
    expect(turns(night, "2026-04-04T12:00:00Z")).toEqual(["14:00", "16:30"]);
  });

  test("tells its end, and when it opens next, across a change of clocks", () => {
    const weekend = window("deny", {
      schedule: "0 18 * * FRI",
      until: "0 6 * * MON",
      duration_ms: 0,
      time_zone: BERLIN,
    });
    expect(judgeWindows([weekend], "2026-03-27T17:00:00Z")).toMatchObject({
      open: false,
      next: "2026-03-30T04:00:00.000Z",
    });
    expect(judgeWindows([weekend], "2026-03-30T03:59:59.999Z")).toMatchObject({ open: false });
    expect(judgeWindows([weekend], "2026-03-30T04:00:00Z")).toMatchObject({
      open: true,
      next: "2026-04-03T16:00:00.000Z",
    });
    expect(judgeWindows([weekend], "2026-10-23T16:00:00Z")).toMatchObject({ next: "2026-10-26T05:00:00.000Z" });
    const gone = until("30 2 * * *", "0 3 * * *");
    expect(judgeWindows([gone], "2026-03-28T12:00:00Z")).toMatchObject({
      open: false,
      next: "2026-03-30T00:30:00.000Z",
    });
  });

  test("at the time at which it opens is open until the next one: a day, or a week", () => {
    const daily = until("0 22 * * *", "0 22 * * *");
    for (const now of [SPRING, AUTUMN, USUAL]) expect(judgeWindows([daily], now).open, now).toBe(true);
    const weekly = until("0 22 * * FRI", "0 22 * * *");
    expect(judgeWindows([weekly], "2026-06-05T20:00:00Z")).toMatchObject({
      open: true,
      next: "2026-06-06T20:00:00.000Z",
    });
    expect(judgeWindows([weekly], "2026-06-06T20:00:00Z").open).toBe(false);
  });

  test("that never ends is never open, and one that never opens neither", () => {
    expect(judgeWindows([until("0 22 * * *", "0 0 30 2 *")], USUAL)).toMatchObject({ open: false });
    expect(judgeWindows([until("0 0 30 2 *", "0 6 * * *")], USUAL)).toMatchObject({ open: false, next: null });
  });
});

/** The minutes of the six hours after a moment in which a window is open. */
function listOpenMinutes(one: WindowConfig, from: string): readonly string[] {
  const minutes = Array.from({ length: 360 }, (_, index) => new Date(Date.parse(from) + index * 60_000).toISOString());
  return minutes.filter((minute) => judgeWindows([one], minute).open);
}
