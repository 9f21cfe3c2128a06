import type { JsonObject } from "../../model/json/json.ts";
import type { RowKey } from "../../model/objects/attributes.ts";
import { classifyChanges } from "../../model/plan/classify-changes.ts";
import { type Action, type Change, PLAN_FORMAT, type Plan } from "../../model/plan/plan.ts";
import { PHASES, type Phase, type Step } from "../../model/plan/step.ts";
import type { Review } from "../../model/reviews/review.ts";
import { dropPlan } from "./drop-plan.ts";
import type { WrittenReview } from "./stored-plan-shape.ts";

/** The format before, of which plans are upgraded. */
export const FORMER_FORMAT = "2.1";

/** A plan as releases before kept it: with a list of actions, and each step's phase in its id alone. */
export interface FormerPlan extends Omit<Plan, "format_version" | "changes" | "steps" | "effects"> {
  readonly format_version: typeof FORMER_FORMAT;
  readonly changes: readonly (Omit<Change, "action" | "action_reason"> & {
    readonly actions: readonly string[];
    readonly action_reason: string;
  })[];
  readonly steps: readonly FormerStep[];
}

/** What it sets, and what it waits for, is as the release wrote it. */
interface FormerStep extends Omit<Step, "phase" | "set" | "until"> {
  readonly set: JsonObject | null;
  readonly until: string | null;
}

/** A plan as the store has it, of any release: its format says what may be read of it. */
export type StoredPlan = Plan | FormerPlan | { readonly format_version?: "" };

/**
 * A stored plan in the current format: approvals are compared with it, for any release that wrote it. Null where its format is another one than
 * this release reads: what it shows, and what its approval allowed, is not known then.
 */
export function upgradePlan(stored: StoredPlan): Plan | null {
  if (stored.format_version === PLAN_FORMAT) return stored;
  return stored.format_version === FORMER_FORMAT ? upgradeFormer(stored) : null;
}

function upgradeFormer(stored: FormerPlan): Plan {
  const changes = stored.changes.map(
    ({ actions, action_reason, ...change }): Change => ({
      ...change,
      action: readAction(actions, action_reason),
      action_reason: REASONS.get(action_reason) ?? "differs",
    }),
  );
  const isBack = new Set(
    changes.filter(({ action_reason }) => action_reason === "displaced").map(({ address }) => address),
  );
  const steps = stored.steps.map((step) => {
    const phase = readPhase(step) ?? (isBack.has(step.address) && step.op === "create" ? "put-back" : null);
    // What it sets has not changed with the format, but for rows that the first releases named by their scopes alone.
    return { ...step, set: nameRows(step.set), phase } as Step;
  });
  return { ...stored, format_version: PLAN_FORMAT, changes, steps, effects: classifyChanges({ changes, steps }) };
}

/** The same for the plan of a request's review; where it can't be read, the review has none. */
export function upgradeReview(written: WrittenReview | null): Review | null {
  if (written === null) return null;
  const { verdict, ...rest } = written;
  if (verdict.kind !== "planned") return { ...rest, verdict };
  const plan = upgradePlan(verdict.plan);
  return plan === null ? dropPlan(rest, "unknown_format") : { ...rest, verdict: { ...verdict, plan } };
}

/**
 * The phase that a step's id ends with, as releases before had it there alone; null: none. Without a phase an id may end with the name of its
 * object, and the last part of that may be any word.
 */
export function readPhase({ id, physical_name }: Pick<Step, "id" | "physical_name">): Phase | null {
  if (id.endsWith(`.${physical_name}`)) return null;
  const last = id.slice(id.lastIndexOf("/") + 1);
  return PHASES.find((phase) => phase === last) ?? null;
}

function nameRows(set: JsonObject | null): JsonObject | null {
  if (set === null || !Array.isArray(set.loses)) return set;
  const loses = set.loses as readonly (RowKey | string)[];
  return { ...set, loses: loses.map((row) => (typeof row === "string" ? { scope: row, launch_plan: null } : row)) };
}

const REASONS: ReadonlyMap<string, Change["action_reason"]> = new Map([
  ["absent", "absent"],
  ["restore", "deleted_record"],
  ["move", "pool_differs"],
  ["adopt", "not_owned"],
  ["replace_because_cannot_update", "cannot_update"],
  ["replace_by_request", "by_request"],
  ["delete_because_no_manifest", "no_manifest"],
  ["forget", "no_manifest"],
  ["put_back", "displaced"],
  ["take_back", "refused"],
  ["cannot_delete", "cannot_delete"],
]);

function readAction(actions: readonly string[], reason: string): Action {
  if (actions.length === 2) return "replace";
  switch (reason) {
    case "restore":
    case "move":
    case "adopt":
    case "forget":
      return reason;
    case "put_back":
    case "take_back":
      return "put_back";
    case "cannot_delete":
      return "keep";
    default:
      return actions[0] === "create" || actions[0] === "delete" ? actions[0] : "update";
  }
}
