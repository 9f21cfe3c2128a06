import type { QueueIdentifier } from "../../systems/control-plane/gen/cloudidl/common/common_pb.js";
import type { QueueService, ResolveQueueRequest } from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { type QueueSpec, QueueState } from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { checkNotDeleted, findLivePool, findQueue } from "../state/find-record.ts";
import { refuse } from "../state/refuse.ts";
import type { QueueRecord, State, StoredQueueSpec } from "../state/state.ts";
import { queueSpecFromWire } from "../wire/queue-spec-wire.ts";
import { lookUpMembers, queueToWire } from "../wire/queue-wire.ts";
import { checkMembers, checkQueueSpec } from "./check-queue-spec.ts";
import { checkNewName, checkOrganization, readName } from "./check-request.ts";
import { listPage } from "./list-page.ts";
import { activateQueue, deleteQueue, drainQueue, undeleteQueue } from "./queue-states.ts";
import type { Rules } from "./rules.ts";
import { readScope } from "./settings-rules.ts";

/** The rules of QueueService, both generations. */
export const queueRules: Rules<typeof QueueService> = {
  createQueue(state, request, now) {
    const name = checkNewName("queue", readName(state, request.id));
    checkScope(request.id, name);
    checkNameFree(state, name);
    const drained = request.state === QueueState.DRAINED;
    if (drained && state.generation === "2026-07") {
      throw refuse("failed_precondition", `queue "${name}" cannot start drained: draining is not yet available`);
    }
    const spec = readSpec(state, requireSpec(request.spec, { pool: "default" }));
    return writeOne(state, {
      name,
      spec,
      state: drained ? "drained" : "active",
      generation: 1,
      created_at: now,
      updated_at: now,
      deleted_at: null,
    });
  },

  updateQueue(state, request, now) {
    const queue = findQueue(state, readName(state, request.id));
    checkNotDeleted("queue", queue, "updated");
    const wanted = requireSpec(request.spec, { pool: undefined });
    checkPoolChange(state, queue, wanted);
    return writeOne(state, { ...queue, spec: readSpec(state, wanted), updated_at: now });
  },

  updateQueueState(state, request, now) {
    const queue = findQueue(state, readName(state, request.id));
    const change = request.state === QueueState.DRAINING ? drainQueue : activateQueue;
    return writeOne(state, change(state, queue, request.expectedStateGeneration, now));
  },

  deleteQueue(state, request, now) {
    const queue = findQueue(state, readName(state, request.id));
    return writeOne(state, deleteQueue(state, queue, request.expectedStateGeneration, now));
  },

  undeleteQueue(state, request, now) {
    return writeOne(state, undeleteQueue(state, findQueue(state, readName(state, request.id)), now));
  },

  getQueue(state, request) {
    return { response: { queue: queueToWire(state, findQueue(state, readName(state, request.id))) } };
  },

  listQueues(state, request) {
    checkOrganization(state, request.organization);
    const { rows, token } = listPage(state, "queue", request.request);
    const available = lookUpMembers(state);
    return { response: { queues: rows.map((record) => queueToWire(state, record, available)), token } };
  },

  resolveQueue(state, request) {
    checkQueueScope(state, request);
    const queue = findQueue(state, request.queueName);
    if (queue.state === "deleted" && !request.includeDeleted) {
      throw refuse("not_found", `queue "${queue.name}" is deleted`);
    }
    return { response: { queue: queueToWire(state, queue) } };
  },
};

/** Checks the scope of a request: queues belong to the organization, so that a queue is the same in every served scope. */
function checkQueueScope(state: State, { queueScope }: ResolveQueueRequest): void {
  if (queueScope.case === "settingKey") {
    readScope(state, queueScope.value);
  } else {
    checkOrganization(state, queueScope.value?.org ?? "");
  }
}

function checkScope(id: QueueIdentifier | undefined, name: string): void {
  if (id !== undefined && (id.domain !== "" || id.project !== "")) {
    throw refuse(
      "invalid_argument",
      `queue "${name}" cannot belong to a domain or project: queues belong to the organization`,
    );
  }
}

function checkNameFree(state: State, name: string): void {
  const existing = state.queue.rows.get(name);
  if (existing?.state === "deleted") {
    throw refuse("already_exists", `queue "${name}" is deleted and keeps its name; undelete it to use the name again`);
  }
  if (existing !== undefined) {
    throw refuse("already_exists", `queue "${name}" exists already`);
  }
  if (state.generation === "2026-11" && state.cluster.rows.has(name)) {
    throw refuse("already_exists", `"${name}" is the name of a cluster, and its queue is the cluster's own`);
  }
}

function requireSpec(spec: QueueSpec | undefined, otherwise: { readonly pool: string | undefined }): QueueSpec {
  const clusterPoolName = spec?.clusterPoolName || otherwise.pool;
  if (spec === undefined || clusterPoolName === undefined) {
    throw refuse("invalid_argument", "the spec must carry cluster_pool_name: an update replaces the whole spec");
  }
  return { ...spec, clusterPoolName };
}

function readSpec(state: State, spec: QueueSpec): StoredQueueSpec {
  checkQueueSpec(state, spec);
  const pool = findLivePool(state, spec.clusterPoolName).name;
  checkMembers(state, pool, spec.clusters);
  return queueSpecFromWire(spec, state.generation);
}

/** A queue's pool is immutable on 2026-07; on 2026-11 it can change while the queue is drained, unless a cluster manages the queue. */
function checkPoolChange(state: State, queue: QueueRecord, wanted: QueueSpec): void {
  const { name } = queue;
  const changed = wanted.clusterPoolName !== queue.spec.cluster_pool;
  if (changed && state.generation === "2026-07") {
    throw refuse(
      "failed_precondition",
      `queue "${name}" is permanently bound to cluster pool "${queue.spec.cluster_pool}"`,
    );
  }
  if (state.generation === "2026-11" && state.cluster.rows.has(name)) {
    checkManaged(queue, wanted, changed);
  } else if (changed && queue.state !== "drained") {
    throw refuse(
      "failed_precondition",
      `queue "${name}" is ${queue.state}; only a drained queue can change its cluster pool`,
    );
  }
}

function checkManaged(queue: QueueRecord, wanted: QueueSpec, poolChanged: boolean): void {
  const sameSelector = JSON.stringify(wanted.clusters) === JSON.stringify(queue.spec.clusters);
  if (poolChanged || !sameSelector) {
    throw refuse(
      "failed_precondition",
      `queue "${queue.name}" is managed by the cluster of its name: its cluster pool and selector are the cluster's`,
    );
  }
}

function writeOne(state: State, record: QueueRecord) {
  return {
    response: { queue: queueToWire(state, record) },
    changes: [{ table: "queue" as const, key: record.name, record }],
  };
}
