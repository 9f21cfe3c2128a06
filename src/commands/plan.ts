import { hasErrors, loadDesired } from "../manifest/load-desired.ts";
import type { Desired } from "../model/desired.ts";
import { isEmptyPlan, type Plan } from "../model/plan.ts";
import { choosePaint, type Paint } from "../report/paint.ts";
import { renderDiagnostics } from "../report/render-diagnostics.ts";
import { makePlan } from "../target/make-plan.ts";
import { EXIT } from "./exit-codes.ts";
import { openMemory } from "./open-memory.ts";
import { findOrg, readScopes, type TargetOptions, withTarget } from "./open-target.ts";
import { type PlanFlags, readPlanOptions } from "./plan-options.ts";
import { type OutputFormat, printPlan } from "./print-plan.ts";
import { writeResult } from "./write-result.ts";

/** Options of `poolkeeper plan`. */
export interface PlanCommandOptions extends TargetOptions, PlanFlags {
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
  const paint = choosePaint(options.colour && process.stderr.isTTY === true);
  const desired = await readDesired(options.dir, { org: findOrg(options), json: options.format === "json", paint });
  if (desired === null) return EXIT.invalid;
  const scopes = readScopes(options.scope);
  const plan = await withTarget(options, async ({ endpoint, org, readers }) => {
    const memory = await openMemory(options.store, { endpoint, org }, process.env);
    try {
      return await makePlan({ desired, readers, scopes, memory, options: planOptions, revision: null });
    } finally {
      await memory.close();
    }
  });
  if (options.out !== undefined) savePlan(plan, options.out);
  printPlan(plan, options.format, options.colour);
  if ((options.format === "text" || options.format === "concise") && !isEmptyPlan(plan) && plan.applyable) {
    const next =
      options.out === undefined
        ? `poolkeeper apply ${options.dir}, with the same options`
        : `poolkeeper apply ${options.out}`;
    process.stderr.write(`\nTo carry it out: ${next}\n`);
  }
  if (!plan.applyable) return EXIT.blocked;
  return options.detailedExitcode && !isEmptyPlan(plan) ? EXIT.changes : EXIT.ok;
}

/** How manifests are read and what is wrong with them is shown. */
interface ReadDesiredOptions {
  /** Null where it is not known. */
  readonly org: string | null;
  readonly json: boolean;
  readonly paint: Paint;
}

/** Reads a folder of manifests; null when it is invalid, and then what is wrong has been printed. */
export async function readDesired(dir: string, { org, json, paint }: ReadDesiredOptions): Promise<Desired | null> {
  const { desired, diagnostics } = await loadDesired(dir, org === null ? {} : { org });
  const failed = hasErrors(diagnostics);
  if (failed && json) process.stdout.write(`${JSON.stringify({ diagnostics }, undefined, 2)}\n`);
  // Warnings alone: the plan follows.
  else if (diagnostics.length > 0) process.stderr.write(renderDiagnostics(diagnostics, paint) + (failed ? "" : "\n"));
  return failed ? null : desired;
}

function savePlan(plan: Plan, file: string): void {
  writeResult(file, `${JSON.stringify(plan, undefined, 2)}\n`, "The plan");
}
