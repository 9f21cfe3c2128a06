import { NOTHING_RECALLED } from "../apply/recall.ts";
import { KIND_DEFINITIONS } from "../kinds/registry.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { JsonObject } from "../model/json/json.ts";
import type { Look } from "../model/ledger/blame.ts";
import type { OwnedObject } from "../model/ledger/ledger.ts";
import { NOTHING_DESIRED } from "../model/objects/desired.ts";
import type { LiveState, Systems } from "../model/objects/live.ts";
import { formatScope, parseSettingsName } from "../model/objects/settings.ts";
import type { PlanOptions } from "../model/plan/plan.ts";
import type { TargetReaders } from "./live/read-target.ts";
import { computeFor } from "./make-plan.ts";

/** Why an object was not looked at, as a sentence. */
export interface Unread {
  readonly unread: string;
}

/**
 * What is live of an object on record: what a plan that removes it would show of it before, as far as it was applied. What it was applied with
 * and such a plan does not show, such as the limits of a cluster's own queue, counts as it was.
 */
export async function lookAt(object: OwnedObject, readers: TargetReaders): Promise<Look | Unread> {
  const at = new Date().toISOString();
  try {
    // Gone is how it would count, in any plan for it.
    const removed: OwnedObject = { ...object, lifecycle: { prevent_destroy: false, on_remove: "delete" } };
    const { live, plan } = await computeFor({
      ...{ desired: NOTHING_DESIRED, readers, scopes: [], revision: null, options: REMOVING },
      memory: { ...NOTHING_RECALLED, ownership: "store", owned: [removed] },
    });
    const unread = explainUnread(object, live);
    if (unread !== null) return { unread };
    const found = plan.body.changes.find(({ address }) => address === object.address)?.before ?? null;
    return { at, run_id: "", live: found && keepApplied(found, (object.applied ?? {}) as JsonObject) };
  } catch (error) {
    if (error instanceof OperationalError) return { unread: error.message };
    throw error;
  }
}

const REMOVING: PlanOptions = {
  ...{ prune: "owned", on_pool_change: "auto", target: [], exclude: [], replace: [], allow: [], store: null },
};

/** Of what is live the fields that were applied, and what nothing is known of as it was applied. */
function keepApplied(live: JsonObject, applied: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(applied).map(([key, value]) => [key, Object.hasOwn(live, key) ? (live[key] ?? null) : value]),
  );
}

function explainUnread({ kind, name }: OwnedObject, { systems, unreadable_scopes }: LiveState): string | null {
  const { system } = KIND_DEFINITIONS[kind];
  // What a map has registered are clusters.
  if (system === null) return "its registrations are clusters, which are separate objects.";
  const isRefused =
    kind === "settings" && unreadable_scopes.map(formatScope).includes(formatScope(parseSettingsName(name)));
  if (systems[system] === "unreadable" || isRefused) return "permission denied.";
  return systems[system] === "absent" ? ABSENT[system] : null;
}

const ABSENT: Readonly<Record<keyof Systems, string>> = {
  union: "no control plane is set (--endpoint).",
  settings: "the control plane has no settings, or none is set.",
  flyteadmin: "no flyteadmin is set (--flyteadmin-endpoint).",
  delivery: "no place of delivery is set (--deliver).",
};
