import {
  defineShape,
  isJsonObject,
  isOneOf,
  isText,
  listOf,
  objectOf,
  orNull,
  type Shape,
  unionOf,
} from "../../model/json/shape.ts";
import { PLAN_FORMAT } from "../../model/plan/plan.ts";
import { isChange, isPlan } from "../../model/plan/plan-shape.ts";
import { isKind, isOp } from "../../model/plan/plan-texts.ts";
import { STEP_HEAD } from "../../model/plan/step-shape.ts";
import type { Review, ReviewVerdict } from "../../model/reviews/review.ts";
import { isReview, VERDICTS } from "../../model/reviews/review-shape.ts";
import { FORMER_FORMAT, type FormerPlan, type StoredPlan } from "./upgrade-plan.ts";

const { action: _action, action_reason: _reason, ...CHANGE } = isChange.fields;
const isFormerChange = objectOf<FormerPlan["changes"][number]>({
  ...CHANGE,
  ...{ actions: listOf(isText), action_reason: isText },
});

const { phase: _phase, ...HEAD } = STEP_HEAD;
/** What a step sets is not looked at: it is upgraded as it is. */
const isFormerStep = objectOf<FormerPlan["steps"][number]>({
  ...HEAD,
  ...{ kind: isKind, op: isOp, set: orNull(isJsonObject), until: orNull(isText) },
});

const { effects: _effects, ...PLAN } = isPlan.fields;
const isFormerPlan = objectOf<FormerPlan>({
  ...PLAN,
  ...{ format_version: isOneOf(FORMER_FORMAT), changes: listOf(isFormerChange), steps: listOf(isFormerStep) },
});

const isObject = objectOf<{ readonly format_version?: unknown }>({
  format_version: { leftOutOr: defineShape(() => true, {}) },
});

/** A plan of any release. Of a format that this release does not read, any object is one. */
export const isStoredPlan: Shape<StoredPlan> = defineShape(
  (value) => {
    if (!isObject(value)) return false;
    if (value.format_version === PLAN_FORMAT) return isPlan(value);
    return value.format_version === FORMER_FORMAT ? isFormerPlan(value) : true;
  },
  {
    anyOf: [
      isPlan.schema,
      isFormerPlan.schema,
      { type: "object", properties: { format_version: { not: { enum: [PLAN_FORMAT, FORMER_FORMAT] } } } },
    ],
  },
);

/** A verdict as a release wrote it: its plan may be of a former format. */
type WrittenVerdict =
  | Exclude<ReviewVerdict, { readonly kind: "planned" }>
  | (Omit<Extract<ReviewVerdict, { readonly kind: "planned" }>, "plan"> & { readonly plan: StoredPlan });

/** A review, likewise. */
export interface WrittenReview extends Omit<Review, "verdict"> {
  readonly verdict: WrittenVerdict;
}

/** A review of any release. */
export const isWrittenReview = objectOf<WrittenReview>({
  ...isReview.fields,
  verdict: unionOf<WrittenVerdict>({ ...VERDICTS, planned: { ...VERDICTS.planned, plan: isStoredPlan } }),
});
