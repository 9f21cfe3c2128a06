import { createHash } from "node:crypto";
import type { CommitStatus } from "../forge/forge.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { Review } from "../model/review.ts";
import type { ReviewRecord } from "../model/review-record.ts";
import { combineStatuses, describeStatus } from "../report/describe-review-status.ts";
import { renderAnnotations } from "../report/render-annotations.ts";
import { renderReview } from "../report/render-review.ts";
import { isReviewOf } from "../report/review-marker.ts";
import { expectText, recordPublished } from "./compare-comment.ts";
import { type PublishedComment, publishComment } from "./publish-comment.ts";
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
  const marked = renderAnnotations(review).length > 0 ? record.head : (record.marked ?? null);
  const next: ReviewRecord = { ...record, marked, statuses, updated_at: await records.now() };
  if (!isNews) {
    await records.writeReview(next, null);
    return next;
  }
  // First what targets of one repository tell of one commit together. It is let go of only when all is told.
  const expected = expectText(record, text);
  await records.writeReview({ ...next, shown: expected, said: "", settled: false }, review);
  const areTold = record.said !== "" && JSON.stringify(statuses) === JSON.stringify(record.statuses);
  const publishRest = async () => {
    if (!areTold) await publishStatuses(tools, next, review);
    await publishMistakes(tools, next, review);
  };
  const written = isWorthAComment(record, review) ? await publishText(tools, next, text, publishRest) : null;
  await publishRest();
  const shown = written === null ? next : recordPublished(next, text, written);
  const done = { ...shown, marked: isMended(next, review) ? null : marked, said };
  await records.writeReview(done, null);
  return done;
}

/** What does not concern a target is not told at length, unless something else was told before. */
function isWorthAComment({ comment }: ReviewRecord, { verdict }: Review): boolean {
  return comment !== null || (verdict.kind !== "unconcerned" && verdict.kind !== "skipped");
}

/** Where the forge takes no comment, as on a locked request, the rest is said first: a status that is required has to be concluded. */
async function publishText(
  { forge }: ReviewTools,
  record: ReviewRecord,
  body: string,
  publishRest: () => Promise<void>,
): Promise<PublishedComment> {
  const { number, target, comment: known } = record;
  const marker = (text: string) => isReviewOf(target, text);
  try {
    return await publishComment(forge, { number, marker, body, known });
  } catch (error) {
    if (error instanceof OperationalError && error.code === "forge_refused") await publishRest();
    throw error;
  }
}

/**
 * Targets of one repository tell of a commit together, and may do so at the same time: what another one wrote down meanwhile is told
 * as well, so that whoever tells last tells all.
 */
async function publishStatuses(tools: ReviewTools, record: ReviewRecord, review: Review): Promise<void> {
  let told = "";
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const combined = await combineAll(tools, record);
    if (JSON.stringify(combined) === told) return;
    for (const status of combined) await publishStatus(tools, record.head, { ...status, url: review.page ?? null });
    told = JSON.stringify(combined);
  }
}

/** More than the targets that tell of one commit at the same time. */
const MOST_TURNS = 10;

async function combineAll({ pass: { records } }: ReviewTools, record: ReviewRecord) {
  const { head, place, number } = record;
  const beside = (await records.readReviewsAt(place)).filter(
    (other) => other.number === number && other.head === head && other.target !== record.target,
  );
  const all = [record, ...beside].toSorted((one, other) => (one.target < other.target ? -1 : 1));
  return (["plan", "apply"] as const).map((which) => ({
    context: CONTEXTS[which],
    ...combineStatuses(all.map(({ target, statuses }) => ({ target, status: statuses[which] }))),
  }));
}

/** A commit that the forge does not know in this repository, as GitLab with a fork's, has no status: the comment says all of it. */
async function publishStatus({ forge }: ReviewTools, head: string, status: CommitStatus): Promise<void> {
  try {
    await forge.setStatus(head, status);
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== "forge_missing") throw error;
  }
}

async function publishMistakes({ forge }: ReviewTools, record: ReviewRecord, review: Review): Promise<void> {
  const annotations = renderAnnotations(review);
  if (annotations.length === 0 && !isMended(record, review)) return;
  const { description } = record.statuses.plan;
  const conclusion = annotations.length === 0 ? "success" : "failure";
  await forge.publishCheck(record.head, {
    ...{ name: `poolkeeper (${record.target})`, conclusion, title: description },
    ...{ summary: description, annotations, url: review.page },
  });
}

/** Whether a commit whose check run says that its manifests are wrong is valid now, as on a base that has what was missing. */
function isMended({ marked, head }: ReviewRecord, { verdict }: Review): boolean {
  return marked === head && (verdict.kind === "planned" || verdict.kind === "unconcerned");
}

function hash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
