import type { GivenPause, Pause, TargetState } from "../../../model/daemon/daemon-records.ts";
import type { RequestDetail, TargetDetail, TargetOverview } from "../../../model/daemon/daemon-service.ts";
import {
  isAppliedRevision,
  isApproval,
  isAuditEntry,
  isGivenPause,
  isNextStep,
  isOffer,
  isPause,
  isProspect,
  isRefusal,
  isRequestOverview,
  isRequestsTrouble,
  isRunningPass,
} from "../../../model/daemon/service-shape.ts";
import { isLeftBehind, isOtherWrites, isStatus, isTargetState } from "../../../model/daemon/state-shape.ts";
import {
  type AnyShape,
  described,
  type Fields,
  isOneOf,
  isText,
  listOf,
  objectOf,
  orNull,
} from "../../../model/json/shape.ts";
import type { Blame } from "../../../model/ledger/blame.ts";
import { isBlame, isChangeEntry, isRunWrites } from "../../../model/ledger/change-log-shape.ts";
import type { Approval } from "../../../model/passes/approval.ts";
import type { KeptPlan } from "../../../model/passes/pass.ts";
import { isKeptPlan, isPassOutcome, isPassRecord } from "../../../model/passes/pass-shape.ts";
import { isPlan } from "../../../model/plan/plan-shape.ts";
import type { Review } from "../../../model/reviews/review.ts";
import { isReview, isReviewOutcome, isReviewStatus, isReviewVerdict } from "../../../model/reviews/review-shape.ts";
import { WEB_ERRORS, type WebErrorCode } from "../answers/web-error.ts";

/*
 * What the API answers with. Its records are those of the model, but for the fields that are left out here, which the daemon keeps for itself. Answers
 * hold what stands here and nothing else.
 */

/** What a pause keeps to know its object again. */
const { registered_as: _bound, ...PAUSE } = isPause.fields;
const isShownPause = objectOf<Omit<Pause, "registered_as">>(PAUSE);
const { warning } = isGivenPause.fields;
const isShownGivenPause = objectOf<Omit<GivenPause, "registered_as">>({ ...PAUSE, warning });

/** Where its checks failed when it was given. */
const { allowances: _shown, ...APPROVAL } = isApproval.fields;
const isShownApproval = objectOf<Omit<Approval, "allowances">>(APPROVAL);

/** The rules by which it is sealed. */
const { sealed_by: _rules, ...KEPT_PLAN } = isKeptPlan.fields;
const isShownPlan = objectOf<Omit<KeptPlan, "sealed_by">>(KEPT_PLAN);

/** What a look that fails says on the command line. */
const { unread: _unread, ...BLAME } = isBlame.fields;
const isShownBlame = objectOf<Omit<Blame, "unread">>(BLAME);

/** What the text on the request says of it beside the plan. */
const {
  pinned_revision: _pinned,
  rejected_by: _by,
  rejected_at: _at,
  rejected_because: _because,
  undecided_by: _undecided,
  deciders: _deciders,
  altered: _altered,
  from_ci: _ci,
  unverified: _unverified,
  ...REVIEW
} = isReview.fields;
const isShownReview = objectOf<Pick<Review, keyof typeof REVIEW>>(REVIEW);

/** What passes need to continue from. */
const {
  place: _place,
  former: _former,
  excess: _excess,
  heads: _heads,
  begun: _begun,
  out_of_service: _out,
  waiting: _waiting,
  approval_since: _since,
  told_seq: _told,
  told_runs: _runs,
  told_as: _toldAs,
  unreviewed: _unreviewed,
  first_revision: _first,
  verified: _verified,
  pinned_as: _pinnedAs,
  ...STATE
} = isTargetState.fields;

type ShownOverview = Pick<TargetState, keyof typeof STATE> &
  Omit<TargetOverview, keyof TargetState | "approvals" | "pauses"> &
  Required<Pick<TargetOverview, "left_behind" | "other_writes">> & {
    readonly approvals: readonly Omit<Approval, "allowances">[];
    readonly pauses: readonly Omit<Pause, "registered_as">[];
  };

const OVERVIEW: Fields<ShownOverview> = {
  ...STATE,
  ...{ left_behind: isLeftBehind, other_writes: isOtherWrites },
  source: described(isText, "Where its manifests are, without secrets"),
  ...{ control_plane: isText, org: isText },
  warnings: described(listOf(isText), "Problems of its configuration; empty for callers who may not operate it"),
  requests_trouble: described(
    orNull(isRequestsTrouble),
    "Why its pull requests can't be reviewed; null: they can, or are not configured",
  ),
  ...{ pauses: listOf(isShownPause), approvals: listOf(isShownApproval), running: orNull(isRunningPass) },
};

type ShownDetail = ShownOverview &
  Omit<TargetDetail, keyof TargetOverview | "plan"> & { readonly plan: Omit<KeptPlan, "sealed_by"> | null };

interface ErrorAnswer {
  readonly error: { readonly code: WebErrorCode; readonly message: string };
  readonly request_id: string;
}

const ERROR_CODES = Object.keys(WEB_ERRORS) as readonly WebErrorCode[];

const isErrorAnswer = objectOf<ErrorAnswer>({
  error: objectOf<ErrorAnswer["error"]>({ code: isOneOf(...ERROR_CODES), message: isText }),
  request_id: described(isText, "Also in the daemon's log"),
});

/** What the API answers with, by name. */
export const RECORD_SHAPES = {
  Error: described(isErrorAnswer, "Why a request was refused"),
  RequestsTrouble: isRequestsTrouble,
  Status: isStatus,
  Outcome: isPassOutcome,
  Pass: isPassRecord,
  RunningPass: isRunningPass,
  Approval: isShownApproval,
  Offer: isOffer,
  Refusal: isRefusal,
  Prospect: isProspect,
  NextStep: isNextStep,
  Pause: isShownPause,
  GivenPause: isShownGivenPause,
  AppliedRevision: isAppliedRevision,
  AuditEntry: isAuditEntry,
  ChangeEntry: isChangeEntry,
  RunWrites: isRunWrites,
  Blame: isShownBlame,
  Plan: isPlan,
  KeptPlan: isShownPlan,
  RequestStatus: isReviewStatus,
  RequestOutcome: isReviewOutcome,
  Request: isRequestOverview,
  Verdict: isReviewVerdict,
  Review: isShownReview,
  RequestDetail: described(
    objectOf<Pick<RequestDetail, "record"> & { readonly review: Pick<Review, keyof typeof REVIEW> }>({
      ...{ record: isRequestOverview, review: isShownReview },
    }),
    "A pull request with its whole plan",
  ),
  TargetOverview: described(objectOf<ShownOverview>(OVERVIEW), "One target at a glance"),
  TargetDetail: described(
    objectOf<ShownDetail>({
      ...OVERVIEW,
      ...{ plan: orNull(isShownPlan), passes: listOf(isPassRecord) },
      ...{ applied: listOf(isAppliedRevision), audit: listOf(isAuditEntry) },
    }),
    "Everything of one target",
  ),
} satisfies Readonly<Record<string, AnyShape>>;
