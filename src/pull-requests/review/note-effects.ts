import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { findOwnRejection } from "../../plan/policy/judge-decisions.ts";
import { gatherEffects } from "../../reconcile/pass/gather-effects.ts";
import type { PlannedRequest } from "./open-request-planner.ts";
import type { ReviewTools } from "./review-tools.ts";

/**
 * A no that was given before any plan of its commit stood is about the first plan of that very commit. What is pushed after it is the author's
 * word: it counts for the request alone, which stands rejected by its number.
 */
export async function noteEffects(
  { pass: { records } }: ReviewTools,
  record: ReviewRecord,
  { verdict }: PlannedRequest,
): Promise<void> {
  const { target, head } = record;
  const rejection = findOwnRejection(await records.readDecisions(target), nameRequest(record));
  if (rejection === null || rejection.effects.length > 0 || rejection.head !== head) return;
  if (verdict.kind !== "planned") return;
  const own = new Set([...verdict.parts.request, ...verdict.parts.both]);
  const effects = await gatherEffects(verdict.plan, (address) => own.has(address));
  if (effects.length > 0) await records.extendDecision(target, rejection.seq, effects);
}
