import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { DaemonService } from "../../../model/daemon/daemon-service.ts";
import type { Identify } from "../access/identify.ts";
import type { Sessions } from "../access/sessions.ts";
import type { WebLimits } from "../access/web-options.ts";
import { validateText } from "../answers/compile-on-use.ts";
import { WebError } from "../answers/web-error.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { createEventQueues } from "./event-queue.ts";
import { createOpenStreams } from "./open-streams.ts";

/** When a browser tries again after a stream has ended, in milliseconds. */
const RETRY_MS = 3_000;

/** What streams are opened with. */
export interface EventRouteOptions {
  readonly identify: Identify;
  readonly sessions: Pick<Sessions, "onEnd">;
  readonly metrics: Metrics;
  readonly limits: WebLimits;
}

/**
 * `GET /events[?target=]`: server-sent events named `state`, `pass` and `requests`. Streams end with the server, after `stream_ms`, for
 * readers that take nothing for `slow_reader_ms` (or for less, where `events_bytes` wait for readers), and with the session or token that opened them: immediately where this replica ends a
 * session, within `recheck_ms` where another one does.
 */
export function registerEventRoutes(
  app: FastifyInstance,
  service: DaemonService,
  { identify, sessions, metrics, limits }: EventRouteOptions,
): void {
  const open = createOpenStreams({ identify, metrics, limits });
  const queues = createEventQueues(limits.events_bytes);
  sessions.onEnd(() => void open.recheck());
  const rechecks = setInterval(() => void open.recheck(), limits.recheck_ms).unref();
  app.addHook("preClose", async () => {
    clearInterval(rechecks);
    open.endAll();
  });
  app.get(
    "/events",
    {
      sse: "only",
      exposeHeadRoute: false,
      schema: { querystring: { type: "object", properties: { target: { type: "string", maxLength: 63 } } } },
      validatorCompiler: validateText,
      onRequest: async (request) => {
        await identify.requireReader(request);
        if (open.hasRoom(request, await identify.countedAs(request))) return;
        throw new WebError("rate_limited", "Too many open event streams.", RETRY_MS / 1000);
      },
    },
    async (request, reply) => {
      const { target } = request.query as { readonly target?: string };
      const stream = open.add(request, await identify.countedAs(request));
      reply.sse.onClose(() => open.end(stream));
      const cut = () => {
        stream.abort();
        reply.raw.destroy();
      };
      const timers = watchReader(reply, { stream, limits, cut });
      stream.signal.addEventListener("abort", () => timers.forEach(clearTimeout));
      const queue = queues.open(stream.signal, cut);
      service.subscribe((event) => {
        if (target === undefined || event.target === target) queue.add(event);
      }, stream.signal);
      reply.sse.sendHeaders();
      reply.raw.write(`retry: ${RETRY_MS}\n\n`);
      for await (const text of queue.read()) await send(reply.raw, text, stream.signal);
      open.end(stream);
    },
  );
}

/** Until the reader has taken it, or the signal. Bytes are not copied, so that all readers share them. */
async function send(raw: ServerResponse, text: Buffer, signal: AbortSignal): Promise<void> {
  try {
    if (!raw.write(text)) await once(raw, "drain", { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Ends the stream when its time is over, and cuts it where the reader has taken nothing for too long. */
function watchReader(
  { raw }: FastifyReply,
  { stream, limits, cut }: { readonly stream: AbortController; readonly limits: WebLimits; readonly cut: () => void },
): readonly NodeJS.Timeout[] {
  let stuckSince: number | null = null;
  const check = () => {
    if (!raw.writableNeedDrain) {
      stuckSince = null;
      return;
    }
    stuckSince ??= performance.now();
    if (performance.now() - stuckSince >= limits.slow_reader_ms) cut();
  };
  return [
    setInterval(check, Math.ceil(limits.slow_reader_ms / 3)).unref(),
    setTimeout(() => stream.abort(), limits.stream_ms).unref(),
  ];
}
