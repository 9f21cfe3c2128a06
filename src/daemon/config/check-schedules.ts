import { formatPath } from "../../manifests/problems/format-value.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { explainFields, readSchedule } from "../../plan/policy/read-schedule.ts";
import { type ConfigFile, type Draft, placeEntries } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";
import { listDrifts, listPolicies } from "./list-policies.ts";
import { readUntil } from "./read-values.ts";

/** A moment to look for the next time from; any would do. */
const SOME_DAY = new Date("2026-01-01T00:00:00Z");

/** Finds schedules that are no cron with five fields or that never come, and time zones that there are not. */
export function checkSchedules(file: Draft<ConfigFile>): readonly ConfigFinding[] {
  const windows = listPolicies(file).flatMap(({ value, path }) => placeEntries(value.windows, [...path, "windows"]));
  const ends = windows.flatMap(({ value: { until }, path }) =>
    typeof until === "string" ? checkUntil(until, [...path, "until"]) : [],
  );
  const found = [...windows, ...listDrifts(file)].flatMap(({ value: { schedule, time_zone: zone }, path }) => [
    ...(typeof schedule === "string" ? checkSchedule(schedule, [...path, "schedule"]) : []),
    ...(zone === undefined ? [] : checkTimeZone(zone, [...path, "time_zone"])),
  ]);
  return [...found, ...ends];
}

function checkUntil(until: string, path: NodePath): readonly ConfigFinding[] {
  const cron = readUntil(until);
  const fault = findFault(cron);
  if (fault === null) return [];
  // The author meant a time of day, not a cron expression.
  const said = cron === until.trim() ? fault : "is not a time of day";
  const summary = `Field "${formatPath(path)}": ${quoteText(until)} ${said}`;
  return [
    {
      code: "config-bad-schedule",
      path,
      summary,
      detail: "Write a time of day (`06:00`), or cron with five fields (`0 6 * * MON`).",
    },
  ];
}

function checkSchedule(schedule: string, path: NodePath): readonly ConfigFinding[] {
  const fault = findFault(schedule);
  if (fault === null) return [];
  const summary = `Field "${formatPath(path)}": ${quoteText(schedule)} ${fault}`;
  return [{ code: "config-bad-schedule", path, summary }];
}

function findFault(schedule: string): string | null {
  const fault = explainFields(schedule);
  if (fault !== null) return fault;
  try {
    const next = readSchedule(schedule.trim(), "UTC").nextRun(SOME_DAY);
    return next === null ? "never occurs" : null;
  } catch (error) {
    return `is not valid cron (${error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error)})`;
  }
}

function checkTimeZone(zone: string, path: NodePath): readonly ConfigFinding[] {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [
      {
        code: "config-bad-time-zone",
        path,
        summary: `Field "${formatPath(path)}": unknown time zone ${quoteText(zone)}`,
      },
    ];
  }
}
