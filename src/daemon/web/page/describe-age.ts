import { countNoun } from "../../../model/text/count-noun.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago a moment was, or how far it is ahead: `5 minutes ago`, `in 2 days`, `just now`. */
export function describeAge(moment: string, now: Date): string {
  const seconds = Math.round((now.getTime() - Date.parse(moment)) / 1000);
  const span = describeSpan(Math.abs(seconds));
  if (span === "") return "just now";
  return seconds > 0 ? `${span} ago` : `in ${span}`;
}

/** How long something took or lasts, in its largest unit: `3 minutes`; "" for less than a few seconds. */
function describeSpan(seconds: number): string {
  if (seconds < 5) return "";
  if (seconds < MINUTE) return countNoun(seconds, "second");
  if (seconds < HOUR) return countNoun(Math.floor(seconds / MINUTE), "minute");
  if (seconds < 2 * DAY) return countNoun(Math.floor(seconds / HOUR), "hour");
  return countNoun(Math.floor(seconds / DAY), "day");
}

/** How long a pass took: `0.4 s`, `12 s`, `3 min 20 s`. */
export function describeDuration(from: string, to: string): string {
  const seconds = Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < MINUTE) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / MINUTE)} min ${Math.round(seconds % MINUTE)} s`;
}
