import type { DesiredPool } from "../../model/objects/desired.ts";
import { patchFields } from "../../model/objects/limit-maps.ts";
import type { LivePool } from "../../model/objects/live.ts";
import type { PoolConfig } from "../../model/objects/spec.ts";
import { dropAt, leaveAt } from "../../model/plan/field-origins.ts";
import type { PoolAssignment } from "../decide/assign-registrations.ts";
import { type Draft, draftStep, fact } from "../draft/draft-step.ts";
import { recordChange } from "../draft/record-change.ts";
import { dropIgnored, keepIgnored, sameJson } from "../fields/compare-fields.ts";

/** Plans the pools that manifests declare: create, restore, or replace the config. */
export function planPools(assignments: readonly PoolAssignment[], draft: Draft): void {
  for (const assignment of assignments) planPool(assignment, draft);
}

/** A pool's managed fields. */
type PoolFields = { readonly config: PoolConfig };

/** A pool's managed fields under manifest names. */
export function poolFields(pool: DesiredPool | LivePool): PoolFields {
  return { config: normaliseConfig(pool.config) };
}

/** A config with an empty registry as none: the two mean the same. */
function normaliseConfig(config: PoolConfig): PoolConfig {
  const registry = config.image_registry;
  return {
    object_store_ref: { uri: config.object_store_ref.uri, endpoint: config.object_store_ref.endpoint },
    secret_store: { type: config.secret_store.type, locator: config.secret_store.locator },
    image_registry: registry === null || registry.locator === "" ? null : { locator: registry.locator },
  };
}

/** The config that a pool ends up with: ignored fields as they are live. */
export function effectiveConfig({ desired, current }: PoolAssignment): PoolConfig {
  if (current === null) return desired.config;
  const { ignore_changes, left } = desired.lifecycle;
  const live = poolFields(current);
  return leaveAt(keepIgnored(poolFields(desired), live, ignore_changes), live, left).config;
}

function planPool(assignment: PoolAssignment, draft: Draft): void {
  const { desired, physical, current, verb } = assignment;
  const { address } = desired;
  const ignored = desired.lifecycle.ignore_changes;
  const wanted = poolFields(desired);
  const step = { address, kind: "cluster_pool" as const, name: physical, gives: [fact.pool(physical)] };
  draft.reads.add(`cluster_pool.${physical}`);
  if (verb === "create" || current === null) {
    draft.steps.push(draftStep({ ...step, op: "create", set: wanted }));
    recordChange(draft, assignment, { before: null, after: wanted, action: "create", reason: "absent" });
    return;
  }
  const before = poolFields(current);
  const { left } = desired.lifecycle;
  const after = leaveAt(keepIgnored(wanted, before, ignored), before, left);
  const update = { ...step, op: "update" as const, set: dropIgnored(dropAt(wanted, left), ignored) };
  if (verb === "restore") {
    const restore = draftStep({ ...step, op: "undelete" });
    draft.steps.push(restore);
    if (!sameJson(before, after)) draft.steps.push(draftStep({ ...update, follows: [restore.id] }));
    recordChange(draft, assignment, { before: null, after, action: "restore", reason: "deleted_record" });
    return;
  }
  const { config = {} } = dropIgnored(dropAt(patchFields(wanted, before), left), ignored);
  if (!sameJson(before, after)) draft.steps.push(draftStep({ ...update, set: { config } }));
  recordChange(draft, assignment, { before, after, action: "update", reason: "differs" });
}
