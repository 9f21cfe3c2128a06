import type { DesiredCluster } from "../model/desired.ts";
import { dropAt, leaveAt } from "../model/field-origins.ts";
import { patchFields } from "../model/limit-maps.ts";
import type { Capabilities, LiveQueue } from "../model/live.ts";
import type { JsonObject } from "../model/plan.ts";
import { isSameSelector, sortSelector } from "../model/selector.ts";
import { QUEUE_DEFAULTS, type QueueLimits } from "../model/spec.ts";
import { changedKeys, dropIgnored, keepIgnored } from "./compare-fields.ts";
import { likeLive, limitFields, pickLimits } from "./queue-fields.ts";

/** What a cluster wants of its co-named queue, beside what is there. */
export interface CoNamedQueue {
  /** The fields shown before and after; empty when the queue is as it should be and nothing was asked of it. */
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** What to write; null when nothing differs. */
  readonly set: JsonObject | null;
  /** The queue alone has to be activated. */
  readonly activate: boolean;
}

interface Situation {
  readonly desired: DesiredCluster;
  /** Physical name of the cluster, and so of its queue. */
  readonly name: string;
  /** The live queue of that name, if any. */
  readonly live: LiveQueue | undefined;
  readonly capabilities: Capabilities;
  /** Limits that a replacement takes along from the queue it leaves behind. */
  readonly carried: Partial<QueueLimits>;
  /** The cluster itself is active and stays so: then its queue has to be active too. */
  readonly active: boolean;
}

/**
 * Compares the co-named queue with what its cluster wants: the limits that the manifest names (others are left as they
 * are), a selector of the cluster itself, and a queue that takes work while the cluster does.
 */
export function compareCoNamedQueue(situation: Situation): CoNamedQueue {
  const { desired, name, live, capabilities, carried, active } = situation;
  const declared = desired.queue ?? {};
  const limits = { ...carried, ...declared };
  const wanted = live === undefined ? limits : likeLive(limits, live.spec, Object.keys(declared));
  const fields = limitFields(capabilities);
  const after: Record<string, JsonObject[string]> = { ...pickLimits(wanted, fields) };
  const before: Record<string, JsonObject[string]> = {};
  if (live === undefined)
    return { before, after, set: Object.keys(after).length === 0 ? null : after, activate: false };
  const ignored = desired.lifecycle.ignore_changes.flatMap((path) =>
    path === "queue" ? Object.keys(after) : path.startsWith("queue.") ? [path.slice("queue.".length)] : [],
  );
  for (const path of ignored) delete after[path];
  Object.assign(before, pickLimits(live.spec, Object.keys(after) as (keyof QueueLimits)[]));
  if (!capabilities.co_named_managed && !isSameSelector([name], live.spec.clusters)) {
    before.clusters = sortSelector(live.spec.clusters);
    after.clusters = [name];
  }
  Object.assign(after, keepIgnored(after, before, ignored));
  const left = (desired.lifecycle.left ?? []).flatMap(([key, ...path]) => (key === "queue" ? [path] : []));
  Object.assign(after, leaveAt(after, before, left));
  for (const key of Object.keys(after)) if (!(key in before) && left.some(([one]) => one === key)) delete after[key];
  const set =
    changedKeys(after, before).length > 0 ? dropIgnored(dropAt(patchFields(after, before), left), ignored) : null;
  const isOut = live.state === "draining" || live.state === "drained";
  const activate = active && isOut && !left.some(([key]) => key === "state");
  if (activate) {
    before.state = "drained";
    after.state = "active";
  }
  return { before, after, set, activate };
}

/** The limits of a queue that is left behind which a person must have set: those that are no defaults. */
export function carriedLimits(queue: LiveQueue | undefined, capabilities: Capabilities): Partial<QueueLimits> {
  if (queue === undefined) return {};
  const defaults: JsonObject = { run_concurrency: 0, action_concurrency: 0, ...QUEUE_DEFAULTS };
  const limits = pickLimits(queue.spec, limitFields(capabilities));
  const kept = changedKeys(limits, defaults).filter((key) => limits[key] !== "unspecified");
  return Object.fromEntries(kept.map((key) => [key, limits[key]])) as Partial<QueueLimits>;
}
