import type { JsonObject } from "../../model/json/json.ts";
import type { DesiredPlaced, DesiredResource } from "../../model/objects/desired.ts";
import type { Action, ActionReason } from "../../model/plan/plan.ts";
import { sameJson } from "../fields/compare-fields.ts";
import { recordManifest } from "../fields/recorded-manifest.ts";
import type { Draft } from "./draft-step.ts";

/** What a planner found out about one declared object. */
export interface Verdict {
  readonly before: JsonObject | null;
  readonly after: JsonObject;
  /** What is on record as applied from then on; left out: the same. */
  readonly applied?: JsonObject;
  readonly action: Action;
  readonly reason: ActionReason;
  readonly replacePaths?: readonly (readonly string[])[];
  readonly previousName?: string;
}

/** What a change in place is: with another pool, a move. */
export function inPlace(verb: "keep" | "move"): Pick<Verdict, "action" | "reason"> {
  return verb === "move" ? { action: "move", reason: "pool_differs" } : { action: "update", reason: "differs" };
}

/** A desired object with its name on the live side, and the registrations that it takes the place of. */
interface Recorded {
  readonly desired: DesiredResource | DesiredPlaced;
  readonly declared?: DesiredResource;
  readonly physical: string;
  readonly predecessors: readonly { readonly name: string }[];
}

/**
 * Notes a declared object's change and what to remember of it. An update whose fields are all the same is no change: so
 * nothing is ever reported without a field to show.
 */
export function recordChange(draft: Draft, assignment: Recorded, verdict: Verdict): void {
  const { desired, physical } = assignment;
  const idle =
    (verdict.action === "update" || verdict.action === "move") && sameJson(verdict.before ?? undefined, verdict.after);
  if (!idle) {
    draft.changes.push({
      address: desired.address,
      physical_name: physical,
      previous_physical_name: verdict.previousName ?? null,
      action: verdict.action,
      before: verdict.before,
      after: verdict.after,
      replace_paths: verdict.replacePaths ?? [],
      action_reason: verdict.reason,
      origin: "unknown",
    });
  }
  if (idle && !draft.claimsUnchanged) return;
  draft.claims.push({
    address: desired.address,
    physical_name: physical,
    previous_names: assignment.predecessors.map((record) => record.name),
    lifecycle: {
      prevent_destroy: desired.lifecycle.prevent_destroy,
      on_remove: desired.lifecycle.on_remove,
    },
    applied: verdict.applied ?? verdict.after,
    manifest: recordManifest(assignment.declared ?? desired),
    renamed_from: desired.previously === null ? null : `${desired.kind}.${desired.previously}`,
  });
}
