import type { CallOptions } from "@connectrpc/connect";
import { DEFAULT_TIMEOUT_MS, DEFAULT_WRITE_TIMEOUT_MS } from "../http/transport-settings.ts";
import { createRetries, isWorthReadingAgain, type RetrySettings } from "../http/try-again.ts";
import { mapError } from "./map-control-plane-error.ts";

/** Which control plane and organization a reader or writer speaks for. */
export interface Identity {
  /** Canonical URL. */
  readonly endpoint: string;
  readonly org: string;
}

/** How calls are made; every field has a default. Only reads that failed with `next: "retry"` are tried again. */
export interface CallSettings extends RetrySettings {
  /** Longest wait for the answer of one read, in milliseconds. Default {@link DEFAULT_TIMEOUT_MS}. */
  readonly timeoutMs?: number;
  /** The same for a write. Default {@link DEFAULT_WRITE_TIMEOUT_MS}. */
  readonly writeTimeoutMs?: number;
  /** Takes secrets out of words that are not ours. Default: none are known. */
  readonly redact?: (text: string) => string;
  /** Ends reads immediately, with an OperationalError `ended_early`. It never ends a write. Default: nothing does. */
  readonly signal?: AbortSignal;
  /** The time in milliseconds. Default the system clock. */
  readonly now?: () => number;
}

/** Makes calls with a time limit; their failures are OperationalErrors. `rpc` is `Service/Method`, for messages. */
export interface Caller {
  /** Tried again after failures that allow it. */
  read<T>(rpc: string, call: (options: CallOptions) => Promise<T>): Promise<T>;
  /** Tried once. */
  write<T>(rpc: string, call: (options: CallOptions) => Promise<T>): Promise<T>;
}

/** A caller for one control plane. */
export function createCaller(endpoint: string, settings: CallSettings = {}): Caller {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, writeTimeoutMs = DEFAULT_WRITE_TIMEOUT_MS, signal } = settings;
  const { redact = (text: string) => text, now = Date.now } = settings;
  const once = async <T>(rpc: string, write: boolean, call: (options: CallOptions) => Promise<T>): Promise<T> => {
    try {
      if (write) return await call({ timeoutMs: writeTimeoutMs });
      return await call(signal === undefined ? { timeoutMs } : { timeoutMs, signal });
    } catch (error) {
      throw mapError(error, { rpc, endpoint, write, redact, now });
    }
  };
  const tryAgain = createRetries(settings, isWorthReadingAgain, signal);
  return {
    read: (rpc, call) => tryAgain(() => once(rpc, false, call)),
    write: (rpc, call) => once(rpc, true, call),
  };
}
