import { Cron } from "croner";
import { countNoun } from "../../model/text/count-noun.ts";

/** The moments that a cron expression names. */
export type Schedule = Pick<Cron, "nextRun" | "previousRuns">;

/**
 * Reads cron in a time zone. Every schedule is read here, so that what checks a configuration, what waits and what decides agree. A sixth
 * field, of seconds, is understood; what takes schedules from users refuses it, see {@link explainFields}. Throws an Error for what is not
 * understood; a wrong time zone shows when a moment is asked for.
 */
export function readSchedule(cron: string, timeZone: string): Schedule {
  return new Cron(cron, { timezone: timeZone, paused: true });
}

/** Why a cron expression is none that a user may give; null: it has five fields. */
export function explainFields(cron: string): string | null {
  const fields = cron.trim().split(/\s+/).length;
  return fields === 5 ? null : `has ${countNoun(fields, "field")} instead of five`;
}
