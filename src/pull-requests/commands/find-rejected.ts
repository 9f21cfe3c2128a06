import type { Address } from "../../model/address.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { Review } from "../../model/reviews/review.ts";
import type { PublishedReview, ReviewRecord } from "../../model/reviews/review-record.ts";
import { listEffects } from "../../plan/compare/list-effects.ts";
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

/**
 * What a rejection is about, whenever it is read: the plan that it names, or else the review that stood when it was written. See
 * docs/adr/0064-a-rejection-is-of-what-it-names.md.
 */
export async function findRejected(
  { pass: { records } }: Pick<ReviewTools, "pass">,
  record: ReviewRecord,
  { digest, created_at, others }: GivenRejection,
): Promise<Rejected> {
  const { target, head } = record;
  const request = nameRequest(record);
  const published = record.published ?? [];
  const review = (await records.readReview(target, request))?.review ?? null;
  const kept = review?.verdict.kind === "planned" ? { digest: review.verdict.plan.digest, ...listOwn(review) } : null;
  const readEffects = async (shown: string) =>
    (await records.readShown(target, request, shown)) ?? (kept?.digest === shown ? kept.effects : null);
  const conclude = async (reviews: readonly Pick<PublishedReview, "head" | "digest">[]): Promise<Rejected> => {
    const found = await Promise.all(reviews.map((one) => (one.digest === null ? [] : readEffects(one.digest))));
    const last = reviews.at(-1) ?? { head, digest: null };
    const effects = [...new Set(found.flatMap((one) => one ?? []))];
    return { kind: "shown", head: last.head, digest: last.digest, effects, isLost: found.includes(null) };
  };
  const current = [kept?.digest ?? null, waitingDigest(record)].map((one) => ({ head, digest: one }));
  // Where nothing was published, the forge took no comment, or the store knows nothing of the request yet.
  const first = published[0] ?? current.find((one) => one.digest !== null) ?? { head, digest: null };
  const stood = listStood(published, created_at);
  if (digest === "") return conclude(stood.length > 0 ? stood : [first]);
  const named = [...current, ...published].filter((one) => one.digest?.startsWith(digest) === true);
  if (named.length > 0) return conclude(named);
  if (others.some((other) => hasShown(other, digest))) return { kind: "other" };
  // Page and status show what waits after the merge before the request does.
  const plans = record.merged === null ? [] : await records.findPlans(digest);
  const waiting = plans.find((one) => one.target === target);
  if (waiting !== undefined) {
    const effects = listEffects(waiting.plan, () => true);
    return { kind: "shown", head, digest: waiting.digest, effects, isLost: false };
  }
  // Of a time of which nothing is known, as after the store was lost, it may name anything that the request showed.
  const isKnown = published[0] !== undefined && toSecond(created_at) >= toSecond(startOf(published[0]));
  return isKnown ? { kind: "unknown" } : conclude([first]);
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

/** What a request's plan does of its own, and what is rejected with it. */
export function listOwn({ verdict }: Pick<Review, "verdict">): { readonly effects: readonly string[] } {
  if (verdict.kind !== "planned") return { effects: [] };
  const { plan, parts } = verdict;
  const own = new Set<Address>([...parts.request, ...parts.both]);
  return { effects: listEffects(plan, (address) => own.size === 0 || own.has(address)) };
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
