import {
  anyObject,
  described,
  type Fields,
  isBoolean,
  isCount,
  isOneOf,
  isText,
  isTime,
  listOf,
  objectOf,
  optional,
  orNull,
  type Shape,
} from "../json/shape.ts";
import type { Approval } from "../passes/approval.ts";
import type { AuditEntry } from "../passes/audit-entry.ts";
import type { NextStep } from "../passes/next-step.ts";
import { PASS_STEPS } from "../passes/pass.ts";
import type { Offer, Prospect, Refusal } from "../plan/foresight.ts";
import { isAllowance } from "../plan/plan-shape.ts";
import { isAddress } from "../plan/plan-texts.ts";
import type { RequestsTrouble } from "../reviews/request-records.ts";
import { isReviewOutcome, REVIEW_FACTS } from "../reviews/review-shape.ts";
import type { AppliedRevision, GivenPause, Pause } from "./daemon-records.ts";
import type { RequestOverview, RunningPass, WaitsFor } from "./daemon-service.ts";

const texts = listOf(isText);

/** A user's permission to apply one plan. */
export const isApproval = objectOf<Approval>({
  ...{ id: isText, target: isText, digest: isText, revision: orNull(isText), by: isText, via: isText },
  ...{ at: isTime, expires_at: isTime, overrides: texts, allowances: optional(listOf(isAllowance)) },
  state: isOneOf("open", "running", "done", "expired", "superseded", "rejected"),
});

const PAUSE: Fields<Pause> = {
  ...{ id: isText, target: isText, address: described(orNull(isAddress), "Null: all of the target") },
  ...{ registered_as: optional(orNull(isAddress)), by: isText, reason: isText, at: isTime },
  until: described(orNull(isTime), "Null: until it is lifted"),
};

/** A target, or one of its objects, that is left alone. */
export const isPause = objectOf<Pause>(PAUSE);

/** A pause, as returned to its author. */
export const isGivenPause = objectOf<GivenPause>({
  ...PAUSE,
  warning: described(orNull(isText), "Why it holds nothing for now. Null: it holds something, or that is not known"),
});

/** One revision that was applied. */
export const isAppliedRevision = objectOf<AppliedRevision>({
  ...{ target: isText, revision: isText, at: isTime, digest: isText, pass: isText, approval: orNull(isText) },
  place: described(
    orNull(isText),
    "Control plane, repository, branch and folder that it was applied with, for comparisons. Null: an older release applied it",
  ),
});

/** What an act was about: any fields. */
export const isDetails: Shape<AuditEntry["details"]> = anyObject();

/** Who did what. */
export const isAuditEntry = objectOf<AuditEntry>({
  ...{ id: isText, at: isTime, target: orNull(isText), who: isText, via: isText, action: isText, details: isDetails },
});

/** Why pull requests can't be looked at. */
export const isRequestsTrouble = objectOf<RequestsTrouble>({
  ...{ code: described(isText, "Stable"), message: isText, since: isTime },
  next_at: described(isTime, "When they are looked at again at the latest"),
});

/** Outside systems that a pass waits for. */
const isWaitsFor = objectOf<WaitsFor>({
  ...{ systems: texts, since: isTime },
  timeout_ms: described(orNull(isCount), "For how long one that does not answer is waited for. Null: without a limit"),
});

/** Progress of the pass that runs. */
export const isRunningPass = objectOf<RunningPass>({
  ...{ id: isText, started_at: isTime, step: isOneOf(...PASS_STEPS), progress: described(texts, "Newest last") },
  waits_for: optional(described(isWaitsFor, "What its step reads from. Left out: nothing outside")),
});

/** A check or hold that an approval may override, once. */
export const isOffer = described(
  objectOf<Offer>({
    name: described(isText, "As an approval names it: freeze, window, paused, drift, or a check"),
    addresses: described(texts, "What is held without it"),
    needed: described(isBoolean, "All that are needed are required for anything to run"),
  }),
  "What an approval may override, once",
);

/** Why something is not taken. */
export const isRefusal = described(
  objectOf<Refusal>({ code: isText, message: isText }),
  "Why something is refused, and what to do",
);

/** What one reader may decide about a plan now. */
export const isProspect = described(
  objectOf<Prospect>({
    kind: isOneOf("runs", "later", "held", "idle", "stale"),
    at: described(orNull(isTime), "When it runs by itself, where it is later and that is known"),
    message: described(isText, "Of what is held, why"),
    offers: listOf(isOffer),
    refused: described(
      objectOf<Prospect["refused"]>({ approve: orNull(isRefusal), reject: orNull(isRefusal) }),
      "Why a decision of the caller is refused; null: it is accepted, an approval with the offers that are needed",
    ),
    approved: described(
      orNull(objectOf<NonNullable<Prospect["approved"]>>({ by: isText, overrides: texts })),
      "The approval of this plan that counts now",
    ),
    rejected: described(
      orNull(objectOf<NonNullable<Prospect["rejected"]>>({ by: isText, at: isTime, reason: orNull(isText) })),
      "The rejection that stands; `reason` is null where none is known",
    ),
    decided: described(
      isCount,
      "The newest rejection that this takes into account: an approval names it, and is refused after a newer one",
    ),
    command: described(orNull(isText), "Approves the plan with all that it needs; null: nothing to do next"),
  }),
  "What the caller may decide about a plan, and the effect of an approval",
);

/** What can be done next about a target. */
export const isNextStep = described(
  objectOf<NextStep>({
    target: isText,
    message: described(isText, "What it does; where there is no command, why, and who may"),
    command: described(orNull(isText), "Accepted as it is from the caller"),
  }),
  "What can be done next about a target",
);

/** One pull request at a glance. */
export const isRequestOverview = described(
  objectOf<RequestOverview>({
    ...{ target: REVIEW_FACTS.target, number: REVIEW_FACTS.number, url: REVIEW_FACTS.url, author: REVIEW_FACTS.author },
    ...{ head: REVIEW_FACTS.head, verdict: REVIEW_FACTS.verdict, digest: REVIEW_FACTS.digest },
    needs_approval: REVIEW_FACTS.needs_approval,
    approved_by: described(orNull(isText), "Who approved this plan on the request; null: not approved"),
    outcome: described(orNull(isReviewOutcome), "Null: it is open"),
    ...{ statuses: REVIEW_FACTS.statuses, updated_at: REVIEW_FACTS.updated_at },
  }),
  "One pull request at a glance",
);
