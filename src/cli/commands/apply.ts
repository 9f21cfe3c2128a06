import { statSync } from "node:fs";
import { isWhole } from "../../apply/apply-plan.ts";
import { type ApplyReport, isComplete } from "../../model/plan/apply-report.ts";
import { isEmptyPlan, type Plan } from "../../model/plan/plan.ts";
import type { Sealing } from "../../model/secrets/sealing.ts";
import { applyNothing } from "../../reconcile/apply-nothing.ts";
import { describeCaller } from "../../reconcile/describe-caller.ts";
import { type Hold, rememberSensitive, sitOut } from "../../reconcile/hold-target.ts";
import { makePlan } from "../../reconcile/make-plan.ts";
import { type Memory, openMemory, type Remembered } from "../../reconcile/open-memory.ts";
import { sealTarget } from "../../reconcile/seal-target.ts";
import { StalePlanError } from "../../reconcile/stale-plan-error.ts";
import type { OpenTarget, Target } from "../../reconcile/target.ts";
import { renderPlanText } from "../../report/plan/render-plan-text.ts";
import { renderApplyText } from "../../report/runs/render-apply-text.ts";
import { COLOURED, choosePaint, PLAIN } from "../../report/text/paint.ts";
import { shown } from "../../report/text/shown-text.ts";
import { describeSealing } from "../../sealing/describe-sealing.ts";
import type { LeaseRecord } from "../../store/leases/lease.ts";
import type { OutputFormat } from "../options/option-tables.ts";
import { readPlanOptions, usage } from "../options/plan-options.ts";
import { confirm } from "../output/confirm.ts";
import { EXIT } from "../output/exit-codes.ts";
import { printPlan } from "../output/print-plan.ts";
import { say, showDocument, showNote, showResult } from "../output/show-result.ts";
import type { Applicable } from "../targets/applicable.ts";
import type { ApplyCommandOptions } from "../targets/apply-options.ts";
import { executePlan } from "../targets/execute-plan.ts";
import { findReferences } from "../targets/find-references.ts";
import { openPlanFile } from "../targets/open-plan-file.ts";
import { findOrg, readScopes, sealing, withTarget } from "../targets/open-target.ts";
import { readDesired } from "../targets/read-desired.ts";
import { withLease } from "../targets/with-lease.ts";

/** A plan to apply, and how to make it again. */
interface Prepared {
  readonly plan: Plan;
  /** The current plan. Throws a StalePlanError where a saved one is outdated. */
  readonly revise: () => Promise<Plan>;
  /** The rules by which its values are sealed. */
  readonly sealing: Sealing;
}

/** Plans a folder, or the inputs of a saved plan, shows the computed plan, asks for confirmation, and applies it. */
export async function runApply(given: ApplyCommandOptions): Promise<number> {
  const applicable = isFile(given.path) ? await openPlanFile(given) : await openFolder(given);
  if (applicable === "invalid") return EXIT.invalid;
  if (applicable === "refused") return EXIT.error;
  const { options } = applicable;
  return withMemory(options, async (open, memory) => {
    const { target, sealing: rules, plan: make } = applicable.seal(open, memory);
    const plan = await make(memory);
    const revise = async () => make(await memory.recall());
    return carryOut({ plan, revise, sealing: rules }, target, memory, options);
  });
}

async function openFolder(options: ApplyCommandOptions): Promise<Applicable | "invalid"> {
  if (options.manifests !== undefined) throw usage("--manifests is for a saved plan; this applies a folder.");
  const planOptions = readPlanOptions(options);
  const references = findReferences(options, process.env);
  const paint = choosePaint(options.colour && process.stderr.isTTY === true);
  const loaded = await readDesired(options.path, { org: findOrg(options), json: options.json, paint, references });
  if (loaded === null) return "invalid";
  const scopes = readScopes(options.scope);
  const seal: Applicable["seal"] = (open, memory) => {
    const sealed = sealing(loaded.desired, memory, options);
    const { target, desired } = sealTarget(open, sealed);
    const { readers } = target;
    const plan = (remembered: Remembered) =>
      makePlan({ desired, readers, scopes, memory: remembered, options: planOptions, revision: null });
    const rules = describeSealing({ ...sealed, desired: [loaded.desired] });
    return { target, sealing: rules, plan };
  };
  return { options, seal };
}

function withMemory(
  options: ApplyCommandOptions,
  use: (target: OpenTarget, memory: Memory) => Promise<number>,
): Promise<number> {
  return withTarget(options, async (target) => {
    const memory = await openMemory(options.store, target.ledger, { env: process.env, say });
    try {
      return await use(target, memory);
    } finally {
      await memory.close();
    }
  });
}

async function carryOut(
  prepared: Prepared,
  target: Target,
  memory: Memory,
  options: ApplyCommandOptions,
): Promise<number> {
  const { plan } = prepared;
  if (!options.json) printPlan(plan, textFormat(options), options.colour);
  if (!plan.applyable) return refuse(plan, options);
  const nothing = isEmptyPlan(plan) ? await applyNothing(plan, target, memory) : null;
  if (nothing !== null) {
    await rememberSensitive(prepared.sealing, memory);
    return conclude(nothing, plan, options);
  }
  if (!isEmptyPlan(plan) && !options.autoApprove) {
    if (options.json) showNote(renderPlanText(plan, PLAIN));
    if (!(await confirmApply())) return EXIT.error;
  }
  return withLease(memory, options.timeoutMs, async (hold) => {
    const hasWaited = await sitOut(hold, target, say);
    const current = await settlePlan(prepared, hasWaited ? null : memory.lease, hold, options);
    if (!current.applyable) return refuse(current, options);
    await rememberSensitive(prepared.sealing, memory);
    const cause = await describeCaller(current, memory, hold.store, { via: "cli", sealing: prepared.sealing });
    const report = await executePlan(current, target, hold, { ...options, cause, beforeNamesEnd: memory.keepPauses });
    if (isComplete(report) && isWhole(current)) {
      await hold.lease.confirm();
      await memory.finish(current, hold.lease.record);
    }
    return conclude(report, current, options, hold.lease.lost.aborted);
  });
}

/** The plan to apply under the lease: computed again after a confirmation or after another run. */
async function settlePlan(
  { plan, revise }: Prepared,
  before: LeaseRecord | null,
  { lease }: Hold,
  options: ApplyCommandOptions,
): Promise<Plan> {
  if (options.autoApprove && isNextLease(before, lease.record)) return plan;
  const current = await revise();
  if (current.digest === plan.digest && current.applyable) return current;
  if (!options.autoApprove) {
    const when = isEmptyPlan(plan) ? "in the meantime" : "while waiting for confirmation";
    throw new StalePlanError(`The control plane changed ${when}. Plan again.`);
  }
  if (!options.json) {
    showNote(shown`Another run has ended in the meantime. The current plan:\n`);
    printPlan(current, textFormat(options), options.colour);
  }
  return current;
}

/** Whether no other run held a lease between the two: what was read with the first is as it was. */
function isNextLease(before: LeaseRecord | null, now: LeaseRecord): boolean {
  return before === null
    ? now.fencing_number === 1
    : before.released && now.fencing_number === before.fencing_number + 1;
}

function textFormat({ concise }: ApplyCommandOptions): OutputFormat {
  return concise ? "concise" : "text";
}

function refuse(plan: Plan, { json }: ApplyCommandOptions): number {
  if (json) printPlan(plan, "json", false);
  return EXIT.blocked;
}

function conclude(report: ApplyReport, plan: Plan, options: ApplyCommandOptions, lost = false): number {
  const code = lost && report.status !== "applied" ? EXIT.error : exitCode(report);
  if (options.json) showDocument(`${JSON.stringify({ ...report, exit_code: code, plan }, undefined, 2)}\n`);
  else if (!isEmptyPlan(plan)) {
    showResult(shown`\n${renderApplyText(report, plan, options.colour ? COLOURED : PLAIN)}`);
  }
  return code;
}

function exitCode(report: ApplyReport): number {
  switch (report.status) {
    case "applied":
      // As of the next apply, which the check of the refusal blocks.
      return isComplete(report) ? EXIT.ok : EXIT.blocked;
    case "waiting":
      return EXIT.blocked;
    case "failed":
    case "cancelled":
      return EXIT.error;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Asks whether to apply the plan that was just shown; see {@link confirm}. */
function confirmApply(): Promise<boolean> {
  return confirm({ question: "Apply this plan?", unasked: "--auto-approve", nothing: "Nothing was changed." });
}
