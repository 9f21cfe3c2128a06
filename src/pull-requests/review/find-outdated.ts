import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { findNewestRejection, listStanding } from "../../plan/policy/judge-decisions.ts";
import type { ReviewTools } from "./review-tools.ts";

/** The names of the requests against whose shown plans a rejection stands that was recorded since they were looked at. */
export async function findOutdated(
  { pass: { records, config } }: { readonly pass: Pick<ReviewTools["pass"], "records" | "config"> },
  looked: readonly ReviewRecord[],
): Promise<ReadonlySet<string>> {
  const decisions = await records.readDecisions(config.name);
  const newest = findNewestRejection(decisions);
  const outdated = new Set<string>();
  for (const record of looked.filter(({ decided = 0 }) => decided < newest)) {
    const { head, digest, decided = 0 } = record;
    const request = nameRequest(record);
    // What a plan does may be megabytes.
    const effects = digest === null ? null : await records.readShown(config.name, request, digest);
    const judged = { request, head, digest, effects: effects ?? [], present: new Set<number>() };
    if (listStanding(decisions, judged).some(({ decision }) => decision.seq > decided)) outdated.add(request);
  }
  return outdated;
}
