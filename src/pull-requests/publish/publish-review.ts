import { createHash } from "node:crypto";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { Overlap, Review } from "../../model/reviews/review.ts";
import { moveReview, phaseOf } from "../../model/reviews/review-phase.ts";
import type { ReviewRecord, ReviewStatuses } from "../../model/reviews/review-record.ts";
import { gatherOwn } from "../../reconcile/pass/read-effects.ts";
import { describeReviewStatus } from "../../report/review/describe-review-status.ts";
import { renderAnnotations } from "../../report/review/render-annotations.ts";
import { fitReview, renderReviewComment } from "../../report/review/render-review-comment.ts";
import { isReviewOf } from "../../report/review/review-marker.ts";
import type { Comment } from "../forge/forge.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { nextShownPlan } from "../review/shown-plan.ts";
import { spendOn } from "../review/spending.ts";
import { expectText, recordDecided, recordPublished, timeOf } from "./compare-comment.ts";
import { type PublishedComment, publishComment } from "./publish-comment.ts";
import { publishStatuses } from "./publish-statuses.ts";
import { restoreComment } from "./restore-comment.ts";

/** When nothing else changed, the time alone is nothing to say. */
const NO_TIME = "1970-01-01T00:00:00.000Z";

/**
 * Publishes a review on its request: the comment, the annotations where the forge supports them, and the statuses. What is up to date is not
 * written again. Returns the record as it is stored then. A status that blocks a merge is set before the comment is written, success only
 * once the comment stands. Idempotent: where it throws, or the process ends, in the middle, the next call completes it.
 */
export async function publishReview(tools: ReviewTools, record: ReviewRecord, made: Review): Promise<ReviewRecord> {
  const { records } = tools.pass;
  const review = askWhereCut(tools, made);
  const statuses = describeReviewStatus(review);
  const own = describeOwn(record, review);
  const isUnsaid = hashReview(tools, record, review) !== record.said || !isSame(statuses, record.statuses);
  // What is settled is not looked at again.
  const isLast = record.said === null || record.settled;
  const isOwn = isUnsaid && (isLast || hasMoved(record.own, own) || isFirstPlan(record, review));
  const isNews = isOwn || isDue(tools, record, { review, isUnsaid });
  const marked = renderAnnotations(review).length > 0 ? record.head : (record.marked ?? null);
  const next: ReviewRecord = { ...record, marked, statuses, updated_at: await records.now() };
  const shown_plan = nextShownPlan(record.shown_plan, review);
  const answer = isNews ? await keepShown(tools, record, review) : "kept";
  if (answer !== "kept") return publishUnshown(tools, record, { made, whose: WHOSE[answer](record.author) });
  if (isNews) {
    tools.spending.waiting.delete(nameRequest(record));
    // What becomes of a merged request waits for nothing when it is said first, and is charged all the same.
    const budget = isOwn && review.outcome === null ? null : tools.spending.rewrites;
    return spendOn(tools.spending, budget, async () => {
      const { record: checked, comment } = await checkComment(tools, moveReview(next, { kind: "resumed" }));
      return publishNews(tools, record, { next: { ...checked, ...phaseOf(next) }, review, comment });
    });
  }
  // What is not written yet has shown no plan.
  const shown = shown_plan === null ? null : (record.shown_plan ?? null);
  const kept = isUnsaid
    ? { statuses: withoutUnsaid(record.statuses, statuses), shown_plan: shown }
    : { own, shown_plan };
  const same = recordDecided({ ...next, ...kept });
  await records.writeReview(same, null);
  return publishStatuses(tools, same, review.page);
}

/**
 * Whether others alone have changed what is to be said, and it is to be written for that. Anyone can have many comments changed by opening, closing or
 * pushing to one request, and a control plane by what it answers: where no calls are left for that, it waits, which `spending.waiting` says then.
 */
function isDue(
  { spending: { rewrites, ownRewrites, waiting } }: ReviewTools,
  record: ReviewRecord,
  { review, isUnsaid }: { readonly review: Review; readonly isUnsaid: boolean },
): boolean {
  const isChanged = isUnsaid || hashBeside(review) !== (record.beside ?? null);
  const name = nameRequest(record);
  if (isChanged && (rewrites.isLeft() || (isUnsaid && ownRewrites.take(name)))) return true;
  if (isChanged) waiting.add(name);
  else waiting.delete(name);
  return false;
}

/**
 * Keeps what the plan of a review does, by which a rejection is one of the same in other requests. Not `kept`: the plan must not be shown, as there
 * is no room for that. After the merge it was shown already. What the same plan showed as the request's own stays, though another request has done some of
 * it since then.
 */
async function keepShown(
  { pass: { records } }: ReviewTools,
  record: ReviewRecord,
  review: Review,
): Promise<"kept" | keyof typeof WHOSE> {
  const { verdict, outcome } = review;
  if (verdict.kind !== "planned") return "kept";
  const { digest } = verdict.plan;
  const request = nameRequest(record);
  const before = (await records.readShown(record.target, request, digest)) ?? [];
  const own = await gatherOwn(review);
  // Mostly it is shown for the first time.
  const effects = before.length === 0 ? own : [...new Set([...before, ...own])];
  const shown = { digest, effects, author: record.author };
  const answer = await records.noteShown(record.target, request, shown);
  return outcome === null ? answer : "kept";
}

/** Whose requests have taken all of their room in the store. */
const WHOSE = {
  author_full: (author: string) => `requests of ${author}`,
  target_full: () => "requests of this target",
} as const;

/** Publishes that the plan is not shown. */
function publishUnshown(
  tools: ReviewTools,
  record: ReviewRecord,
  { made, whose }: { readonly made: Review; readonly whose: string },
): Promise<ReviewRecord> {
  const message = `There is no room for what the plan does: what ${whose} have shown takes all of its room in the store. Split the change, or wait until closed and applied ${whose} are older than the retention.`;
  const verdict = { kind: "failed", code: "too_much_shown", message } as const;
  const unshown = { ...record, verdict: verdict.kind, digest: null, addresses: [], needs_approval: false };
  return publishReview(tools, unshown, { ...made, verdict, approved: null });
}

/** A merge approves what its author could see: where the comment has no room for the whole plan, it asks for an approval of its digest. */
function askWhereCut({ forge }: Pick<ReviewTools, "forge">, review: Review): Review {
  const isAsking = review.approval === "merge" && review.outcome === null && review.approved?.by === null;
  if (!isAsking || fitReview(review, { maxLength: forge.maxComment }).isWhole) return review;
  return { ...review, approval: "explicit" };
}

/** `record`: as it was before this review; `next`: with its statuses; `comment`: as it stands. */
async function publishNews(
  tools: ReviewTools,
  record: ReviewRecord,
  { next, review: given, comment }: { readonly next: ReviewRecord; readonly review: Review } & FoundComment,
): Promise<ReviewRecord> {
  const { forge, pass } = tools;
  const { records } = pass;
  const review = next.altered === undefined ? given : { ...given, altered: next.altered };
  const { text: body, isWhole } = fitReview(review, { maxLength: forge.maxComment });
  const { statuses, marked = null } = next;
  // It is settled only when all is reported.
  const unsaid = { ...moveReview(next, { kind: "resumed" }), shown: expectText(next, body, isWhole), said: null };
  await records.writeReview(unsaid, review);
  const blocked = endsSuccess(record, statuses) ? await publishStatuses(tools, unsaid, review.page) : unsaid;
  const written = isWorthAComment(record, review) ? await publishText(tools, blocked, { review, body, comment }) : null;
  await publishMistakes(tools, blocked, review);
  const { told = null } = blocked;
  // It is unknown when the previous write took effect.
  const since = written !== null && record.shown?.awaited ? { at: timeOf(written.kept) } : null;
  const shown = written === null ? next : recordPublished(next, body, written, { since, isWhole });
  const shown_plan = nextShownPlan(record.shown_plan, review);
  const done = {
    ...{ ...shown, told, marked: isMended(next, review) ? null : marked, said: hashReview(tools, next, review) },
    own: describeOwn(next, review),
    beside: hashBeside(review),
    shown_plan:
      shown_plan === null || (await isStillOpen(tools, record, review)) ? shown_plan : (record.shown_plan ?? null),
  };
  await records.writeReview(done, null);
  return publishStatuses(tools, done, review.page);
}

/** Whether the request was open after its plan was published: a merge that is older than the published plan was made without it. */
async function isStillOpen({ forge }: ReviewTools, { number }: ReviewRecord, { outcome }: Review): Promise<boolean> {
  if (outcome !== null) return true;
  const request = await forge.readRequest(number);
  return request?.state === "open" && request.merging !== true;
}

/** The comment as it stands; null: there is none. */
interface FoundComment {
  readonly comment: Comment | null;
}

/** A foreign edit of the comment is noticed before it is overwritten. */
async function checkComment(
  tools: ReviewTools,
  record: ReviewRecord,
): Promise<FoundComment & { readonly record: ReviewRecord }> {
  const { comment: id, number } = record;
  if (id === null) return { record, comment: null };
  const comment = await tools.forge.readComment(number, id);
  const comments = comment === null ? [] : [comment];
  return { record: await restoreComment(tools, record, { comments, isReplanned: true }), comment };
}

/**
 * What is set while the comment waits to be written: where a success is not the same one any more, neither status is one, as both are of a plan that the
 * comment does not show.
 */
function withoutUnsaid(before: ReviewStatuses, now: ReviewStatuses): ReviewStatuses {
  const isStill = (["plan", "apply"] as const).every((which) => {
    const [line, next] = [before[which], now[which]];
    return line.state !== "success" || (next.state === "success" && next.description === line.description);
  });
  const keep = (line: ReviewStatuses["plan"]) => (isStill || line.state !== "success" ? line : UNSAID);
  return { plan: keep(before.plan), apply: keep(before.apply) };
}

const UNSAID = { state: "pending", description: "it is another plan now: the comment shows it soon" } as const;

/** Whether the plan is the first one of the request's newest commit that is shown: it may have failed before, or been a draft. */
function isFirstPlan({ head, published = [] }: ReviewRecord, { verdict }: Review): boolean {
  return verdict.kind === "planned" && !published.some((one) => one.head === head && one.digest !== null);
}

/**
 * What the request itself and decisions make of a review. Nothing that the control plane answers changes it before the merge; after it, each step that was not said before
 * does. Whether a rollout waits, fails or needs an approval, and of which plan, it may answer in another way in each pass.
 */
function describeOwn({ head, own }: ReviewRecord, review: Review): NonNullable<ReviewRecord["own"]> {
  // Whether it needs an approval, and one by more than a merge, depends on the plan.
  const { verdict: _plan, outcome, approved, approval: _approval, base, made_at: _at, ...rest } = review;
  const by = [approved?.by ?? null, approved?.lost ?? null];
  const described = { hash: hash([head, rest, by, outcome === null]), base: base ?? own?.base ?? null };
  if (outcome === null) return described;
  const step = hash(describeStep(outcome)).slice(0, STEP_DIGITS);
  const before = (own?.steps ?? []).filter((one) => one !== step);
  return { ...described, steps: [...before, step].slice(-MOST_STEPS) };
}

/** Digits of the hash of a step, and steps of a request that are remembered. */
const STEP_DIGITS = 16;
const MOST_STEPS = 20;

/** Of an outcome, all but what the control plane makes of it: what is waited for, which plan, and what is out of service until then. */
function describeStep(outcome: NonNullable<Review["outcome"]>): unknown {
  const own = { ...outcome, message: "", out_of_service: [] };
  return outcome.kind === "held" ? { ...own, digest: "", reviewed: false } : own;
}

/** Whether a request has moved between two reviews, or something about it was decided. */
function hasMoved(before: ReviewRecord["own"], now: NonNullable<ReviewRecord["own"]>): boolean {
  const step = now.steps?.at(-1);
  if (step !== undefined && before?.steps?.includes(step) !== true) return true;
  return before?.hash !== now.hash || (before.base !== null && before.base !== now.base);
}

/** Of what the comment says, but for the time, for open requests that change the same objects, and for the titles of any. */
function hashReview({ forge }: ReviewTools, { head }: ReviewRecord, review: Review): string {
  const { verdict } = review;
  const holding = listOverlaps(verdict).filter(({ holds }) => holds !== null);
  const overlaps = holding.map(({ title: _title, ...overlap }) => overlap);
  const alone = {
    ...review,
    made_at: NO_TIME,
    verdict: verdict.kind === "planned" ? { ...verdict, overlaps } : verdict,
  };
  return hash([head, renderReviewComment(alone, { maxLength: forge.maxComment })]);
}

/** Of the open requests that change the same objects; null: there are none. Titles are shown once the comment is written for something else. */
function hashBeside({ verdict }: Review): string | null {
  const open = listOverlaps(verdict).filter(({ holds }) => holds === null);
  const named = open.toSorted((one, other) => one.number - other.number);
  return open.length === 0 ? null : hash(named.map(({ number, addresses }) => [number, addresses]));
}

function listOverlaps(verdict: Review["verdict"]): readonly Overlap[] {
  return verdict.kind === "planned" ? verdict.overlaps : [];
}

function hash(facts: unknown): string {
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

function isSame(one: ReviewStatuses, other: ReviewStatuses): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whether something that was a success is none any more. */
function endsSuccess({ statuses: before }: ReviewRecord, now: ReviewStatuses): boolean {
  return (["plan", "apply"] as const).some(
    (which) => before[which].state === "success" && now[which].state !== "success",
  );
}

/** A request that does not concern a target gets no long report, unless it had one before. */
function isWorthAComment({ comment }: ReviewRecord, { verdict, outcome }: Review): boolean {
  // What is held because it could not be reviewed is reported to those who merged it.
  if (comment !== null || (outcome !== null && outcome.kind !== "closed")) return true;
  return verdict.kind !== "unconcerned" && verdict.kind !== "skipped";
}

/**
 * Where the forge takes no comment, as on a locked request, the statuses say so: no user can have read what a merge would do, so that it is
 * no success.
 */
async function publishText(
  tools: ReviewTools,
  record: ReviewRecord,
  { review, body, comment: known }: { readonly review: Review; readonly body: string } & FoundComment,
): Promise<PublishedComment> {
  const { number, target } = record;
  const marker = (text: string) => isReviewOf(target, text);
  try {
    return await publishComment(tools.forge, { number, marker, body, known, evenSame: true });
  } catch (error) {
    if (error instanceof OperationalError && error.code === "forge_refused") {
      await publishMistakes(tools, record, review);
      await publishStatuses(tools, { ...record, statuses: describeUnwritten(record.statuses) }, review.page);
    }
    throw error;
  }
}

function describeUnwritten({ plan, apply }: ReviewStatuses): ReviewStatuses {
  const unwritten = { state: "error", description: "the forge refused the comment with the plan" } as const;
  return { plan: plan.state === "success" ? unwritten : plan, apply: apply.state === "success" ? unwritten : apply };
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
