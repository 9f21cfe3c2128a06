import { type JsonObject, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { encodeAccelerator } from "../../systems/control-plane/accelerator-codec.ts";
import { ClusterSchema } from "../../systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolSchema } from "../../systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import { QueueSchema } from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { GPUAcceleratorSchema } from "../../systems/control-plane/gen/flyteidl2/core/core_pb.js";
import { OUTSIDE_USER } from "../state/author.ts";
import type { Change, ClusterRecord, PoolRecord, QueueRecord, State, StoredQueueSpec } from "../state/state.ts";
import { clusterToWire } from "../wire/cluster-wire.ts";
import { poolToWire } from "../wire/pool-wire.ts";
import { queueToWire } from "../wire/queue-wire.ts";
import { sign } from "../wire/sign-decision.ts";
import { AdminRequestError, type MutateRequest } from "./admin-requests.ts";

/** A mutation of a kind whose paths are relative to a record. */
export type RecordRequest = MutateRequest & { readonly kind: keyof typeof TABLES };

const TABLES = { cluster_pool: "pool", cluster: "cluster", queue: "queue" } as const;
const STATES = ["active", "draining", "drained", "deleting", "deleted"];

/** The changes of an out-of-band mutation: no rule of the control plane applies, but the result must be encodable on the wire. */
export function mutateRecord(state: State, request: RecordRequest, now: number): readonly Change[] {
  const { op, kind, name } = request;
  const existing = state[TABLES[kind]].rows.get(name);
  if (op === "create" ? existing !== undefined : existing === undefined) {
    throw new AdminRequestError(`${kind} "${name}" ${op === "create" ? "exists already" : "does not exist"}`);
  }
  if (op === "delete") {
    return [{ table: TABLES[kind], key: name, record: null }];
  }
  const before: JsonObject =
    existing === undefined ? createBlank(kind, name, now) : JSON.parse(JSON.stringify(existing));
  const entries =
    op === "set" ? [[request.path ?? "", request.value ?? null] as const] : Object.entries(request.object ?? {});
  for (const [path, value] of entries) {
    setPath(before, toPath(kind, before, path), toStored(path, value), op === "create");
  }
  const author = request.by === undefined ? OUTSIDE_USER : { kind: "user" as const, name: request.by };
  return [checkFits(state, kind, { ...withConsequences(before, existing, now), ...sign({}, existing, author) }, now)];
}

/** A move restarts the hand-over; a change of state increments the generation, and a delete sets its time. */
function withConsequences(
  record: JsonObject,
  existing: { readonly [key: string]: unknown } | object | undefined,
  now: number,
): JsonObject {
  const old: { readonly state?: unknown; readonly pool?: unknown } = existing ?? {};
  const moved = old.pool !== undefined && old.pool !== record.pool ? { pool_since: now } : {};
  if (record.state !== undefined && !STATES.includes(String(record.state))) {
    throw new AdminRequestError(`state is one of ${STATES.join(", ")}`);
  }
  if (existing === undefined || old.state === record.state) {
    return { ...record, ...moved, updated_at: now };
  }
  const deleted_at = record.state === "deleted" ? now : null;
  return { ...record, ...moved, updated_at: now, deleted_at, generation: Number(record.generation) + 1 };
}

const ALIASES: Readonly<Record<string, string>> = { cluster_pool_name: "cluster_pool", cluster_pool: "cluster_pool" };

function toPath(kind: RecordRequest["kind"], record: JsonObject, path: string): readonly string[] {
  const [first = "", ...rest] = path.split(".");
  if (kind === "cluster" && Object.hasOwn(ALIASES, first)) {
    return ["pool", ...rest];
  }
  if (Object.hasOwn(record, first)) {
    return [first, ...rest];
  }
  return [kind === "queue" ? "spec" : kind === "cluster_pool" ? "config" : "status", ALIASES[first] ?? first, ...rest];
}

/** Accepts `max_accelerators` as in manifests, selector to count, besides the stored form. */
function toStored(path: string, value: JsonValue): JsonValue {
  if (path === "spec" && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toStored(key, part)]));
  }
  if (!path.endsWith("max_accelerators") || !isObject(value)) {
    return value;
  }
  return Object.entries(value).map(([selector, count]) => {
    const { accelerator } = encodeAccelerator(selector, Number(count));
    const json = accelerator && toJson(GPUAcceleratorSchema, accelerator, { useProtoFieldName: true });
    return { accelerator: json ?? {}, count };
  });
}

function setPath(record: JsonObject, path: readonly string[], value: JsonValue, merge: boolean): void {
  const last = path.at(-1);
  let place: JsonObject = record;
  for (const part of path.slice(0, -1)) {
    const next = place[part] ?? {};
    if (typeof next !== "object" || Array.isArray(next)) {
      throw new AdminRequestError(`path "${path.join(".")}" leads through "${part}", which is no object`);
    }
    place[part] = next;
    place = next;
  }
  if (last === undefined || last === "" || path[0] === "name") {
    throw new AdminRequestError("path must name a field of the record other than its name");
  }
  place[last] = merge && isObject(value) && isObject(place[last]) ? { ...place[last], ...value } : value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function createBlank(kind: RecordRequest["kind"], name: string, now: number): JsonObject {
  const times = { created_at: now, updated_at: now, deleted_at: null };
  switch (kind) {
    case "cluster_pool":
      return { name, config: blankConfig(name), ...times };
    case "cluster":
      return { name, pool: "default", pool_since: now, ...ACTIVE, enabled: true, apps: 0, status: null, ...times };
    case "queue":
      return { name, spec: structuredClone(BLANK_SPEC), ...ACTIVE, ...times };
  }
}

const ACTIVE = { state: "active", generation: 1 };
const BLANK_SPEC = {
  run_concurrency: 0,
  action_concurrency: 0,
  depth: 10_000,
  priority: "medium",
  fairness: "round_robin",
  scheduling: "strict_fifo",
  clusters: ["*"],
  cluster_pool: "default",
  max_resources: {},
  max_accelerators: [],
} satisfies StoredQueueSpec;

function blankConfig(name: string): JsonObject {
  return {
    object_store_ref: { uri: `s3://${name}-metadata`, endpoint: "" },
    secret_store: { type: "KUBERNETES", locator: "" },
    image_registry: null,
  };
}

/** Refuses a record that cannot be encoded on the wire, so that no later response fails on it. */
function checkFits(state: State, kind: RecordRequest["kind"], record: JsonObject, now: number): Change {
  try {
    // The type is unchecked here: encoding validates it.
    const unchecked: unknown = record;
    switch (kind) {
      case "cluster_pool":
        toBinary(ClusterPoolSchema, poolToWire(state, unchecked as PoolRecord));
        return { table: "pool", key: String(record.name), record: unchecked as PoolRecord };
      case "cluster":
        toBinary(ClusterSchema, clusterToWire(state, unchecked as ClusterRecord, now));
        return { table: "cluster", key: String(record.name), record: unchecked as ClusterRecord };
      case "queue":
        toBinary(QueueSchema, queueToWire(state, unchecked as QueueRecord));
        return { table: "queue", key: String(record.name), record: unchecked as QueueRecord };
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AdminRequestError(`the value does not fit the record: ${reason}`, { cause });
  }
}
