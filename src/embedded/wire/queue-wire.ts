import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Queue, QueueSchema, QueueState } from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { enumValue } from "../state/enum-names.ts";
import type { QueueRecord, State } from "../state/state.ts";
import { takesWork } from "./assess-health.ts";
import { authorshipToWire } from "./authorship-wire.ts";
import { queueSpecToWire } from "./queue-spec-wire.ts";

/** Returns the members of a pool that take work, looked up once for all queues of a response. */
export type AvailableMembers = (pool: string) => ReadonlySet<string>;

/** A cached lookup of the members that take work, valid as long as the state does not change. */
export function lookUpMembers(state: State): AvailableMembers {
  const known = new Map<string, ReadonlySet<string>>();
  return (pool) => {
    const members = known.get(pool) ?? availableMembers(state, pool);
    known.set(pool, members);
    return members;
  };
}

function availableMembers(state: State, pool: string): ReadonlySet<string> {
  const names = [...(state.by.members.get(pool) ?? [])].sort();
  return new Set(
    names.filter((name) => {
      const cluster = state.cluster.rows.get(name);
      return cluster !== undefined && takesWork(state, cluster);
    }),
  );
}

/** A queue as a message of the served generation; `available_clusters` is derived. */
export function queueToWire(state: State, record: QueueRecord, available = lookUpMembers(state)): Queue {
  const organization = state.org;
  return create(QueueSchema, {
    id: { organization, name: record.name },
    spec: queueSpecToWire(record.spec),
    status: {
      state: enumValue(QueueState, record.state) ?? 0,
      availableClusters: availableTo(record, available).map((name) => ({ organization, name })),
      ...(state.generation === "2026-07"
        ? {}
        : { clusterManaged: state.cluster.rows.has(record.name), stateGeneration: BigInt(record.generation) }),
    },
    ...authorshipToWire(state, record),
    createdAt: timestampFromMs(record.created_at),
    updatedAt: timestampFromMs(record.updated_at),
    ...(record.deleted_at === null ? {} : { deletedAt: timestampFromMs(record.deleted_at) }),
  });
}

function availableTo(record: QueueRecord, available: AvailableMembers): readonly string[] {
  const members = available(record.spec.cluster_pool);
  const { clusters } = record.spec;
  return clusters.includes("*") ? [...members] : clusters.filter((name) => members.has(name)).sort();
}
