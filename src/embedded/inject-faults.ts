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

/** A fault to inject. Left out: `count` 1, `after` 0, nothing else happens. */
export interface Fault {
  /** An RPC's name (`UpdateQueue`), `Service/Method`, or `*` for all. */
  readonly method: string;
  /** A Connect code to refuse with, for example `unavailable`; the rule does not run. */
  readonly code?: string;
  /** What that refusal says; left out, that it was injected. */
  readonly message?: string;
  /** How many calls it hits. */
  readonly count?: number;
  /** How many matching calls it lets through first. */
  readonly after?: number;
  /** How long a call waits before anything else happens, in milliseconds. */
  readonly delay_ms?: number;
  /** Never answers; the rule does not run. */
  readonly hang?: boolean;
  /** Cuts the connection before the rule runs. */
  readonly drop?: boolean;
  /** Cuts the connection after the rule's changes are committed. */
  readonly drop_after_commit?: boolean;
}

/** The faults waiting to strike, in the order in which they were added. */
export interface FaultQueue {
  add(fault: Fault): void;
  clear(): void;
  /** What is left, with the counts that are left. */
  list(): readonly Fault[];
  /** The fault that strikes this call, if one does; it is used up by that. */
  take(method: DescMethod): Fault | undefined;
}

/** How to cut the connection that a call came in on; the server sets it for each call. */
export const cutConnection = createContextKey<() => void>(() => {}, { description: "cut the connection" });

const CODES: ReadonlyMap<string, Code> = new Map(
  Object.entries(Code).flatMap(([name, code]) =>
    typeof code === "number" ? [[name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase(), code] as const] : [],
  ),
);

/** The codes a fault can name. */
export const FAULT_CODES: readonly string[] = [...CODES.keys()];

/** An empty queue of faults. */
export function createFaultQueue(): FaultQueue {
  let waiting: readonly Fault[] = [];
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
    },
    list: () => waiting,
    take,
  };
}

/** Lets the queued faults strike the calls that pass; `onRefused` hears of each call that no rule saw. */
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
      await strikeBefore(fault, request);
    } catch (error) {
      onRefused(request, ConnectError.from(error));
      throw error;
    }
    const response = await next(request);
    if (fault.drop_after_commit === true) {
      cut(request, "after the commit");
    }
    return response;
  };
}

async function strikeBefore(fault: Fault, request: UnaryRequest | StreamRequest): Promise<void> {
  if (fault.delay_ms !== undefined) {
    await delay(fault.delay_ms);
  }
  if (fault.hang === true) {
    await new Promise((resolve) => request.signal.addEventListener("abort", resolve, { once: true }));
    // The caller's time limit travels with the call, so this may come in before its own clock gives up: the answer is the same.
    throw new ConnectError("injected fault: the call hung until it timed out", Code.DeadlineExceeded);
  }
  if (fault.drop === true) {
    cut(request, "before the rule");
  }
  if (fault.code !== undefined) {
    throw new ConnectError(fault.message ?? `injected fault: ${fault.code}`, CODES.get(fault.code) ?? Code.Unknown);
  }
}

function cut(request: UnaryRequest | StreamRequest, when: string): never {
  request.contextValues.get(cutConnection)();
  throw new ConnectError(`injected fault: connection cut ${when}`, Code.Aborted);
}
