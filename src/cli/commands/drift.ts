import type { Plan } from "../../model/plan/plan.ts";
import { makePlan } from "../../reconcile/make-plan.ts";
import { openMemory } from "../../reconcile/open-memory.ts";
import { sealTarget } from "../../reconcile/seal-target.ts";
import { renderDriftText } from "../../report/plan/render-drift-text.ts";
import { listIncomparable, sortDrift } from "../../report/plan/sort-drift.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { type PlanFlags, readPlanOptions } from "../options/plan-options.ts";
import { EXIT } from "../output/exit-codes.ts";
import { say, showDocument, showResult } from "../output/show-result.ts";
import { findReferences, type ReferenceFlags } from "../targets/find-references.ts";
import { findOrg, readScopes, sealing, type TargetOptions, withTarget } from "../targets/open-target.ts";
import { readDesired } from "../targets/read-desired.ts";

/** Options of `poolkeeper drift`. */
export interface DriftOptions extends TargetOptions, ReferenceFlags, Pick<PlanFlags, "store" | "target" | "exclude"> {
  readonly dir: string;
  readonly json: boolean;
  readonly colour: boolean;
}

/**
 * Compares a folder with the live state and writes nothing. With a store, which remembers what was applied, changes of commits not applied
 * yet are shown separately; without one, every difference counts as drift. Exit code 0 without drift, 2 with it, 3 for an invalid folder, 1
 * where no drift was found but not everything could be compared.
 */
export async function runDrift({ dir, json, colour, ...options }: DriftOptions): Promise<number> {
  const planOptions = readPlanOptions(options);
  const references = findReferences(options, process.env);
  const paint = choosePaint(colour && process.stderr.isTTY === true);
  const loaded = await readDesired(dir, { org: findOrg(options), json, paint, references });
  if (loaded === null) return EXIT.invalid;
  const scopes = readScopes(options.scope);
  const plan = await withTarget(options, async (open) => {
    const memory = await openMemory(options.store, open.ledger, { env: process.env, say });
    try {
      const { target, desired } = sealTarget(open, sealing(loaded.desired, memory, options));
      const { readers } = target;
      return await makePlan({ desired, readers, scopes, memory, options: planOptions, revision: null });
    } finally {
      await memory.close();
    }
  });
  if (json) showDocument(`${JSON.stringify(describeDrift(plan), undefined, 2)}\n`);
  else showResult(renderDriftText(plan, choosePaint(colour)));
  if (sortDrift(plan).drifted.length > 0) return EXIT.changes;
  return listIncomparable(plan).length > 0 ? EXIT.error : EXIT.ok;
}

/** The document of `drift --json`: the plan's changes that are none of adoption, drift and what is not applied yet alike. */
function describeDrift(plan: Plan) {
  const { drifted, pending } = sortDrift(plan);
  const differing = new Set([...drifted, ...pending]);
  return {
    format_version: "1.0",
    target: plan.target,
    drift: drifted.length > 0,
    summary: { drifted: drifted.length, pending: pending.length },
    changes: plan.changes.filter((change) => differing.has(change)),
    not_compared: listIncomparable(plan),
    unmanaged: plan.unmanaged,
  };
}
