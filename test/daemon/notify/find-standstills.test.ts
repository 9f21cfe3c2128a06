import { describe, expect, test } from "vitest";
import { describeEvent } from "../../../src/daemon/notify/describe-event.ts";
import { findTimedEvents } from "../../../src/daemon/notify/find-events.ts";
import { FAILED, find, keyOf, makeAlarm, SYNCED } from "./find-from-synced.ts";
import { makeFacts, makeState, minutesAgo } from "./make-state.ts";

describe("a standstill", () => {
  test("is no success for ten polls, told once", () => {
    const old = { ...SYNCED, last_success_at: minutesAgo(21) };
    expect(find({ ...SYNCED, last_success_at: minutesAgo(20) })).toEqual([]);
    expect(find(old)[0]).toMatchObject({ type: "stalled", cause: "no_success", since: minutesAgo(21) });
    expect(keyOf(old, { now: minutesAgo(-60) })).toBe(keyOf(old));
  });

  test("counts from when the target was first looked after where nothing ever succeeded", () => {
    const fresh = { ...makeState("Failed", FAILED), last_success_at: null };
    expect(find(fresh).map(({ type }) => type)).toEqual(["failed"]);
    expect(find(fresh, { watched_since: minutesAgo(30) }).map(({ type }) => type)).toEqual(["failed", "stalled"]);
  });

  test("that was told is told as over with the next success, whatever state the target was in", () => {
    const alarms = [makeAlarm("stalled")];
    expect(find(SYNCED, { alarms }, { ...SYNCED, last_success_at: minutesAgo(30) })).toMatchObject([
      { type: "recovered", alarm: "stalled", subject: null },
    ]);
  });

  test("counts anew after a start, until somebody has looked at the target", () => {
    const old = { ...SYNCED, last_success_at: minutesAgo(300), updated_at: minutesAgo(300) };
    expect(find(old, { unlooked_since: minutesAgo(20) })).toEqual([]);
    expect(find(SYNCED, { unlooked_since: minutesAgo(1) }, old)).toEqual([]);
    expect(find(old, { unlooked_since: minutesAgo(21) })).toMatchObject([{ type: "stalled", since: minutesAgo(300) }]);
    expect(find(old)).toMatchObject([{ type: "stalled" }]);
  });

  test("that is over is not told anew by what was read before its end was written down", () => {
    const stale = { ...SYNCED, last_success_at: minutesAgo(30), updated_at: minutesAgo(3) };
    const find = (ended_at: string) =>
      findTimedEvents(stale, makeFacts({ alarms: [makeAlarm("stalled", { ended_at })] })).events;
    expect(find(minutesAgo(2))).toEqual([]);
    expect(find(minutesAgo(3))).toMatchObject([{ type: "stalled" }]);
  });

  test.each(["Interrupted", "Retrying"])(
    "is a target that is %s for ten polls, though passes come to an end",
    (reason) => {
      const since = (minutes: number) => {
        const status = { ...SYNCED.status, state: "OutOfSync", reason, since: minutesAgo(minutes) } as const;
        // Work was waited for before: that is no standstill.
        return { ...SYNCED, status, last_success_at: minutesAgo(300) };
      };
      expect(find(since(20))).toEqual([]);
      expect(find(since(21))).toMatchObject([{ type: "stalled", cause: "no_success", since: minutesAgo(21) }]);
    },
  );

  test("is told by times that have come, not by those of a clock that ran ahead", () => {
    const ahead = minutesAgo(-26 * 60);
    const patient = { ...SYNCED, status: { ...SYNCED.status, state: "AwaitingApproval" }, updated_at: ahead } as const;
    expect(find(patient, { unlooked_since: minutesAgo(21) })).toMatchObject([{ type: "stalled", cause: "no_pass" }]);
    const alarms = [makeAlarm("stalled", { ended_at: ahead })];
    const silent = { ...SYNCED, last_success_at: minutesAgo(30), updated_at: minutesAgo(30) };
    expect(findTimedEvents(silent, makeFacts({ alarms })).events).toMatchObject([{ type: "stalled" }]);
  });

  test("says how long it should take, also where that is less than a minute", () => {
    const [event] = find({ ...SYNCED, last_success_at: minutesAgo(1) }, { poll_ms: 3_000 });
    expect(describeEvent(event ?? expect.fail()).lines).toEqual([expect.stringContaining("The limit is 30 seconds.")]);
  });

  test("is a running pass that writes nothing more: it says what that pass has out of service, and of no run that failed", () => {
    const old = { ...SYNCED, last_success_at: minutesAgo(90), updated_at: minutesAgo(90) };
    const applying = (minutes: number) => ({
      ...{ since: minutesAgo(80), last_write_at: minutesAgo(minutes), out_of_service: ["cluster.c1"] as const },
    });
    expect(find(old, { applying: applying(20) })).toEqual([]);
    const [event = expect.fail()] = find(old, { applying: applying(21) });
    expect(event).toMatchObject({ type: "stalled", cause: "applying", since: minutesAgo(21) });
    const { title, lines, action } = describeEvent(event);
    expect(title).toBe("production: stalled, the running pass has written nothing since 2026-11-21 11:39 UTC");
    expect(lines.join(" ")).toMatch(
      /^The limit is 20 minutes\. OutOfSync: A pass is applying since 2026-11-21T10:40:00Z; its last write was at 2026-11-21T11:39:00Z\. Out of service until then: cluster\.c1\. /,
    );
    expect(action).not.toContain("failed");
    // Work that does not drain is no more drained by what is written beside it.
    const waiting = { ...SYNCED, status: { ...SYNCED.status, state: "Waiting", since: minutesAgo(361) } } as const;
    expect(find(waiting, { applying: applying(1) })).toMatchObject([{ type: "stalled", cause: "waiting" }]);
  });

  test("is one and the same, whether a pass finds it or a round that sees another pass write nothing more", () => {
    const status = { ...SYNCED.status, state: "OutOfSync", reason: "Retrying", since: minutesAgo(25) } as const;
    const old = { ...SYNCED, last_success_at: minutesAgo(90) };
    const written = minutesAgo(30);
    const applying = { since: minutesAgo(80), last_write_at: written, out_of_service: [] };
    const keys = [keyOf(old), keyOf(old, { applying }), keyOf({ ...old, status })];
    expect(new Set(keys).size).toBe(1);
    expect(keyOf({ ...old, last_success_at: minutesAgo(40) })).not.toBe(keys[0]);
  });

  test("is work that does not drain within its limit", () => {
    const status = { ...SYNCED.status, state: "Waiting", since: minutesAgo(361) } as const;
    expect(find({ ...SYNCED, status })[0]).toMatchObject({ type: "stalled", cause: "waiting" });
  });

  test("is not that people are waited for, but that no pass comes to its end meanwhile", () => {
    const status = { ...SYNCED.status, state: "AwaitingApproval" } as const;
    const patient = { ...SYNCED, status, last_success_at: minutesAgo(600) };
    expect(find(patient)).toEqual([]);
    expect(find({ ...patient, updated_at: minutesAgo(30) })[0]).toMatchObject({ type: "stalled", cause: "no_pass" });
    expect(find({ ...patient, status: { ...status, state: "Paused" }, updated_at: minutesAgo(30) })).toEqual([]);
  });
});
