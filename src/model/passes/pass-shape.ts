import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import {
  described,
  isNumber,
  isOneOf,
  isText,
  isTime,
  isTrue,
  listOf,
  objectOf,
  optional,
  orNull,
  textShape,
  unionOf,
} from "../json/shape.ts";
import type { ApplyReport, StepResult } from "../plan/apply-report.ts";
import { isCheck, isPlan, isSummary } from "../plan/plan-shape.ts";
import { isAddress, isKind, isOp } from "../plan/plan-texts.ts";
import type { Phase } from "../plan/step.ts";
import { isUntil } from "../plan/step-shape.ts";
import {
  type HeldChange,
  type HeldReason,
  type KeptPlan,
  PASS_STEPS,
  type PassOutcome,
  type PassRecord,
  TRIGGERS,
} from "./pass.ts";

const texts = listOf(isText);
const addresses = listOf(isAddress);

/** A mistake in the repository. */
export const isDiagnostic = objectOf<Diagnostic>({
  ...{ severity: isOneOf("error", "warning"), code: isText, summary: isText, detail: isText },
  ...{ file: isText, line: isNumber, column: isNumber, address: orNull(isText) },
});

/** Where a store takes sensitive values out of texts, it may change these: a kept one may be any text. */
const isHeldReason = textShape<HeldReason>();
const isKeptPhase = textShape<Phase>();

/** A change that is left as it is, for now. */
export const isHeldChange = objectOf<HeldChange>({
  ...{ address: isAddress, reason: isHeldReason, message: isText, fields: optional(texts) },
  ...{ ends: optional(isText), out_of_service: optional(isTrue) },
});

const isStepResult = objectOf<StepResult>({
  ...{ id: isText, address: isAddress, kind: isKind, physical_name: isText, op: isOp },
  ...{ phase: orNull(isKeptPhase), until: orNull(isUntil) },
  status: isOneOf("applied", "failed", "waiting", "skipped", "cancelled"),
  ...{ message: orNull(isText), code: orNull(isText), because: orNull(isText) },
});

const isReport = objectOf<ApplyReport>({
  digest: isText,
  status: isOneOf("applied", "failed", "waiting", "cancelled"),
  ...{ steps: listOf(isStepResult), done: isSummary, begun: addresses, left_drained: texts },
  refused: optional(addresses),
});

const held = listOf(isHeldChange);
const isPassStep = isOneOf(...PASS_STEPS);

/** What a pass came to. */
export const isPassOutcome = described(
  unionOf<PassOutcome>({
    synced: {},
    applied: { report: isReport, held },
    waiting: { report: isReport, held },
    held: { held, rest: optional(objectOf({ without: addresses, checks: listOf(isCheck) })) },
    blocked: {
      checks: listOf(isCheck),
      without: optional(addresses),
      out_of_service: optional(addresses),
      report: optional(isReport),
    },
    invalid: { diagnostics: listOf(isDiagnostic) },
    refused: { message: isText },
    inconclusive: { step: isPassStep, code: isText, message: isText },
    failed: { step: isPassStep, code: isText, message: isText, report: orNull(isReport) },
    cancelled: { message: isText, report: orNull(isReport) },
  }),
  "With what belongs to its kind",
);

/** A pass that has ended. */
export const isPassRecord = objectOf<PassRecord>({
  ...{ id: isText, target: isText, trigger: isOneOf(...TRIGGERS), started_at: isTime, ended_at: isTime },
  ...{ revision: orNull(isText), digest: orNull(isText), outcome: isPassOutcome },
});

/** A plan as it is kept. */
export const isKeptPlan = objectOf<KeptPlan>({
  ...{ target: isText, digest: isText, revision: orNull(isText), made_at: isTime, plan: isPlan },
  sealed_by: optional(isText),
});
