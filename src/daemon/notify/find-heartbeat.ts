import type { DriftConfig } from "../../model/daemon/daemon-config.ts";
import { readSchedule } from "../../plan/policy/read-schedule.ts";

/** Where drift is looked for with every poll, a heartbeat a day is enough: at midnight. */
const DAILY = "0 0 * * *";

/**
 * When a target's drift schedule last came due, ISO 8601 in UTC: the heartbeat that belongs to `now`. The same on every
 * replica. Null where drift is off, and where the schedule never came due.
 */
export function findHeartbeat({ action, schedule, time_zone }: DriftConfig, now: string): string | null {
  if (action === "off") return null;
  // The reference itself does not count as past; a moment later it does.
  const [last] = readSchedule(schedule ?? DAILY, time_zone).previousRuns(1, new Date(Date.parse(now) + 1));
  return last?.toISOString() ?? null;
}
