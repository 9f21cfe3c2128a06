import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { CallOptions, Transport } from "@connectrpc/connect";
import type { LimitFunction } from "p-limit";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Generation, InFlight } from "../../model/objects/live.ts";
import type { Caller } from "./call-control-plane.ts";
import {
  type QueueMetrics,
  WatchOneQueueMetricsRequestSchema,
  WatchQueueMetricsRequestSchema,
} from "./gen/cloudidl/queue/queue_pb.js";
import { decodeInFlight } from "./queue-codec.ts";
import { type StreamLimits, type Taken, takeFromStream, WATCH_ONE_QUEUE, WATCH_POOL_QUEUES } from "./read-metrics.ts";
import type { AskedQueue } from "./reader.ts";

/** What reading metrics needs to know. */
export interface MetricsSource {
  readonly transport: Transport;
  readonly caller: Caller;
  readonly org: string;
  readonly generation: Generation;
  readonly limits: StreamLimits;
  /** Bounds the streams open at a time, over all readings of one reader. */
  readonly limit: LimitFunction;
}
/** Takes what counts of a message; gives whether it does. */
type Take = (metrics: QueueMetrics | undefined) => boolean;

const RPC = "QueueService/WatchQueueMetrics";
/** Streams that one reader holds open at a time. */
export const PARALLEL_STREAMS = 16;
/** Queues that one stream is asked for (2026-11). */
const QUEUES_A_STREAM = 500;
/** Messages that give nothing, beside one for each queue as it was before. */
const IDLE_MESSAGES = 16;

/**
 * Work in flight of the named queues now, by name: the first answers of `WatchQueueMetrics`, one stream a queue (2026-07) or per 500 queues
 * of a pool (2026-11). A queue that the server does not report within the limits, only as it was before `since`, or not at all, is left out.
 */
export async function readInFlight(
  source: MetricsSource,
  queues: readonly AskedQueue[],
): Promise<ReadonlyMap<string, InFlight>> {
  const found = new Map<string, InFlight>();
  const asked = new Map(queues.map((queue) => [queue.name, queue]));
  const take: Take = (metrics) => {
    const queue = asked.get(metrics?.id?.name ?? "");
    if (metrics === undefined || queue === undefined || isOutdated(metrics, queue)) return false;
    found.set(queue.name, decodeInFlight(metrics));
    return true;
  };
  const streams =
    source.generation === "2026-07" ? streamEach(source, queues, take) : streamPools(source, queues, take);
  await Promise.all(streams.map((stream) => source.limit(() => source.caller.read(RPC, stream).catch(ignoreMissing))));
  return found;
}

/** A server may collect its metrics at intervals: the first that it gives are from before what a caller has just written. */
function isOutdated({ observedAt }: QueueMetrics, { since = null }: AskedQueue): boolean {
  return since !== null && observedAt !== undefined && timestampMs(observedAt) < Date.parse(since);
}

type Stream = (options: CallOptions) => Promise<void>;

function streamEach({ transport, org, limits }: MetricsSource, queues: readonly AskedQueue[], take: Take): Stream[] {
  return queues.map(({ name }) => (options) => {
    const request = create(WatchOneQueueMetricsRequestSchema, { id: { organization: org, name } });
    const call = { ...options, limits, mostIdle: 1 + IDLE_MESSAGES };
    return takeFromStream(transport, WATCH_ONE_QUEUE, request, call, ({ metrics }) =>
      take(metrics) ? "all" : "nothing",
    );
  });
}

function streamPools({ transport, org, limits }: MetricsSource, queues: readonly AskedQueue[], take: Take): Stream[] {
  return [...Map.groupBy(queues, (queue) => queue.pool)].flatMap(([pool, members]) =>
    chunk(members, QUEUES_A_STREAM).map((some) => (options: CallOptions) => {
      const missing = new Set(some.map((queue) => queue.name));
      const request = create(WatchQueueMetricsRequestSchema, {
        poolId: { organization: org, name: pool },
        queueNames: [...missing],
      });
      const call = { ...options, limits, mostIdle: some.length + IDLE_MESSAGES };
      return takeFromStream(transport, WATCH_POOL_QUEUES, request, call, ({ metrics }): Taken => {
        const before = missing.size;
        for (const one of metrics) {
          if (take(one)) missing.delete(one.id?.name ?? "");
        }
        if (missing.size === 0) return "all";
        return missing.size < before ? "some" : "nothing";
      });
    }),
  );
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof OperationalError && error.code === "not_found")) throw error;
}

function chunk<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
