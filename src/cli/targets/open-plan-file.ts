import packageJson from "../../../package.json" with { type: "json" };
import { OperationalError } from "../../model/errors/operational-error.ts";
import { listReferences } from "../../model/objects/list-references.ts";
import { isEmptyPlan } from "../../model/plan/plan.ts";
import { comparePlans, type PlanDifference, type PlannedFrom } from "../../plan/compare/compare-plans.ts";
import { planLive } from "../../reconcile/make-plan.ts";
import { sealTarget } from "../../reconcile/seal-target.ts";
import { StalePlanError } from "../../reconcile/stale-plan-error.ts";
import { describePlanDifferences } from "../../report/plan/describe-plan-differences.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { describeSealing } from "../../sealing/describe-sealing.ts";
import { refuseImpossible, shapingFlags, usage } from "../options/plan-options.ts";
import { findPlanKey } from "../saved-plan/find-plan-key.ts";
import {
  completeManifests,
  findSealingKey,
  refuseOlder,
  refuseOtherManifests,
  refuseUnsigned,
} from "../saved-plan/keep-inputs.ts";
import { readPlanFile } from "../saved-plan/read-plan-file.ts";
import type { PlanFile } from "../saved-plan/saved-plan.ts";
import type { Applicable } from "./applicable.ts";
import type { ApplyCommandOptions } from "./apply-options.ts";
import { findReferences } from "./find-references.ts";
import { sealing } from "./open-target.ts";
import { readDesired, readKept } from "./read-desired.ts";
import { settleTarget } from "./settle-target.ts";

/**
 * What `apply` makes of a plan file: its inputs are planned as a folder is, and the result has to be the plan in the file. Nothing else
 * of the file counts. `invalid`: its manifests are, and what is wrong has been printed; `refused`: its target was not confirmed.
 */
export async function openPlanFile(options: ApplyCommandOptions): Promise<Applicable | "invalid" | "refused"> {
  const given = shapingFlags(options);
  if (given.length > 0) throw usage(`${given.join(", ")}: fixed by the saved plan. Plan again to change it.`);
  const key = findPlanKey(options, process.env);
  const saved = readPlanFile(options.path, key);
  const { plan, inputs } = saved;
  if (inputs === null) throw notSaved(options.path);
  refuseImpossible(plan.options);
  const { manifests: folder, path } = options;
  const documents = completeManifests(inputs, { path, key, folder });
  const settled = await settleTarget(plan, options);
  if (settled === null) return "refused";
  const paint = choosePaint(options.colour && process.stderr.isTTY === true);
  const org = plan.target.org === "" ? null : plan.target.org;
  const how = { org, json: options.json, paint, references: findReferences(options, process.env) };
  const loaded = documents === null ? await readDesired(folder ?? "", how) : readKept(documents, how);
  if (loaded === null) return "invalid";
  const refers = loaded.desired.settings.some(({ values }) => listReferences(values).length > 0);
  return {
    options: settled,
    seal: (open, { vaultKey, ...known }) => {
      const hasStore = plan.options.store !== null;
      if (hasStore) refuseUnsigned(options.path, saved, { vaultKey });
      const own = !hasStore ? findSealingKey(inputs, key) : null;
      const sensitive = [...new Set([...inputs.sensitive, ...(options.sensitive ?? [])])];
      const sealed = sealing(loaded.desired, { vaultKey: own ?? vaultKey, ...known }, { sensitive });
      if (folder !== undefined) refuseOtherManifests(inputs, loaded, { sealing: sealed, folder });
      const { target, desired } = sealTarget(open, sealed);
      const { readers } = target;
      const { scopes } = inputs;
      const { options: planOptions } = plan;
      return {
        target,
        sealing: describeSealing({ ...sealed, desired: [loaded.desired] }),
        plan: async (memory) => {
          const computed = await planLive({ desired, readers, scopes, memory, options: planOptions, revision: null });
          const isOurs = hasStore || saved.authenticated;
          refuseOther(options.path, saved, { plan, read: inputs.read, refers, isOurs }, computed);
          refuseOlder(options.path, inputs, computed.plan, memory.lastWrites);
          return computed.plan;
        },
      };
    },
  };
}

/** The plan of a file. `refers`: whether its manifests hold references, which were resolved again. */
interface SavedPlan extends PlannedFrom {
  readonly refers: boolean;
  /** Whether a key says that we wrote it. Otherwise its own word for what is sensitive counts for nothing. */
  readonly isOurs: boolean;
}

/** Throws a StalePlanError that says in what the computed plan differs from the file's. */
function refuseOther(path: string, { made_by }: PlanFile, saved: SavedPlan, computed: PlannedFrom): void {
  const differences = comparePlans(saved, computed);
  if (differences.length === 0) return;
  const done = isEmptyPlan(computed.plan) ? differences.filter(isUnneeded) : [];
  const lines = describePlanDifferences(done.length > 0 ? done : differences, { isTrusted: saved.isOurs });
  const reason = done.length > 0 ? ALL_DONE : explainDifferences(differences, saved, made_by);
  throw new StalePlanError([`The plan in ${path} is stale: ${reason}`, ...lines].join("\n  "));
}

const ALL_DONE = "nothing is left to change: it was applied already, or others made its changes.";

/** A change of the file's that is not needed now. */
function isUnneeded({ part, path, now }: PlanDifference): boolean {
  return part === "changes" && path === "" && now === undefined;
}

function explainDifferences(differences: readonly PlanDifference[], saved: SavedPlan, madeBy: string | null): string {
  const reason = differences.some(({ of }) => of === "live")
    ? "its inputs have changed"
    : `${explainPart(differences, saved)}${explainVersion(madeBy)}`;
  return `${reason}. Plan again.`;
}

/** Nothing live differs: the file was altered, or what the store remembers, or a reference stands for, is not what it was. */
function explainPart(differences: readonly PlanDifference[], { plan: { options }, refers }: SavedPlan): string {
  const parts = ["steps", "changes", "checks", "ownership", "routing"];
  const part = parts.find((name) => differences.some((difference) => difference.part === name)) ?? "contents";
  const store = options.store === null ? "" : ", or the store has changed";
  const references = refers ? ", or the value of a reference has changed" : "";
  return `the file's own ${part} do not follow from its manifests${store}${references}`;
}

function explainVersion(made_by: string | null): string {
  return made_by === packageJson.version
    ? ""
    : ` (it was made by poolkeeper ${made_by}, and this is ${packageJson.version})`;
}

function notSaved(path: string): OperationalError {
  const message = `${path} is the output of plan --json: it can be shown, not applied. Save a plan with poolkeeper plan DIR --out FILE.`;
  return new OperationalError("not_a_plan", message, { next: "stop" });
}
