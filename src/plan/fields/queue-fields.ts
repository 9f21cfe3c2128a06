import { normaliseAcceleratorSelector } from "../../model/objects/accelerator.ts";
import type { Capabilities, LiveQueue } from "../../model/objects/live.ts";
import { equalQuantities } from "../../model/objects/quantity.ts";
import { LIMITS, type Limit, QUEUE_LIMITS, type QueueLimits } from "../../model/objects/queue-limits.ts";
import { sortSelector } from "../../model/objects/selector.ts";
import type { QueueFields, QueueSpec } from "../../model/objects/spec.ts";

/** The limits a generation knows, in the order in which they are shown. */
export function limitFields(capabilities: Capabilities): readonly Limit[] {
  return LIMITS.filter((limit) => {
    const { needs } = QUEUE_LIMITS[limit];
    return needs === null || capabilities[needs];
  });
}

/**
 * The limits of a wanted or live queue as shown and compared: only what the generation knows, in one order. Pass the fields
 * that count to leave the others out.
 */
export function pickLimits(limits: Partial<QueueLimits>, fields: readonly Limit[]): Partial<QueueLimits> {
  const known = fields.filter((field) => limits[field] !== undefined);
  return Object.fromEntries(known.map((field) => [field, limits[field]]));
}

/** All limits that a generation knows of a whole queue, in the same order. */
export function pickKnown(
  limits: QueueLimits,
  capabilities: Capabilities,
): Omit<QueueFields, "cluster_pool" | "clusters"> {
  const known = limitFields(capabilities).map((limit) => [limit, limits[limit]]);
  return Object.fromEntries(known);
}

/**
 * The wanted limits with live spellings where they mean the same: equal Kubernetes quantities (`1000m` is `1`), accelerators
 * by their canonical names, and the scheduling that the server leaves unspecified in queues it made itself, unless the manifest asks for one by name.
 */
export function likeLive<T extends Partial<QueueLimits>>(wanted: T, live: QueueLimits, declared: readonly string[]): T {
  const spelled: { -readonly [K in keyof QueueLimits]?: QueueLimits[K] } & T = { ...wanted };
  if (live.scheduling === "unspecified" && wanted.scheduling !== undefined && !declared.includes("scheduling")) {
    spelled.scheduling = live.scheduling;
  }
  if (hasEntries(wanted.max_resources)) {
    spelled.max_resources = Object.fromEntries(
      Object.entries(wanted.max_resources).map(([name, quantity]) => {
        const current = live.max_resources[name];
        return [name, current !== undefined && equalQuantities(quantity, current) ? current : quantity];
      }),
    );
  }
  return spellAccelerators(spelled);
}

/** The limits with accelerators by their canonical names, as they are read back. */
export function spellAccelerators<T extends Partial<QueueLimits>>(limits: T): T {
  if (!hasEntries(limits.max_accelerators)) return limits;
  const entries = Object.entries(limits.max_accelerators);
  const max_accelerators = Object.fromEntries(
    entries.map(([selector, count]) => [normaliseAcceleratorSelector(selector) ?? selector, count]),
  );
  return { ...limits, max_accelerators };
}

function hasEntries<T extends object>(map: T | undefined): map is T {
  return map !== undefined && Object.keys(map).length > 0;
}

/** A queue's managed fields, with its state where the generation has states. */
export type QueueView = QueueFields & { readonly state?: ReturnType<typeof settledState> };

/** A live queue's managed fields under manifest names. */
export function liveQueueFields(queue: LiveQueue, capabilities: Capabilities): QueueView {
  return {
    cluster_pool: queue.spec.cluster_pool,
    clusters: sortSelector(queue.spec.clusters),
    ...pickKnown(queue.spec, capabilities),
    ...(capabilities.queue_state ? { state: settledState(queue.state) } : {}),
  };
}

/** The state a life cycle is heading for: draining counts as drained, deleting as deleted. */
export function settledState(state: LiveQueue["state"]): "active" | "drained" | "deleted" {
  if (state === "active") return "active";
  return state === "draining" || state === "drained" ? "drained" : "deleted";
}

/** What is sent to make a queue: everything the generation takes, with the one fairness that 2026-11 accepts. */
export function completeSpec(spec: QueueSpec, capabilities: Capabilities): QueueFields {
  return {
    cluster_pool: spec.cluster_pool,
    clusters: sortSelector(spec.clusters),
    ...pickKnown(spec, capabilities),
  };
}
