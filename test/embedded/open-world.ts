import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createModel, type Model, type ModelOptions } from "../../src/embedded/model/create-model.ts";
import { createEmbeddedTransport } from "../../src/embedded/services/create-embedded-transport.ts";
import { applyChanges } from "../../src/embedded/state/apply-changes.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { ClusterService, ClusterState } from "../../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolService } from "../../src/systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import {
  FairnessAlgorithm,
  Priority,
  QueueService,
  type QueueSpecSchema,
  QueueState,
} from "../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { SettingsService } from "../../src/systems/control-plane/gen/flyteidl2/settings/settings_pb.js";

export const ORG = "acme";
export const BOTH = ["2026-07", "2026-11"] as const satisfies readonly Generation[];

/** A control plane in memory with a clock of its own, typed clients for it, and short ways to say what tests say often. */
export interface World {
  readonly model: Model;
  readonly pools: Client<typeof ClusterPoolService>;
  readonly clusters: Client<typeof ClusterService>;
  readonly queues: Client<typeof QueueService>;
  readonly settings: Client<typeof SettingsService>;
  /** Lets time pass, in milliseconds. */
  readonly pass: (ms: number) => void;
  readonly pool: (name: string, bucket?: string) => Promise<unknown>;
  readonly cluster: (name: string, pool?: string) => Promise<unknown>;
  readonly queue: (
    name: string,
    spec?: MessageInitShape<typeof QueueSpecSchema>,
    state?: QueueState,
  ) => Promise<unknown>;
  /** Drains, activates or deletes with the generation as it is now. */
  readonly drainCluster: (name: string) => Promise<unknown>;
  readonly activateCluster: (name: string) => Promise<unknown>;
  readonly deleteCluster: (name: string) => Promise<unknown>;
  readonly drainQueue: (name: string) => Promise<unknown>;
  readonly activateQueue: (name: string) => Promise<unknown>;
  readonly deleteQueue: (name: string) => Promise<unknown>;
  readonly stateOf: (kind: "cluster" | "queue", name: string) => string | undefined;
  readonly setWork: (queue: string, runs: number, cluster?: string) => void;
}

export function openWorld(generation: Generation, options: Partial<ModelOptions> = {}): World {
  let time = Date.UTC(2026, 10, 1);
  const model = createModel({ generation, org: ORG, now: () => time, ...options });
  const transport = createEmbeddedTransport(model);
  const pools = createClient(ClusterPoolService, transport);
  const clusters = createClient(ClusterService, transport);
  const queues = createClient(QueueService, transport);
  const cluster = (name: string) => ({
    clusterId: { organization: ORG, name },
    expectedGeneration: generationOf("cluster", name),
  });
  const queue = (name: string) => ({ id: id(name), expectedStateGeneration: generationOf("queue", name) });
  const generationOf = (kind: "cluster" | "queue", name: string) => {
    model.settle();
    return BigInt(model.state[kind].rows.get(name)?.generation ?? 0);
  };
  return {
    model,
    pools,
    clusters,
    queues,
    settings: createClient(SettingsService, transport),
    pass: (ms) => {
      time += ms;
      model.settle();
    },
    pool: (name, bucket = `s3://${name}`) => pools.create({ clusterPool: poolOf(name, bucket) }),
    cluster: (name, pool = "") => clusters.createCluster({ clusterId: id(name), clusterPoolName: pool }),
    queue: (name, spec = {}, state = QueueState.ACTIVE) =>
      queues.createQueue({ id: id(name), spec: specOf(spec), state }),
    drainCluster: (name) => clusters.updateClusterState({ ...cluster(name), state: ClusterState.DRAINING }),
    activateCluster: (name) => clusters.updateClusterState({ ...cluster(name), state: ClusterState.ACTIVE }),
    deleteCluster: (name) => clusters.deleteCluster(cluster(name)),
    drainQueue: (name) => queues.updateQueueState({ ...queue(name), state: QueueState.DRAINING }),
    activateQueue: (name) => queues.updateQueueState({ ...queue(name), state: QueueState.ACTIVE }),
    deleteQueue: (name) => queues.deleteQueue(queue(name)),
    stateOf: (kind, name) => {
      model.settle();
      return model.state[kind].rows.get(name)?.state;
    },
    setWork: (name, runs, on) => setWork(model, name, runs, on ?? null),
  };
}

export function id(name: string) {
  return { organization: ORG, name };
}

export function poolOf(name: string, bucket: string) {
  return {
    id: id(name),
    config: { objectStoreRef: { uri: `${bucket}/metadata` }, secretStore: { type: 4, locator: "vault" } },
  };
}

export function specOf(spec: MessageInitShape<typeof QueueSpecSchema>) {
  return {
    runConcurrency: 10,
    actionConcurrency: 100,
    depth: 10_000,
    priority: Priority.MEDIUM,
    fairness: FairnessAlgorithm.ROUND_ROBIN,
    clusters: ["*"],
    ...spec,
  };
}

/** The code a call is refused with, or `ok`. */
export async function outcomeOf(call: Promise<unknown>): Promise<keyof typeof Code | "ok"> {
  try {
    await call;
    return "ok";
  } catch (error) {
    return Code[ConnectError.from(error).code] as keyof typeof Code;
  }
}

/** The message a call is refused with. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return ConnectError.from(error).rawMessage;
  }
  throw new Error("the call was not refused");
}

function setWork(model: Model, queue: string, runs: number, cluster: string | null): void {
  const work = { runs, actions: 0, depth: 0 };
  const record = runs === 0 ? null : { queue, cluster, ...work, peak: work, since: model.now() };
  applyChanges(model.state, [{ table: "work", key: `${queue}/${cluster ?? ""}`, record }]);
}
