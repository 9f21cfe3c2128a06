import { fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { DEFAULT_QUEUE_KEY } from "../../model/objects/settings.ts";
import { StatusSchema } from "../../systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import type { FaultQueue } from "../faults/inject-faults.ts";
import type { FlyteadminModel } from "../flyteadmin/create-flyteadmin-model.ts";
import { amendReport } from "../model/build-report.ts";
import type { Model } from "../model/create-model.ts";
import type { Change, ClusterRecord, State } from "../state/state.ts";
import { workKey } from "../state/work-in-flight.ts";
import { configId } from "../wire/cluster-wire.ts";
import {
  AdminRequestError,
  type AdminRequests,
  checkAdminRequest,
  type InFlightRequest,
  isAdminPath,
  isFlyteadminMutation,
  type ReportRequest,
  type SettingsRequest,
} from "./admin-requests.ts";
import { mutateFlyteadmin } from "./mutate-flyteadmin.ts";
import { mutateRecord } from "./mutate-record.ts";
import { mutateSettings } from "./mutate-settings.ts";
import { showFlyteadmin } from "./show-flyteadmin.ts";
import { showState } from "./show-state.ts";

/** An answer of the admin interface: an HTTP status and a JSON body. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Answers one request to the admin interface. An invalid request throws an AdminRequestError and changes nothing. */
export function answerAdmin(
  model: Model,
  flyteadmin: FlyteadminModel,
  faults: FaultQueue,
  method: string,
  path: string,
  body: unknown,
): AdminAnswer {
  model.settle();
  if (method === "GET" || method === "DELETE") {
    return answerRead(model, flyteadmin, faults, `${method} ${path}`);
  }
  if (method !== "POST" || !isAdminPath(path)) {
    return notFound(`${method} ${path}`);
  }
  if (path === "/mutate") {
    return mutate(model, flyteadmin, checkAdminRequest(path, body));
  }
  const changes = changesFor(model, faults, path, body);
  model.commit(changes);
  return changed(changes);
}

function mutate(model: Model, flyteadmin: FlyteadminModel, request: AdminRequests["/mutate"]): AdminAnswer {
  if (isFlyteadminMutation(request)) {
    const changes = mutateFlyteadmin(flyteadmin.state, request, flyteadmin.now());
    flyteadmin.commit(changes);
    return changed(changes);
  }
  const { kind } = request;
  const changes =
    kind === "settings"
      ? mutateSettings(model.state, request)
      : mutateRecord(model.state, { ...request, kind }, model.now());
  model.commit(changes);
  return changed(changes);
}

function changed(changes: readonly { readonly table: string; readonly key: string }[]): AdminAnswer {
  return { status: 200, body: { changed: changes.map(({ table, key }) => ({ table, key })) } };
}

function answerRead(model: Model, flyteadmin: FlyteadminModel, faults: FaultQueue, request: string): AdminAnswer {
  switch (request) {
    case "GET /state":
      return { status: 200, body: { ...showState(model.state), flyteadmin: showFlyteadmin(flyteadmin.state) } };
    case "GET /journal":
      return { status: 200, body: model.journal };
    case "DELETE /faults":
      faults.clear();
      return { status: 200, body: { faults: [] } };
    case "GET /faults":
      return { status: 200, body: { faults: faults.list(), held: faults.held() } };
    default:
      return notFound(request);
  }
}

function notFound(request: string): AdminAnswer {
  const known =
    "GET /state, /journal, /faults; DELETE /faults; POST /inflight, /report, /faults, /release, /mutate, /metrics, /apps, /settings";
  return { status: 404, body: { error: `${request} is not known; there is ${known}` } };
}

function changesFor(
  model: Model,
  faults: FaultQueue,
  path: Exclude<keyof AdminRequests, "/mutate">,
  body: unknown,
): readonly Change[] {
  const { state } = model;
  switch (path) {
    case "/inflight":
      return setWork(state, checkAdminRequest(path, body), model.now());
    case "/report":
      return setReport(state, checkAdminRequest(path, body), model.now());
    case "/faults":
      faults.add(checkAdminRequest(path, body));
      return [];
    case "/release":
      faults.release(checkAdminRequest(path, body).hold);
      return [];
    case "/metrics":
      model.holdMetrics(checkAdminRequest(path, body).held);
      return [];
    case "/apps": {
      const { cluster, apps } = checkAdminRequest(path, body);
      return [writeCluster({ ...requireCluster(state, cluster), apps })];
    }
    case "/settings":
      return setDefaultQueue(state, checkAdminRequest(path, body));
  }
}

function setWork(state: State, request: InFlightRequest, now: number): readonly Change[] {
  const { queue, cluster = null, runs = 0, actions = 0, depth = 0 } = request;
  if (!state.queue.rows.has(queue)) {
    throw new AdminRequestError(`queue "${queue}" does not exist`);
  }
  const work = { runs, actions, depth };
  const record = { queue, cluster, ...work, peak: work, since: now };
  return [{ table: "work", key: workKey(record), record: runs + actions + depth === 0 ? null : record }];
}

/** Applies an operator's report; the simulated operator continues to declare it. */
function setReport(state: State, request: ReportRequest, now: number): readonly Change[] {
  const cluster = requireCluster(state, request.cluster);
  const data = toWireNames(request.operator_cluster_data);
  const status = amendReport(cluster.status, { data, capacity: toCapacity(request.capacity) });
  const config = state.pool.rows.get(cluster.pool)?.config;
  const synced = config === undefined ? {} : { synced_config: { config_id: configId(config) } };
  const record = { ...cluster, status: { ...synced, ...status }, updated_at: now };
  try {
    fromJson(StatusSchema, record.status);
  } catch (cause) {
    throw new AdminRequestError(`the report does not fit the wire: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  const operator = { cluster: cluster.name, pool: cluster.pool, status: record.status, heartbeat_at: now };
  return [writeCluster(record), { table: "operator", key: cluster.name, record: operator }];
}

/** Accepts `object_store_ref` and short secret store types, as in manifests, besides the wire's own names. */
function toWireNames(data: JsonValue | undefined): JsonValue | undefined {
  if (!isObject(data)) {
    return data;
  }
  const { object_store_ref, secret_store, ...rest } = data;
  const type = isObject(secret_store) && typeof secret_store.type === "string" ? secret_store.type : undefined;
  const prefixed = type === undefined || type.startsWith("SECRET_STORE_TYPE_") ? type : `SECRET_STORE_TYPE_${type}`;
  return {
    ...rest,
    ...(object_store_ref === undefined ? {} : { metadata_object_store_ref: object_store_ref }),
    ...(isObject(secret_store)
      ? { secret_store: { ...secret_store, ...(prefixed === undefined ? {} : { type: prefixed }) } }
      : {}),
  };
}

/** Accepts `cpu`, `memory_mb` and `gpu` besides the wire's own names. */
function toCapacity(capacity: JsonValue | undefined): JsonValue | undefined {
  if (!isObject(capacity)) {
    return capacity;
  }
  const { cpu, memory_mb, gpu, ...rest } = capacity;
  const named = { cpu_unscaled: cpu, memory_mega: memory_mb, gpu_unscaled: gpu };
  const given = Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { ...rest, ...Object.fromEntries(given) };
}

function setDefaultQueue(state: State, { scope, default_queue }: SettingsRequest): readonly Change[] {
  const op = state.setting.rows.has(scope) ? "set" : "create";
  const path = DEFAULT_QUEUE_KEY;
  return mutateSettings(state, { op, kind: "settings", name: scope, path, value: default_queue });
}

function requireCluster(state: State, name: string): ClusterRecord {
  const cluster = state.cluster.rows.get(name);
  if (cluster === undefined) {
    throw new AdminRequestError(`cluster "${name}" does not exist`);
  }
  return cluster;
}

function writeCluster(record: ClusterRecord): Change {
  return { table: "cluster", key: record.name, record };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
