import type { PublishedReview, ReviewRecord } from "../../model/reviews/review-record.ts";
import { joinEffects, readReviewed, readWaiting } from "../../reconcile/pass/read-effects.ts";
import type { Comment } from "../forge/forge.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { toSecond } from "./reported-rejections.ts";

/** What a rejection on a request is about. */
export type Rejected =
  /** What was shown: the commit, its plan (null: there was none), and what that does. `isLost`: of a plan that is not on record any more. */
  | {
      readonly kind: "shown";
      readonly head: string;
      readonly digest: string | null;
      readonly effects: readonly string[];
      readonly isLost: boolean;
    }
  /** A plan of another target of the repository. */
  | { readonly kind: "other" }
  /** It names a plan that nothing is known of. */
  | { readonly kind: "unknown" };

/** A rejection, as a comment gives it. */
export interface GivenRejection {
  /** The digest that it names, or its beginning; "": none. */
  readonly digest: string;
  /** When it was written, by the forge's clock. */
  readonly created_at: Comment["created_at"];
  /** The request as other targets of the repository remember it. */
  readonly others: readonly ReviewRecord[];
}

/** What a rejection is about as far as the request's record says it. */
export type NamedPlans =
  /** `plans`: the digests of what was shown, each once. `isCertain`: nothing that is kept elsewhere may say otherwise. */
  | (Pick<Extract<Rejected, { readonly kind: "shown" }>, "kind" | "head" | "digest"> & {
      readonly plans: readonly string[];
      readonly isCertain: boolean;
    })
  | Exclude<Rejected, { readonly kind: "shown" }>;

/**
 * What a rejection is about, whenever it is read: the plan that it names, or else the review that stood when it was written. Only for an author
 * whose rights are known: it reads what plans do, which may be megabytes. See docs/adr/0064-a-rejection-is-of-what-it-names.md.
 */
export async function findRejected(
  { pass: { records } }: Pick<ReviewTools, "pass">,
  record: ReviewRecord,
  given: GivenRejection,
): Promise<Rejected> {
  const known = findNamed(record, given);
  const isKnown = known.kind === "shown" && known.isCertain;
  // A review may stand that was not recorded as published, as where the process ended in between.
  const kept = isKnown ? null : ((await readReviewed(records, record))?.digest ?? null);
  const named = isKnown ? known : findNamed(record, given, kept);
  if (named.kind === "other") return named;
  const isOpen = given.digest !== "" && !(named.kind === "shown" && named.isCertain);
  const waiting = isOpen ? await readWaiting(records, record, given.digest) : null;
  if (waiting !== null) return { kind: "shown", head: record.head, ...waiting, isLost: false };
  if (named.kind === "unknown") return named;
  const { head, digest, plans } = named;
  return { kind: "shown", head, digest, ...(await joinEffects(records, record, plans)) };
}

/** The same without a look at any plan. `kept`: the digest of the plan in the review that is kept; null: none, or it is not known. */
export function findNamed(
  record: ReviewRecord,
  { digest, created_at, others }: GivenRejection,
  kept: string | null = null,
): NamedPlans {
  const { head, published = [] } = record;
  const conclude = (reviews: readonly Pick<PublishedReview, "head" | "digest">[], isCertain: boolean): NamedPlans => {
    const last = reviews.at(-1) ?? { head, digest: null };
    const plans = [...new Set(reviews.flatMap((one) => one.digest ?? []))];
    return { kind: "shown", head: last.head, digest: last.digest, plans, isCertain };
  };
  const current = [kept, waitingDigest(record)].map((one) => ({ head, digest: one }));
  // Where nothing was published, the forge took no comment, or the store knows nothing of the request yet.
  const first = published[0] ?? current.find((one) => one.digest !== null) ?? { head, digest: null };
  const stood = listStood(published, created_at);
  if (digest === "") return stood.length > 0 ? conclude(stood, true) : conclude([first], published.length > 0);
  const named = [...current, ...published].filter((one) => one.digest?.startsWith(digest) === true);
  if (named.length > 0) return conclude(named, true);
  if (others.some((other) => hasShown(other, digest))) return { kind: "other" };
  // Of a time of which nothing is known, as after the store was lost, it may name anything that the request showed.
  const isKnown = published[0] !== undefined && toSecond(created_at) >= toSecond(startOf(published[0]));
  return isKnown ? { kind: "unknown" } : conclude([first], false);
}

/** The reviews that were current when a text was written; forges report whole seconds, so that in one second there may be several. */
export function listStood(published: readonly PublishedReview[], written: string): readonly PublishedReview[] {
  const second = toSecond(written);
  return published.filter((review, index) => {
    const next = published[index + 1];
    return toSecond(startOf(review)) <= second && (next === undefined || toSecond(startOf(next)) >= second);
  });
}

function startOf({ from, at }: PublishedReview): string {
  return from ?? at;
}

/** The digest that an approval is about: while it is open the plan's, after the merge the one that waits. */
export function waitingDigest({ outcome, digest }: ReviewRecord): string | null {
  return outcome?.kind === "held" ? outcome.digest : digest;
}

/** Whether a digest, or its beginning, is one of a plan that the request had for the target. */
function hasShown(record: ReviewRecord, digest: string): boolean {
  const shown = (record.published ?? []).map((review) => review.digest);
  return [record.digest, waitingDigest(record), ...shown].some((one) => one?.startsWith(digest) === true);
}
