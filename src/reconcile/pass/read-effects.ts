import type { Address } from "../../model/address.ts";
import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { inTurns } from "../../model/in-turns.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { Review } from "../../model/reviews/review.ts";
import type { ReviewRecord, UndecidedNo } from "../../model/reviews/review-record.ts";
import { gatherEffects } from "./gather-effects.ts";

type EffectRecords = Pick<DaemonRecords, "readShown" | "readReview">;

/** A plan that a request showed; null: what it does is not on record any more. */
export interface ReadEffects {
  readonly digest: string;
  readonly effects: readonly string[] | null;
}

/**
 * What plans do that a request showed, each distinct plan once and one after the other: its author may have shown hundreds of reviews, of plans
 * whose effects take megabytes each.
 */
export async function* readEffects(
  records: EffectRecords,
  record: ReviewRecord,
  digests: Iterable<string>,
): AsyncGenerator<ReadEffects> {
  const { target } = record;
  const request = nameRequest(record);
  // An older release kept the review alone. It is read once: its plan may be megabytes.
  let review: Promise<ReadEffects | null> | undefined;
  for (const digest of new Set(digests)) {
    const shown = await records.readShown(target, request, digest);
    if (shown === null) review ??= readReviewed(records, record);
    const reviewed = shown === null ? await review : null;
    yield { digest, effects: shown ?? (reviewed?.digest === digest ? reviewed.effects : null) };
  }
}

/** All of that together, each effect once. `isLost`: what one of the plans does is not on record any more. */
export async function joinEffects(
  records: EffectRecords,
  record: ReviewRecord,
  digests: Iterable<string>,
): Promise<{ readonly effects: readonly string[]; readonly isLost: boolean }> {
  const all = new Set<string>();
  let isLost = false;
  for await (const { effects } of readEffects(records, record, digests)) {
    if (effects === null) isLost = true;
    for await (const effect of inTurns(effects ?? [])) all.add(effect);
  }
  return { effects: [...all], isLost };
}

/** The plan of the review that stands, and what it does of its own; null: it has none. */
export async function readReviewed(
  records: Pick<EffectRecords, "readReview">,
  record: ReviewRecord,
): Promise<ReadEffects | null> {
  const review = (await records.readReview(record.target, nameRequest(record)))?.review ?? null;
  return review?.verdict.kind === "planned"
    ? { digest: review.verdict.plan.digest, effects: await gatherOwn(review) }
    : null;
}

/** After the merge: a plan of the target, by the beginning of its digest, and all that it does. Page and status show it before the request does. */
export async function readWaiting(
  records: Pick<DaemonRecords, "findPlans">,
  { target, merged }: Pick<ReviewRecord, "target" | "merged">,
  digest: string,
): Promise<(ReadEffects & { readonly effects: readonly string[] }) | null> {
  const plans = merged === null ? [] : await records.findPlans(digest);
  const waiting = plans.find((one) => one.target === target);
  return waiting === undefined
    ? null
    : { digest: waiting.digest, effects: await gatherEffects(waiting.plan, () => true) };
}

/** What plans do that a rejection is noted with, each distinct plan once and one after the other; nothing where that is not on record. */
export async function* readUndecided(
  records: EffectRecords & Pick<DaemonRecords, "findPlans">,
  record: ReviewRecord,
  plans: Iterable<string>,
): AsyncGenerator<ReadEffects & { readonly effects: readonly string[] }> {
  for await (const { digest, effects } of readEffects(records, record, plans)) {
    const waiting = effects === null ? await readWaiting(records, record, digest) : null;
    yield { digest, effects: effects ?? waiting?.effects ?? [] };
  }
}

/** All effects of one rejection that was noted, each once. */
export async function listUndecided(
  records: EffectRecords & Pick<DaemonRecords, "findPlans">,
  record: ReviewRecord,
  { plans = [], effects: copied }: Pick<UndecidedNo, "plans" | "effects">,
): Promise<readonly string[]> {
  const all = new Set(copied);
  for await (const { effects } of readUndecided(records, record, plans)) {
    for await (const effect of inTurns(effects)) all.add(effect);
  }
  return [...all];
}

/** What a request's plan does of its own, and what is rejected with it. */
export async function gatherOwn({ verdict }: Pick<Review, "verdict">): Promise<readonly string[]> {
  if (verdict.kind !== "planned") return [];
  const { plan, parts } = verdict;
  const own = new Set<Address>([...parts.request, ...parts.both]);
  return gatherEffects(plan, (address) => own.size === 0 || own.has(address));
}
