import type { Annotation } from "../../model/diagnostics/annotation.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Review } from "../../model/reviews/review.ts";
import type { ReviewStatus } from "../../model/reviews/review-record.ts";
import { combineStatuses, describeReviewStatus } from "../../report/review/describe-review-status.ts";
import { renderReviewComment } from "../../report/review/render-review-comment.ts";
import { isReviewOf } from "../../report/review/review-marker.ts";
import type { CheckRun, CommitStatus, Forge } from "../forge/forge.ts";
import { type PublishedComment, publishComment } from "./publish-comment.ts";

/** What is said on a request, and of which commit. */
export interface Posting {
  readonly number: number;
  readonly head: string;
  /** Each gets a comment of its own. */
  readonly reviews: readonly Review[];
  /** What is wrong at places of files, by their paths in the repository. */
  readonly annotations: readonly Annotation[];
  /** They are the word of a fork's own job: no status or check passes by it. */
  readonly isUnproven: boolean;
  /** Name of the status that all of them have together. */
  readonly context: string;
  readonly url: string | null;
}

/** What was written. */
export interface Posted {
  readonly comments: readonly (Omit<PublishedComment, "kept"> & { readonly target: string })[];
  readonly status: CommitStatus;
  /** False: there was nothing to annotate, or these credentials or this forge do not support annotations. */
  readonly annotated: boolean;
}

/**
 * Writes a comment for each review, one after the other, then the annotations and the status. The status is concluded in any case: where a
 * comment can't be written, it says so, and the forge's error is thrown.
 */
export async function postReviews(forge: Forge, posting: Posting): Promise<Posted> {
  const { head, reviews, isUnproven, context, url } = posting;
  const combined = combineStatuses(reviews.map(toStatus));
  const status: CommitStatus = { ...(isUnproven ? holdBack(combined) : combined), context, url };
  const written = await writeAll(forge, posting).catch((error: unknown) => concludeFailed(forge, posting, error));
  await forge.setStatus(head, status);
  return { ...written, status };
}

/** The status alone, of a commit that has no page to comment on. `pipeline`: GitLab's, in which it counts. */
export async function postStatus(
  forge: Pick<Forge, "setStatus">,
  { head, reviews, context, url }: Pick<Posting, "head" | "reviews" | "context" | "url">,
  pipeline: number | null,
): Promise<CommitStatus> {
  const counts = pipeline === null ? {} : { pipeline };
  const status: CommitStatus = { ...combineStatuses(reviews.map(toStatus)), context, url, ...counts };
  await forge.setStatus(head, status);
  return status;
}

async function writeAll(forge: Forge, posting: Posting): Promise<Pick<Posted, "comments" | "annotated">> {
  const comments = await postComments(forge, posting);
  return { comments, annotated: await annotate(forge, posting) };
}

async function postComments(forge: Forge, { number, reviews }: Posting): Promise<Posted["comments"]> {
  const posted: Posted["comments"][number][] = [];
  for (const review of reviews) {
    const body = renderReviewComment(review, { maxLength: forge.maxComment });
    const marker = (text: string) => isReviewOf(review.target, text);
    const { id, written } = await publishComment(forge, { number, marker, body, known: null });
    posted.push({ target: review.target, id, written });
  }
  return posted;
}

async function annotate(forge: Forge, { head, annotations, isUnproven, url }: Posting): Promise<boolean> {
  if (annotations.length === 0) return false;
  const failed = annotations.some(({ level }) => level === "failure");
  // A check that is neutral counts as passed.
  if (!failed && isUnproven) return false;
  const check: CheckRun = {
    name: "poolkeeper/validate",
    conclusion: failed ? "failure" : "neutral",
    title: failed ? "The manifests are invalid" : "The manifests are valid, with warnings",
    summary: "Each error is annotated at its line in the changed files, and listed in the comment on the request.",
    ...{ annotations, url },
  };
  return await forge.publishCheck(head, check);
}

/** Throws the first error, with the result of reporting it. */
async function concludeFailed(forge: Forge, { head, context, url }: Posting, error: unknown): Promise<never> {
  const description = "The comment could not be written: see the job's log.";
  try {
    await forge.setStatus(head, { context, state: "error", description, url });
  } catch (second) {
    if (!(error instanceof OperationalError && second instanceof OperationalError)) throw second;
    const message = `${error.message} The status could not be set either: ${second.message}`;
    throw new OperationalError(error.code, message, { next: error.next, cause: error });
  }
  throw error;
}

/** A success by a fork's own word stays pending: a user with write access plans it on a branch of the repository. */
function holdBack(status: ReviewStatus): ReviewStatus {
  if (status.state !== "success") return status;
  return { state: "pending", description: `by the fork's own job, unverified: ${status.description}` };
}

function toStatus(review: Review) {
  return { target: review.target, status: describeReviewStatus(review).plan };
}
