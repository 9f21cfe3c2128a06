import { setTimeout as delay } from "node:timers/promises";
import type { DescMethod } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createContextKey,
  type Interceptor,
  type StreamRequest,
  type UnaryRequest,
} from "@connectrpc/connect";
import { createHolds } from "./hold-calls.ts";

/** A fault to inject. Defaults: `count` 1, `after` 0, no other effect. */
export interface Fault {
  /** An RPC's name (`UpdateQueue`), `Service/Method`, or `*` for all. */
  readonly method: string;
  /** A Connect code to refuse with, for example `unavailable`; the rule does not run. */
  readonly code?: string;
  /** The message of that refusal. Default: that it was injected. */
  readonly message?: string;
  /** The number of calls that it affects. */
  readonly count?: number;
  /** The number of matching calls that it skips first. */
  readonly after?: number;
  /** The delay of a call before any other effect, in milliseconds. */
  readonly delay_ms?: number;
  /**
   * A name: the call waits until that name is released, and then continues. It ends without effect when the client disconnects,
   * its timeout expires or the server closes.
   */
  readonly hold?: string;
  /** A name: the rule's changes are committed, and the response waits as in `hold`. */
  readonly hold_answer?: string;
  /** Never answers; the rule does not run. */
  readonly hang?: boolean;
  /** Cuts the connection before the rule runs. */
  readonly drop?: boolean;
  /** Cuts the connection after the rule's changes are committed. */
  readonly drop_after_commit?: boolean;
}

/** The queued faults, in the order in which they were added. */
export interface FaultQueue {
  add(fault: Fault): void;
  /** Drops all faults and releases the held calls. */
  clear(): void;
  /** The queued faults, with their remaining counts. */
  list(): readonly Fault[];
  /** The fault for this call, if any; this consumes one of its count. */
  take(method: DescMethod): Fault | undefined;
  /** Waits until the name is released; rejects when the call's `signal` is aborted, and when the server closes. */
  hold(name: string, signal: AbortSignal): Promise<void>;
  /** Releases the calls that are held under a name, and drops the faults that would hold more of them. */
  release(name: string): void;
  /** The number of held calls by name. */
  held(): Readonly<Record<string, number>>;
  /** Rejects the held calls, as the server closes. */
  close(): void;
}

/** Cuts the connection of a call; the server sets it for each call. */
export const cutConnection = createContextKey<() => void>(() => {}, { description: "cut the connection" });

const CODES: ReadonlyMap<string, Code> = new Map(
  Object.entries(Code).flatMap(([name, code]) =>
    typeof code === "number" ? [[name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase(), code] as const] : [],
  ),
);

/** The codes that a fault can name. */
export const FAULT_CODES: readonly string[] = [...CODES.keys()];

/** An empty queue of faults. */
export function createFaultQueue(): FaultQueue {
  let waiting: readonly Fault[] = [];
  const holds = createHolds();
  const take = (method: DescMethod) => {
    const hits = (fault: Fault) => ["*", method.name, `${method.parent.name}/${method.name}`].includes(fault.method);
    const fault = waiting.find(hits);
    if (fault === undefined) {
      return undefined;
    }
    const { after = 0, count = 1 } = fault;
    const left = after > 0 ? { ...fault, after: after - 1 } : { ...fault, count: count - 1 };
    waiting = waiting.flatMap((one) => (one === fault ? (left.count === 0 ? [] : [left]) : [one]));
    return after > 0 ? undefined : fault;
  };
  return {
    add: (fault) => {
      waiting = [...waiting, fault];
    },
    clear: () => {
      waiting = [];
      for (const name of Object.keys(holds.count())) holds.release(name);
    },
    list: () => waiting,
    take,
    hold: (name, signal) => holds.wait(name, signal, timedOut("was held")),
    release: (name) => {
      waiting = waiting.filter(({ hold, hold_answer }) => hold !== name && hold_answer !== name);
      holds.release(name);
    },
    held: holds.count,
    close: () =>
      holds.close(new ConnectError("injected fault: the server closed while it held the call", Code.Unavailable)),
  };
}

/** An interceptor that applies the queued faults to calls; `onRefused` is called for each call that reaches no rule. */
export function injectFaults(
  faults: FaultQueue,
  onRefused: (request: UnaryRequest | StreamRequest, error: ConnectError) => void,
): Interceptor {
  return (next) => async (request) => {
    const fault = faults.take(request.method);
    if (fault === undefined) {
      return next(request);
    }
    try {
      await strikeBefore(faults, fault, request);
    } catch (error) {
      onRefused(request, ConnectError.from(error));
      throw error;
    }
    const response = await next(request);
    if (fault.hold_answer !== undefined) {
      await faults.hold(fault.hold_answer, request.signal);
    }
    if (fault.drop_after_commit === true) {
      cut(request, "after the commit");
    }
    return response;
  };
}

async function strikeBefore(faults: FaultQueue, fault: Fault, request: UnaryRequest | StreamRequest): Promise<void> {
  if (fault.delay_ms !== undefined) {
    await delay(fault.delay_ms);
  }
  if (fault.hold !== undefined) {
    await faults.hold(fault.hold, request.signal);
  }
  if (fault.hang === true) {
    await new Promise((resolve) => request.signal.addEventListener("abort", resolve, { once: true }));
    throw timedOut("hung");
  }
  if (fault.drop === true) {
    cut(request, "before the rule");
  }
  if (fault.code !== undefined) {
    throw new ConnectError(fault.message ?? `injected fault: ${fault.code}`, CODES.get(fault.code) ?? Code.Unknown);
  }
}

/** The client's deadline is sent with the call, so this error may arrive before the client's own timer fires: the result is the same. */
function timedOut(how: string): ConnectError {
  return new ConnectError(`injected fault: the call ${how} until it timed out`, Code.DeadlineExceeded);
}

function cut(request: UnaryRequest | StreamRequest, when: string): never {
  request.contextValues.get(cutConnection)();
  throw new ConnectError(`injected fault: connection cut ${when}`, Code.Aborted);
}
