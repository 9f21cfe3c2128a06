import type { FastifyInstance, FastifyReply } from "fastify";
import type { DaemonService } from "../../../model/daemon/daemon-service.ts";
import type { Identify } from "../access/identify.ts";
import type { Sessions } from "../access/sessions.ts";
import type { WebLimits } from "../access/web-options.ts";
import { validateText } from "../answers/compile-on-use.ts";
import { WebError } from "../answers/web-error.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { createEventQueue } from "./event-queue.ts";
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
 * readers that take nothing for `slow_reader_ms`, and with the session or token that opened them: immediately where this replica ends a
 * session, within `recheck_ms` where another one does.
 */
export function registerEventRoutes(
  app: FastifyInstance,
  service: DaemonService,
  { identify, sessions, metrics, limits }: EventRouteOptions,
): void {
  const open = createOpenStreams({ identify, metrics });
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
        const isAnonymous = (await identify.countedAs(request)) === null;
        if (open.size < limits.listeners && !(isAnonymous && open.anonymous >= limits.anonymous_listeners)) return;
        throw new WebError("rate_limited", "Too many open event streams.", RETRY_MS / 1000);
      },
    },
    async (request, reply) => {
      const { target } = request.query as { readonly target?: string };
      const stream = open.add(request, (await identify.countedAs(request)) === null);
      reply.sse.onClose(() => open.end(stream));
      const timers = watchReader(reply, stream, limits);
      stream.signal.addEventListener("abort", () => timers.forEach(clearTimeout));
      const queue = createEventQueue();
      service.subscribe((event) => {
        if (target === undefined || event.target === target) queue.add(event);
      }, stream.signal);
      reply.sse.sendHeaders();
      reply.raw.write(`retry: ${RETRY_MS}\n\n`);
      await reply.sse.send(toMessages(queue.read(stream.signal)));
      open.end(stream);
    },
  );
}

async function* toMessages(events: AsyncIterable<{ readonly type: string }>) {
  for await (const event of events) yield { event: event.type, data: event };
}

/** Ends the stream when its time is over, and cuts it where the reader has taken nothing for too long. */
function watchReader(reply: FastifyReply, stream: AbortController, limits: WebLimits): readonly NodeJS.Timeout[] {
  let stuckSince: number | null = null;
  const check = () => {
    if (!reply.raw.writableNeedDrain) {
      stuckSince = null;
      return;
    }
    stuckSince ??= performance.now();
    if (performance.now() - stuckSince < limits.slow_reader_ms) return;
    stream.abort();
    reply.raw.destroy();
  };
  return [
    setInterval(check, Math.ceil(limits.slow_reader_ms / 3)).unref(),
    setTimeout(() => stream.abort(), limits.stream_ms).unref(),
  ];
}
