import type { DriftConfig } from "../model/daemon/daemon-config.ts";
import { readSchedule } from "../plan/policy/read-schedule.ts";

/**
 * Whether drift is due now: its schedule fired since the last check, or it has none and every pass checks. Depends on the store alone, so
 * that no replica and no crash misses a time. Times are ISO 8601.
 */
export function isLookDue(
  { action, schedule, time_zone, kinds }: DriftConfig,
  lookedAt: string | null,
  now: string,
): boolean {
  if (action === "off" && Object.values(kinds).every((own) => own === "off")) return false;
  if (schedule === null || lookedAt === null) return true;
  // The clock was set back since: the last check may have missed a time.
  if (Date.parse(lookedAt) > Date.parse(now)) return true;
  const next = readSchedule(schedule, time_zone).nextRun(new Date(lookedAt));
  return next !== null && next.getTime() <= Date.parse(now);
}

/** When drift is to be looked for next, in milliseconds from now; null: with every pass, or never. */
export function untilNextLook({ schedule, time_zone }: DriftConfig, now: number): number | null {
  if (schedule === null) return null;
  const next = readSchedule(schedule, time_zone).nextRun(new Date(now));
  return next === null ? null : Math.max(0, next.getTime() - now);
}
