import type { TargetState } from "../../model/daemon/daemon-records.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import type { ChangeEntry } from "../../model/ledger/change-log.ts";
import type { HeldChange, PassRecord } from "../../model/passes/pass.ts";
import { type ApplyReport, GIVEN_UP, type StepResult } from "../../model/plan/apply-report.ts";
import type { Check, Summary } from "../../model/plan/plan.ts";
import { createEvent, hashMark, sortNames } from "./create-event.ts";
import type { AppliedDetails, FailedDetails, NotifyEvent } from "./event.ts";
import type { Raised } from "./follow-alarms.ts";
import { listOtherWrites, type Written } from "./list-other-writes.ts";
import { listKilledBefore, listKilledHalfWay, type NotifyFacts } from "./notify-facts.ts";

/** These events describe only the pass. */
type Now = Pick<NotifyFacts, "now">;

/** Diagnostics that a message has room for. */
const MOST_DIAGNOSTICS = 5;
/** A check that a decision will settle: it waits and has not failed. */
const WAITING_CHECKS: ReadonlySet<string> = new Set(["approval", "window", "freeze", "paused"]);

/**
 * A pass changed something: reported for each pass, also for one that began a change and waits, failed or was ended early. What a pass wrote
 * that was killed before it was on record, or broke off without a report, the next pass that knows its result reports.
 */
export function findApplied(_before: unknown, after: TargetState, facts: NotifyFacts): readonly NotifyEvent[] {
  const pass = after.last_pass;
  const killed = findKilled(after, facts);
  const report = readReport(pass);
  if (pass === null || report === null || (isNothing(report.done) && report.begun.length === 0)) return killed;
  const steps = listWritten(report);
  return [
    ...killed,
    createEvent(after, facts, [pass.id], {
      type: "applied",
      done: report.done,
      objects: sortNames(steps.map(({ address }) => address)),
      begun: sortNames(report.begun),
      left_drained: report.left_drained,
      ...nameOtherWrites(steps, facts),
      held: countHeld(after),
      approved_by: facts.ran_under?.by ?? null,
      approval: facts.ran_under?.id ?? null,
    }),
  ];
}

function readReport(pass: PassRecord | null): ApplyReport | null {
  return pass !== null && "report" in pass.outcome ? (pass.outcome.report ?? null) : null;
}

function countHeld({ last_pass: pass }: TargetState): number {
  return pass !== null && "held" in pass.outcome ? pass.outcome.held.length : 0;
}

/** By the change log; reported once for all entries of a run up to then. */
function findKilled(after: TargetState, facts: NotifyFacts): readonly NotifyEvent[] {
  const half = listKilledHalfWay(after, facts);
  const written = [...listKilledBefore(after, facts), ...half].sort((one, other) => one.seq - other.seq);
  return [...Map.groupBy(written, ({ run_id }) => run_id)].map(([run, writes]) => {
    const { revision = null, seq = null } = writes.at(-1) ?? {};
    // Another write of the same run may have needed none.
    const { approval = null, by = null } = writes.findLast((entry) => entry.approval !== null) ?? {};
    const approved_by = approval === null ? null : by;
    const details = {
      type: "applied" as const,
      done: countWrites(writes.filter((entry) => !half.includes(entry))),
      objects: sortNames(writes.map(({ address }) => address)),
      begun: sortNames(writes.filter((entry) => half.includes(entry)).map(({ address }) => address)),
      // What it drained may be back in service by now.
      left_drained: [],
      ...nameOtherWrites(writes, facts),
      // It may have been killed on the way to what is held now.
      held: countHeld(after),
      approved_by,
      approval,
    };
    return { ...createEvent(after, facts, [run, String(seq)], details), revision };
  });
}

/** What was written of each address, counted like a plan's changes. */
function countWrites(writes: readonly ChangeEntry[]): Summary {
  const done = { add: 0, change: 0, replace: 0, destroy: 0 };
  for (const entries of Map.groupBy(writes, ({ address }) => address).values()) {
    const isMade = entries.some(({ op }) => op === "create");
    const isGone = entries.some(({ op }) => op === "delete");
    done[isMade && isGone ? "replace" : isMade ? "add" : isGone ? "destroy" : "change"] += 1;
  }
  return done;
}

/** A step, a check or the pass failed: reported once for each cause and revision, and again after a success. */
export function findFailed(_before: unknown, after: TargetState, facts: Now): readonly Raised[] {
  const failure = readFailure(after);
  if (failure === null) return [];
  const cause = hashMark([failure.step, failure.code, failure.objects]);
  return [
    createEvent(after, facts, [after.last_success_at, after.last_pass?.revision ?? null, cause], {
      type: "failed",
      ...failure,
    }),
  ];
}

function readFailure({ last_pass: pass, out_of_service = [] }: TargetState): Omit<FailedDetails, "type"> | null {
  if (pass?.outcome.kind === "failed") {
    const { step, code, message, report } = pass.outcome;
    const failed = report?.steps.filter(({ status }) => status === "failed") ?? [];
    const objects = code === GIVEN_UP ? (report?.refused ?? []) : failed.map(({ address }) => address);
    return {
      step,
      code,
      message,
      objects: sortNames(objects),
      done: report === null || isNothing(report.done) ? null : report.done,
      left_drained: report?.left_drained ?? out_of_service,
    };
  }
  const refused = pass !== null && "held" in pass.outcome ? pass.outcome.held.filter(isRefused) : [];
  const [first] = refused;
  if (first !== undefined) {
    const { message } = first;
    const objects = sortNames(refused.map(({ address }) => address));
    return { step: "apply", code: GIVEN_UP, message, objects, done: null, left_drained: [] };
  }
  const broken = pass?.outcome.kind === "blocked" ? pass.outcome.checks.filter(isBroken) : [];
  if (broken.length === 0) return null;
  return {
    step: "guard",
    code: "check_failed",
    message: broken.map(({ name, message }) => `${name}: ${message}`).join("\n"),
    objects: sortNames(broken.flatMap(({ addresses }) => addresses)),
    done: null,
    left_drained: [],
  };
}

/** The report of the pass that was refused stays valid as long as the change is held for that reason. */
function isRefused({ reason }: HeldChange): boolean {
  return reason === "server_refused";
}

function isBroken({ name, status, allowed }: Check): boolean {
  return status === "fail" && allowed !== true && !WAITING_CHECKS.has(name);
}

/** The manifests of a revision are invalid: reported once for the same errors of it. */
export function findInvalid(_before: unknown, after: TargetState, facts: Now): readonly Raised[] {
  const pass = after.last_pass;
  if (pass?.outcome.kind !== "invalid") return [];
  const errors = pass.outcome.diagnostics.filter(({ severity }) => severity === "error");
  const lines = errors.map(describeDiagnostic);
  return [
    createEvent(after, facts, [pass.revision, hashMark(lines)], {
      type: "invalid",
      errors: errors.length,
      first: lines.slice(0, MOST_DIAGNOSTICS),
      left_drained: after.out_of_service ?? [],
    }),
  ];
}

function describeDiagnostic({ file, line, summary }: Diagnostic): string {
  return `${file}:${line}: ${summary}`;
}

/** A revision may not be applied: reported once for it and the reason. */
export function findRefused(_before: unknown, after: TargetState, facts: Now): readonly Raised[] {
  const pass = after.last_pass;
  if (pass?.outcome.kind !== "refused") return [];
  const { message } = pass.outcome;
  return [createEvent(after, facts, [pass.revision, hashMark(message)], { type: "refused", message })];
}

function isNothing({ add, change, replace, destroy }: Summary): boolean {
  return add + change + replace + destroy === 0;
}

function listWritten({ steps }: ApplyReport): readonly StepResult[] {
  return steps.filter(({ status, op }) => status === "applied" && op !== "await");
}

function nameOtherWrites(
  writes: readonly Written[],
  { plan }: Pick<NotifyFacts, "plan">,
): Pick<AppliedDetails, "other_writes"> {
  const replaced = plan?.plan.changes.filter(({ action }) => action === "replace") ?? [];
  const other_writes = listOtherWrites(writes, new Set(replaced.map(({ address }) => address)));
  return other_writes.length === 0 ? {} : { other_writes };
}
