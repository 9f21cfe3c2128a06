import type { ReviewRecord } from "./review-record.ts";

/** What makes a request the same one: forges that were moved or restored give its number to another one. */
export type RequestKey = Pick<ReviewRecord, "place" | "number" | "opened">;

/**
 * The name by which records and decisions are of one request: its repository with the forge's address, its number, and when it was opened.
 * Two requests never share one. Without `opened` it is the name by which the release before knew it.
 */
export function nameRequest({ place, number, opened }: RequestKey): string {
  return `${place}#${number}${opened === undefined ? "" : ` of ${opened}`}`;
}
