import { createHash } from "node:crypto";
import type { Review } from "../model/review.ts";
import type { ReviewRecord } from "../model/review-record.ts";
import { combineStatuses, describeStatus } from "../report/describe-review-status.ts";
import { renderAnnotations } from "../report/render-annotations.ts";
import { renderReview } from "../report/render-review.ts";
import { isReviewOf } from "../report/review-marker.ts";
import { publishComment } from "./publish-comment.ts";
import type { ReviewTools } from "./review-tools.ts";

/** The names of the statuses. Whoever protects a branch requires them, so they stay as they are. */
const CONTEXTS = { plan: "poolkeeper/plan", apply: "poolkeeper/apply" } as const;
/** When nothing else changed, the time alone is nothing to say. */
const NO_TIME = "1970-01-01T00:00:00.000Z";

/**
 * Says a review on its request: the comment and the statuses, and the places of mistakes where the forge has such a thing. Says nothing
 * where all of it was said before. Gives the record as it is written down then. Where it throws, or the process ends, in the middle,
 * all of it is said again.
 */
export async function publishReview(tools: ReviewTools, record: ReviewRecord, review: Review): Promise<ReviewRecord> {
  const { forge, pass } = tools;
  const { records } = pass;
  const text = renderReview(review, { maxLength: forge.maxComment });
  const said = hash([record.head, renderReview({ ...review, made_at: NO_TIME }, { maxLength: forge.maxComment })]);
  const statuses = describeStatus(review);
  const isNews = said !== record.said || JSON.stringify(statuses) !== JSON.stringify(record.statuses);
  const next: ReviewRecord = { ...record, statuses, updated_at: await records.now() };
  if (!isNews) {
    await records.writeReview(next, null);
    return next;
  }
  // First what targets of one repository tell of one commit together.
  await records.writeReview({ ...next, said: "" }, review);
  const comment = isWorthAComment(record, review) ? await publishText(tools, next, text) : record.comment;
  await publishStatuses(tools, next, review);
  const done = { ...next, said, comment };
  await records.writeReview(done, null);
  return done;
}

/** What does not concern a target is not told at length, unless something else was told before. */
function isWorthAComment({ comment }: ReviewRecord, { verdict }: Review): boolean {
  return comment !== null || (verdict.kind !== "unconcerned" && verdict.kind !== "skipped");
}

async function publishText({ forge }: ReviewTools, record: ReviewRecord, body: string): Promise<string> {
  const { number, target, comment: known } = record;
  const marker = (text: string) => isReviewOf(target, text);
  return (await publishComment(forge, { number, marker, body, known })).id;
}

async function publishStatuses(tools: ReviewTools, record: ReviewRecord, review: Review): Promise<void> {
  const { forge, pass } = tools;
  const { head, place, number } = record;
  const beside = (await pass.records.readReviewsAt(place)).filter(
    (other) => other.number === number && other.head === head && other.target !== record.target,
  );
  const all = [record, ...beside].toSorted((one, other) => (one.target < other.target ? -1 : 1));
  for (const which of ["plan", "apply"] as const) {
    const told = combineStatuses(all.map(({ target, statuses }) => ({ target, status: statuses[which] })));
    await forge.setStatus(head, { context: CONTEXTS[which], ...told, url: review.page ?? null });
  }
  const annotations = renderAnnotations(review);
  if (annotations.length === 0) return;
  const { description } = record.statuses.plan;
  await forge.publishCheck(head, {
    ...{ name: `poolkeeper (${record.target})`, conclusion: "failure", title: description },
    ...{ summary: description, annotations, url: review.page },
  });
}

function hash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
