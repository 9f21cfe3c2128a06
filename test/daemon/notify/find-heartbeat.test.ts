import { describe, expect, test } from "vitest";
import { findHeartbeat } from "../../../src/daemon/notify/find-heartbeat.ts";
import type { DriftConfig } from "../../../src/model/daemon/daemon-config.ts";

const DRIFT: DriftConfig = {
  schedule: "0 6 * * *",
  time_zone: "Europe/Berlin",
  action: "report",
  kinds: {},
  sightings: 2,
  seen_for_ms: 0,
  destructive: false,
  contested_after: 5,
  contested_within_ms: 3_600_000,
};

describe("a heartbeat", () => {
  test("belongs to the time at which the drift schedule last came due in its time zone", () => {
    expect(findHeartbeat(DRIFT, "2026-11-20T04:59:59.999Z")).toBe("2026-11-19T05:00:00.000Z");
    expect(findHeartbeat(DRIFT, "2026-11-20T05:00:00.000Z")).toBe("2026-11-20T05:00:00.000Z");
    expect(findHeartbeat(DRIFT, "2026-11-20T23:00:00.000Z")).toBe("2026-11-20T05:00:00.000Z");
  });

  test("comes at midnight where drift is looked for with every poll, and never where it is off", () => {
    const polled = { ...DRIFT, schedule: null, time_zone: "UTC" };
    expect(findHeartbeat(polled, "2026-11-20T13:00:00.000Z")).toBe("2026-11-20T00:00:00.000Z");
    expect(findHeartbeat({ ...DRIFT, action: "off" }, "2026-11-20T13:00:00.000Z")).toBeNull();
  });
});
