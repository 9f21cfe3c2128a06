import { create, type DescMessage, type DescMethodServerStreaming, type MessageShape } from "@bufbuild/protobuf";
import type { CallOptions, Transport } from "@connectrpc/connect";
import { createAsyncIterable } from "@connectrpc/connect/protocol";
import {
  QueueService,
  WatchOneQueueMetricsRequestSchema,
  WatchOneQueueMetricsResponseSchema,
} from "./gen/cloudidl/queue/queue_pb.js";

const WATCH = QueueService.method.watchQueueMetrics;

/** `WatchQueueMetrics` as 2026-07 speaks it: the same path, one queue a stream, other messages. */
export const WATCH_ONE_QUEUE = {
  ...WATCH,
  input: WatchOneQueueMetricsRequestSchema,
  output: WatchOneQueueMetricsResponseSchema,
} satisfies DescMethodServerStreaming;

/** `WatchQueueMetrics` as 2026-11 speaks it: the queues of one pool in a stream. */
export const WATCH_POOL_QUEUES = WATCH satisfies DescMethodServerStreaming;

/** How long a stream is listened to. */
export interface StreamLimits {
  /** Longest wait for the first message, in milliseconds. */
  readonly firstMs: number;
  /** Longest wait for the rest once the first has come, and once more of what was asked for has come, in milliseconds. */
  readonly restMs: number;
}

/** How one stream is listened to. */
export interface StreamCall extends Pick<CallOptions, "timeoutMs" | "signal"> {
  readonly limits: StreamLimits;
  /** How many messages may give nothing that was asked for. */
  readonly mostIdle: number;
}

/** What a message gave of what was asked for: nothing, something that was missing, or all that was. */
export type Taken = "nothing" | "some" | "all";

/**
 * Opens a server stream, hands each message to `take` until that has all, and hangs up. A stream that stays silent is no error: the messages
 * that came until a limit are what there is. One that continues without what was asked for counts as silent: its messages buy no more time,
 * and few are read, as those that have come are decoded one after another without a timer in between.
 */
export async function takeFromStream<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  method: DescMethodServerStreaming<I, O>,
  request: MessageShape<I>,
  { limits, mostIdle, timeoutMs, signal }: StreamCall,
  take: (message: MessageShape<O>) => Taken,
): Promise<void> {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), limits.firstMs);
  let [count, idle] = [0, 0];
  try {
    const input = createAsyncIterable([create(method.input, request)]);
    const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
    const stream = await transport.stream(method, either, timeoutMs, undefined, input);
    for await (const message of stream.message) {
      count += 1;
      const taken = take(message);
      if (taken === "nothing") idle += 1;
      // The stream is closed by reading to its end: only a read notifies the transport, whose timer would keep the process alive.
      if (taken === "all" || idle > mostIdle) stop.abort();
      if (taken === "nothing" && count > 1) continue;
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), limits.restMs);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}
