import { setTimeout as delay } from "node:timers/promises";
import { create, type DescMethod, type DescMethodUnary, type DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { ClusterService } from "../../systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolService } from "../../systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import {
  QueueService,
  WatchOneQueueMetricsRequestSchema,
  WatchOneQueueMetricsResponseSchema,
} from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { ProjectService } from "../../systems/control-plane/gen/flyteidl2/project/project_service_pb.js";
import { SettingsService } from "../../systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import type { Model } from "../model/create-model.ts";
import { checkRequest } from "../rules/check-request.ts";
import { caller } from "../state/author.ts";
import { readClusterSummaries, readOneQueueMetrics, readQueueMetrics } from "./watch-streams.ts";

const SERVICES: readonly DescService[] = [
  ClusterPoolService,
  ClusterService,
  QueueService,
  SettingsService,
  ProjectService,
];

/** Whether the control plane serves a method. A model runs each unary one. */
export function isRouted({ parent }: DescMethod): boolean {
  return SERVICES.includes(parent);
}

/** The services of the control plane over a model, by the rules of the model's generation. */
export function createRoutes(model: Model): (router: ConnectRouter) => void {
  return (router) => {
    for (const service of SERVICES) {
      routeUnary(router, service, model);
    }
    routeWatchClusters(router, model);
    if (model.state.generation === "2026-07") {
      routeWatchOneQueue(router, model);
    } else {
      routeWatchQueues(router, model);
    }
  };
}

function routeUnary(router: ConnectRouter, service: DescService, model: Model): void {
  const unary = service.methods.filter((method): method is DescMethodUnary => method.methodKind === "unary");
  for (const method of unary) {
    router.rpc(method, async (request, { values }) => model.call(method, request, values.get(caller)));
  }
}

function routeWatchClusters(router: ConnectRouter, model: Model): void {
  router.rpc(ClusterService.method.watchClusters, (request, { signal }) => {
    if (model.state.generation === "2026-07") {
      throw new ConnectError("WatchClusters is not served by generation 2026-07", Code.Unimplemented);
    }
    return streamChanges(model, signal, () => readClusterSummaries(model.state, request, model.now()));
  });
}

function routeWatchQueues(router: ConnectRouter, model: Model): void {
  const method = QueueService.method.watchQueueMetrics;
  router.rpc(method, (request, { signal }) => {
    checkRequest(method.input, request);
    return streamChanges(model, signal, () => readQueueMetrics(model, request));
  });
}

/** The same path with the messages of 2026-07: one queue, by its id. */
function routeWatchOneQueue(router: ConnectRouter, model: Model): void {
  const input = WatchOneQueueMetricsRequestSchema;
  const output = WatchOneQueueMetricsResponseSchema;
  const method = { ...QueueService.method.watchQueueMetrics, input, output };
  router.rpc(method, (request, { signal }) => {
    checkRequest(input, request);
    return streamChanges(model, signal, () => create(output, readOneQueueMetrics(model, request)));
  });
}

/** Longest interval between two messages of a stream, in milliseconds. */
const INTERVAL_MS = 2000;
/** Changes within this time are sent in one message, in milliseconds. */
const QUIET_MS = 50;

/**
 * Sends a snapshot of the state immediately, then after each change and at intervals, until the client disconnects or the server
 * stops. A snapshot that throws ends the stream with that error.
 */
async function* streamChanges<T>(model: Model, signal: AbortSignal, look: () => T): AsyncGenerator<T> {
  while (!signal.aborted) {
    model.settle();
    yield look();
    await nextChange(model, signal);
  }
}

async function nextChange(model: Model, signal: AbortSignal): Promise<void> {
  const changed = new AbortController();
  const unsubscribe = model.subscribe(() => changed.abort());
  await sleep(INTERVAL_MS, AbortSignal.any([signal, changed.signal]));
  unsubscribe();
  if (changed.signal.aborted) {
    await sleep(QUIET_MS, signal);
  }
}

/** Resolves after a time, or once the signal is aborted. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch((error: unknown) => {
    if (!signal.aborted) {
      throw error;
    }
  });
}
