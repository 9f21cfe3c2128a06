import { create } from "@bufbuild/protobuf";
import { normaliseAcceleratorSelector } from "../../model/objects/accelerator.ts";
import type { QueuePatch } from "../../model/objects/limit-maps.ts";
import type { InFlight, LiveQueue } from "../../model/objects/live.ts";
import type { Limit } from "../../model/objects/queue-limits.ts";
import type { QueueSpec } from "../../model/objects/spec.ts";
import { decodeAcceleratorSelector, encodeAccelerator } from "./accelerator-codec.ts";
import { decodeLastChange } from "./authorship-codec.ts";
import { createEnumCodec } from "./enum-codec.ts";
import type { AcceleratorCapacity } from "./gen/cloudidl/cluster/cluster_pb.js";
import {
  type Queue,
  type QueueMetrics,
  QueueSpecSchema,
  type QueueSpec as WireSpec,
} from "./gen/cloudidl/queue/queue_pb.js";
import { type Resources_ResourceEntry, Resources_ResourceEntrySchema } from "./gen/flyteidl2/core/core_pb.js";
import { decodeLifecycleState } from "./lifecycle-state-codec.ts";

/** What the generated code calls a field of the wire. */
type WireName<Name extends string> = Name extends `${infer Word}_${infer Rest}`
  ? `${Word}${Capitalize<WireName<Rest>>}`
  : Name;

const PRIORITY = createEnumCodec("priority", { min: 1, medium: 50, max: 100 });
const FAIRNESS = createEnumCodec("fairness", { round_robin: 1, shuffle_interleave: 2 });
const SCHEDULING = createEnumCodec("scheduling", { unspecified: 0, strict_fifo: 1, greedy_capacity: 2 });
const RESOURCE = createEnumCodec("max_resources", { cpu: 1, gpu: 2, memory: 3, storage: 4, ephemeral_storage: 5 });
/** Queues that a server makes itself may leave these two at zero, which no client may send: they mean the default. */
const DEFAULT_PRIORITY = 50;
const DEFAULT_FAIRNESS = 1;

/** A queue as the planner sees it. Quantities are given as the server has them; selectors in their canonical spelling. */
export function decodeQueue(queue: Queue): LiveQueue {
  const name = queue.id?.name ?? "";
  return {
    kind: "queue",
    name,
    spec: decodeQueueSpec(queue.spec ?? create(QueueSpecSchema)),
    state: decodeLifecycleState(`queue "${name}"`, queue.status?.state ?? 0, queue.deletedAt),
    generation: `${queue.status?.stateGeneration ?? 0n}`,
    cluster_managed: queue.status?.clusterManaged ?? false,
    available_clusters: queue.status?.availableClusters.map((cluster) => cluster.name) ?? [],
    ...decodeLastChange(queue.authorship, queue.updatedAt),
  };
}

function decodeQueueSpec(spec: WireSpec): QueueSpec {
  return {
    cluster_pool: spec.clusterPoolName || "default",
    clusters: spec.clusters,
    run_concurrency: spec.runConcurrency,
    action_concurrency: spec.actionConcurrency,
    depth: spec.depth,
    priority: PRIORITY.decode(spec.priority || DEFAULT_PRIORITY),
    fairness: FAIRNESS.decode(spec.fairness || DEFAULT_FAIRNESS),
    scheduling: SCHEDULING.decode(spec.scheduling),
    max_resources: Object.fromEntries(spec.maxResources.map((entry) => [RESOURCE.decode(entry.name), entry.value])),
    max_accelerators: Object.fromEntries(
      spec.maxAccelerators.map((entry) => [decodeAcceleratorSelector(entry.accelerator), Number(entry.count)]),
    ),
  };
}

/** Work in flight as the stream of either generation reports it. */
export function decodeInFlight(metrics: QueueMetrics): InFlight {
  return {
    runs_in_flight: metrics.runsInFlight,
    actions_in_flight: metrics.actionsInFlight,
    current_depth: metrics.currentDepth,
  };
}

/**
 * Puts the fields of `set` onto the wire spec of a fresh read (a new message when there is none): fields and values unknown to
 * us are kept. `max_resources` and `max_accelerators` are patches of their entries: one that `set` leaves out stays as it was read, null
 * takes one out, and one that gets a value keeps what else its message holds. The message given is changed in place.
 */
export function mergeQueueSpec(set: QueuePatch, message = create(QueueSpecSchema)): WireSpec {
  const fields = {
    clusterPoolName: set.cluster_pool,
    clusters: set.clusters && [...set.clusters],
    runConcurrency: set.run_concurrency,
    actionConcurrency: set.action_concurrency,
    depth: set.depth,
    priority: set.priority === undefined ? message.priority || DEFAULT_PRIORITY : PRIORITY.encode(set.priority),
    fairness: set.fairness === undefined ? message.fairness || DEFAULT_FAIRNESS : FAIRNESS.encode(set.fairness),
    scheduling: set.scheduling === undefined ? undefined : SCHEDULING.encode(set.scheduling),
    maxResources: set.max_resources && mergeResources(message.maxResources, set.max_resources),
    maxAccelerators: set.max_accelerators && mergeAccelerators(message.maxAccelerators, set.max_accelerators),
  } satisfies Record<WireName<Limit | "clusters" | "cluster_pool_name">, unknown>;
  return Object.assign(message, Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
}

function mergeResources(
  old: readonly Resources_ResourceEntry[],
  patch: NonNullable<QueuePatch["max_resources"]>,
): Resources_ResourceEntry[] {
  const values = new Map(Object.entries(patch).map(([word, value]) => [RESOURCE.encode(word), value]));
  return mergeEntries(
    old,
    ({ name }) => name,
    values,
    (kept, name, value) => Object.assign(kept ?? create(Resources_ResourceEntrySchema, { name }), { value }),
  );
}

function mergeAccelerators(
  old: readonly AcceleratorCapacity[],
  patch: NonNullable<QueuePatch["max_accelerators"]>,
): AcceleratorCapacity[] {
  const counts = new Map(
    Object.entries(patch).map(([text, count]) => [normaliseAcceleratorSelector(text) ?? text, count]),
  );
  const nameOf = ({ accelerator }: AcceleratorCapacity) => decodeAcceleratorSelector(accelerator);
  return mergeEntries(old, nameOf, counts, (kept, selector, count) =>
    kept === undefined ? encodeAccelerator(selector, count) : Object.assign(kept, { count: BigInt(count) }),
  );
}

/** The entries that were read, in their order, without what a patch takes out, and with what it sets. */
function mergeEntries<Entry, Name, Value>(
  old: readonly Entry[],
  nameOf: (entry: Entry) => Name,
  patch: ReadonlyMap<Name, Value | null>,
  set: (kept: Entry | undefined, name: Name, value: Value) => Entry,
): Entry[] {
  const there = new Set(old.map(nameOf));
  const kept = old.flatMap((entry) => {
    const value = patch.get(nameOf(entry));
    if (value === null) return [];
    return value === undefined ? [entry] : [set(entry, nameOf(entry), value)];
  });
  const added = [...patch].flatMap(([name, value]) =>
    value === null || there.has(name) ? [] : [set(undefined, name, value)],
  );
  return [...kept, ...added];
}
