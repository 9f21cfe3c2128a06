import type { Json, JsonObject } from "../../model/json/json.ts";
import type { DesiredCluster } from "../../model/objects/desired.ts";
import { patchFields, type QueuePatch } from "../../model/objects/limit-maps.ts";
import type { Capabilities, LiveQueue } from "../../model/objects/live.ts";
import { LIMIT_DEFAULTS, type Limit, type QueueLimits } from "../../model/objects/queue-limits.ts";
import { isSameSelector, sortSelector } from "../../model/objects/selector.ts";
import type { QueueFields } from "../../model/objects/spec.ts";
import { dropAt, leaveAt } from "../../model/plan/field-origins.ts";
import { changedKeys, dropIgnored, keepIgnored, sameJson } from "../fields/compare-fields.ts";
import { likeLive, limitFields, pickLimits } from "../fields/queue-fields.ts";

/** What a cluster wants of its co-named queue, beside what is there. */
export interface CoNamedQueue {
  /** The fields shown before and after; empty when the queue is as it should be and nothing was asked of it. */
  readonly before: QueueView;
  readonly after: QueueView;
  /** What to write; null when nothing differs. */
  readonly set: QueuePatch | null;
  /** The queue alone has to be activated. */
  readonly activate: boolean;
}

/** What is shown of a co-named queue: its limits, and its selector and state where they are not as they should be. */
export type QueueView = Partial<QueueFields> & { readonly state?: "active" | "drained" };

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
  const asked = pickLimits(wanted, limitFields(capabilities));
  if (live === undefined)
    return { before: {}, after: asked, set: Object.keys(asked).length === 0 ? null : asked, activate: false };
  const ignored = desired.lifecycle.ignore_changes.flatMap((path) =>
    path === "queue" ? Object.keys(asked) : path.startsWith("queue.") ? [path.slice("queue.".length)] : [],
  );
  const managed = Object.fromEntries(Object.entries(asked).filter(([key]) => !ignored.includes(key)));
  const isOther = !capabilities.co_named_managed && !isSameSelector([name], live.spec.clusters);
  const before: QueueView = {
    ...pickLimits(live.spec, Object.keys(managed) as Limit[]),
    ...(isOther && { clusters: sortSelector(live.spec.clusters) }),
  };
  const left = (desired.lifecycle.left ?? []).flatMap(([key, ...path]) => (key === "queue" ? [path] : []));
  const kept = keepIgnored<QueueView>({ ...managed, ...(isOther && { clusters: [name] }) }, before, ignored);
  const after = leaveAt(kept, before, left);
  const isDifferent = changedKeys(after, before).length > 0;
  const set = isDifferent ? dropIgnored(dropAt(patchFields(after, before), left), ignored) : null;
  const isOut = live.state === "draining" || live.state === "drained";
  const activate = active && isOut && !left.some(([key]) => key === "state");
  const [was, becomes] = activate ? [{ state: "drained" } as const, { state: "active" } as const] : [];
  return { before: { ...before, ...was }, after: { ...after, ...becomes }, set, activate };
}

/** The limits of a queue that is left behind which a person must have set: those that are no defaults. */
export function carriedLimits(queue: LiveQueue | undefined, capabilities: Capabilities): Partial<QueueLimits> {
  if (queue === undefined) return {};
  const defaults: JsonObject = LIMIT_DEFAULTS;
  const limits = pickLimits(queue.spec, limitFields(capabilities));
  const isSet = ([key, value]: [string, Json]) => !sameJson(value, defaults[key]) && value !== "unspecified";
  return Object.fromEntries(Object.entries<Json>(limits).filter(isSet));
}
