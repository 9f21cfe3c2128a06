import type { FastifyRequest } from "fastify";
import type { Identify } from "../access/identify.ts";
import { nameCaller } from "../access/read-client-address.ts";
import type { WebLimits } from "../access/web-options.ts";
import type { Metrics } from "../metrics/metrics.ts";

/** Streams of events that are open, each with the request that opened it. */
export interface OpenStreams {
  /** Whether a caller may open one more; `counted`: as what its token or session counts, null: it has none. */
  hasRoom(request: FastifyRequest, counted: string | null): boolean;
  /** Adds one; the signal says when it has to end. */
  add(request: FastifyRequest, counted: string | null): AbortController;
  end(stream: AbortController): void;
  endAll(): void;
  /** Ends those whose request would not be let in any more, or of which that can't be found out. */
  recheck(): Promise<void>;
}

/** No streams yet. */
export function createOpenStreams({
  identify,
  metrics,
  limits,
}: {
  readonly identify: Identify;
  readonly metrics: Metrics;
  readonly limits: Pick<WebLimits, "listeners" | "anonymous_listeners" | "listeners_each">;
}): OpenStreams {
  const open = new Map<AbortController, FastifyRequest>();
  const anonymous = new Set<AbortController>();
  const callers = new Map<AbortController, string>();
  const end = (stream: AbortController) => {
    stream.abort();
    open.delete(stream);
    anonymous.delete(stream);
    callers.delete(stream);
    metrics.setListeners(open.size);
  };
  const mayGoOn = (request: FastifyRequest) => identify.mayStillRead(request).catch(() => false);
  const recheckAll = async () => {
    // Many tabs of one session are one question.
    const groups = Map.groupBy(open, ([, request]) => readCredentials(request, identify.cookie));
    for (const streams of groups.values()) {
      const [first] = streams;
      if (first === undefined || (await mayGoOn(first[1]))) continue;
      for (const [stream] of streams) end(stream);
    }
  };
  let [isWanted, isRunning] = [false, false];
  return {
    hasRoom: (request, counted) => {
      if (open.size >= limits.listeners) return false;
      if (counted === null && anonymous.size >= limits.anonymous_listeners) return false;
      const own = nameCaller(request, counted);
      return [...callers.values()].filter((caller) => caller === own).length < limits.listeners_each;
    },
    add(request, counted) {
      const stream = new AbortController();
      open.set(stream, request);
      callers.set(stream, nameCaller(request, counted));
      if (counted === null) anonymous.add(stream);
      metrics.setListeners(open.size);
      return stream;
    },
    end,
    endAll: () => [...open.keys()].forEach(end),
    async recheck() {
      isWanted = true;
      if (isRunning) return;
      isRunning = true;
      // A request that came in the meantime may concern a session that was already checked.
      while (isWanted) {
        isWanted = false;
        await recheckAll();
      }
      isRunning = false;
    },
  };
}

function readCredentials({ headers, cookies }: FastifyRequest, cookie: string): string {
  return JSON.stringify([headers.authorization, cookies[cookie]]);
}
