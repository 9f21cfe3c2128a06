import { isEmptyPlan } from "../../model/plan/plan.ts";
import { planLive } from "../../reconcile/make-plan.ts";
import { openMemory } from "../../reconcile/open-memory.ts";
import { sealTarget } from "../../reconcile/seal-target.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { shown } from "../../report/text/shown-text.ts";
import type { OutputFormat } from "../options/option-tables.ts";
import { type PlanFlags, readPlanOptions } from "../options/plan-options.ts";
import { EXIT } from "../output/exit-codes.ts";
import { formatApplyCommand } from "../output/format-apply-command.ts";
import { printPlan } from "../output/print-plan.ts";
import { say, showNote } from "../output/show-result.ts";
import { writeResult } from "../output/write-result.ts";
import { findPlanKey, type PlanKeyFlags } from "../saved-plan/find-plan-key.ts";
import { formatSavedPlan } from "../saved-plan/format-plan.ts";
import { findSigningKey, keepInputs, leavesOut, selectWrites } from "../saved-plan/keep-inputs.ts";
import { findReferences, type ReferenceFlags } from "../targets/find-references.ts";
import { findOrg, readScopes, sealing, type TargetOptions, withTarget } from "../targets/open-target.ts";
import { readDesired } from "../targets/read-desired.ts";

/** Options of `poolkeeper plan`. */
export interface PlanCommandOptions extends TargetOptions, PlanFlags, PlanKeyFlags, ReferenceFlags {
  readonly dir: string;
  readonly format: OutputFormat;
  readonly colour: boolean;
  /** File that the plan is saved in. */
  readonly out?: string | undefined;
  /** Exit 2 when there are changes. */
  readonly detailedExitcode: boolean;
}

/** Plans a folder against the live control plane, shows the plan, and writes nothing but the file that was asked for. */
export async function runPlan(options: PlanCommandOptions): Promise<number> {
  const planOptions = readPlanOptions(options);
  const key = findPlanKey(options, process.env);
  const references = findReferences(options, process.env);
  const paint = choosePaint(options.colour && process.stderr.isTTY === true);
  const loaded = await readDesired(options.dir, {
    org: findOrg(options),
    json: options.format === "json",
    paint,
    references,
  });
  if (loaded === null) return EXIT.invalid;
  const scopes = readScopes(options.scope);
  const { plan, inputs, signing } = await withTarget(options, async (open) => {
    const memory = await openMemory(options.store, open.ledger, { env: process.env, say });
    try {
      const hasStore = options.store !== undefined;
      const vaultKey = hasStore ? memory.vaultKey : (key?.sealingKey ?? memory.vaultKey);
      const sealed = sealing(loaded.desired, { ...memory, vaultKey }, options);
      const { target, desired } = sealTarget(open, sealed);
      const { readers } = target;
      const made = await planLive({ desired, readers, scopes, memory, options: planOptions, revision: null });
      const written = hasStore ? selectWrites(memory.lastWrites, made.plan) : undefined;
      const kept = keepInputs(loaded, { sealing: sealed, scopes, read: made.read, written, key });
      return { ...made, inputs: kept, signing: findSigningKey(key, hasStore ? memory : null) };
    } finally {
      await memory.close();
    }
  });
  if (options.out !== undefined) {
    writeResult(options.out, formatSavedPlan(plan, inputs, signing), "The plan");
  }
  printPlan(plan, options.format, options.colour, key);
  if ((options.format === "text" || options.format === "concise") && !isEmptyPlan(plan) && plan.applyable) {
    const next =
      options.out === undefined
        ? `${formatApplyCommand(options.dir, {})}, with the same options`
        : formatApplyCommand(options.out, { ...options, ...(leavesOut(inputs) && { manifests: options.dir }) });
    showNote(shown`\nTo apply it: ${next}\n`);
  }
  if (!plan.applyable) return EXIT.blocked;
  return options.detailedExitcode && !isEmptyPlan(plan) ? EXIT.changes : EXIT.ok;
}
