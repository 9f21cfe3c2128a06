import { parseDuration } from "../../model/text/parse-duration.ts";
import { usage } from "./plan-options.ts";

/** A time with its offset: without one, it would be another moment on another machine. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads `--until`, a duration from `now` (milliseconds since 1970) or a time, as ISO 8601 in UTC; null where it is not given.
 * Throws an OperationalError `usage` for anything else, and for what is over already.
 */
export function readUntil(text: string | undefined, now: number): string | null {
  if (text === undefined) return null;
  const duration = parseDuration(text);
  const moment = duration === undefined ? (TIME.test(text) ? Date.parse(text) : Number.NaN) : now + duration;
  if (Number.isNaN(moment)) {
    throw usage(`--until ${text}: write a duration (30s, 5m, 2h, 7d) or a time with its offset, 2026-12-01T08:00:00Z.`);
  }
  if (moment <= now) throw usage(`--until ${text}: that is in the past.`);
  return new Date(moment).toISOString();
}
