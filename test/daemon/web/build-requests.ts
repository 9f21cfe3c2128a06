import type { RequestDetail, RequestOverview } from "../../../src/model/daemon/daemon-service.ts";
import type { Review, ReviewVerdict } from "../../../src/model/reviews/review.ts";
import { describeReviewStatus } from "../../../src/report/review/describe-review-status.ts";
import { readPlan } from "../../report/read-plan.ts";
import { makeReview, planned, REVIEWS } from "../../report/review/build-reviews.ts";
import { minutesAgo } from "./build-targets.ts";

/** A request with what is said of it; its record says the same. */
export function makeRequest(number: number, review: Review, rest: Partial<RequestOverview> = {}): RequestDetail {
  const { target, head, verdict, outcome, approved } = review;
  return {
    record: {
      ...{ target, number, head, outcome, author: "mona" },
      url: `https://git.example.com/platform/pools/pulls/${number}`,
      verdict: verdict.kind,
      digest: verdict.kind === "planned" ? verdict.plan.digest : null,
      needs_approval: approved !== null,
      approved_by: approved?.by ?? null,
      statuses: describeReviewStatus(review),
      updated_at: minutesAgo(number),
      ...rest,
    },
    review: { ...review, verdict: moveToNow(verdict), made_at: minutesAgo(number) },
  };
}

/** What holds others up began lately, and ends soon. */
function moveToNow(verdict: ReviewVerdict): ReviewVerdict {
  if (verdict.kind !== "planned") return verdict;
  const overlaps = verdict.overlaps.map((overlap) =>
    overlap.holds === null
      ? overlap
      : { ...overlap, holds: { ...overlap.holds, since: minutesAgo(20), until: minutesAgo(-40) } },
  );
  return { ...verdict, overlaps };
}

/** A request of the target `production` for each kind of review, numbered from 1 in their order. */
export function buildRequests(): readonly RequestDetail[] {
  return Object.values(REVIEWS).map((review, index) => makeRequest(index + 1, review));
}

/** The number of the request of {@link buildRequests} with the review of this name. Throws where there is none. */
export function numberOf(name: string): number {
  const index = Object.keys(REVIEWS).indexOf(name);
  if (index < 0) throw new Error(`There is no review ${name}`);
  return index + 1;
}

/** A request with every part of the page: changes of all three parts, a failing check, overlaps, an approval that is missing. */
export function makeFullRequest(number: number): RequestDetail {
  const plan = readPlan("2026-11-cluster-changes-pool-while-work-runs");
  const drifted = readPlan("2026-11-changes-from-outside-tell-who-made-them");
  const known = new Set(plan.changes.map(({ address }) => address));
  const drift = drifted.changes.filter(({ address }) => !known.has(address));
  const [first, second, ...others] = drift.map(({ address }) => address);
  const overlapping = REVIEWS["planned-overlaps"]?.verdict;
  const review = makeReview(
    planned(
      { ...plan, changes: [...drift, ...plan.changes] },
      {
        both: first === undefined ? [] : [first],
        drift: second === undefined ? [] : [second, ...others],
      },
      overlapping?.kind === "planned" ? overlapping.overlaps : [],
    ),
    { approval: "explicit", approved: { needed: true, by: null } },
  );
  return makeRequest(number, review);
}
