import type { CallOptions } from "@connectrpc/connect";
import { DelegateBackoff, handleWhen, type IRetryBackoffContext, retry } from "cockatiel";
import { OperationalError } from "../model/operational-error.ts";
import { DEFAULT_TIMEOUT_MS } from "./connection.ts";
import { mapError } from "./map-error.ts";

/** Which control plane and organization a reader or writer speaks for. */
export interface Identity {
  /** Canonical URL. */
  readonly endpoint: string;
  readonly org: string;
}

/** How calls are made; every field has a default. */
export interface CallSettings {
  /** Longest wait for the answer of one call, in milliseconds. Default 30 s. */
  readonly timeoutMs?: number;
  /** How often a read is tried again after a failure with `next: "retry"`. Default 4. Writes never are. */
  readonly retries?: number;
  /** The pause before try `attempt` (from 1), in milliseconds. Default {@link defaultDelay}. */
  readonly delayMs?: (attempt: number, retryAfterMs: number | null) => number;
  /** Takes secrets out of words that are not ours. Default: none are known. */
  readonly redact?: (text: string) => string;
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

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;
/** A server may ask for more patience than anyone has. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** What the server asked for, up to a minute; else doubling from 200 ms up to 10 s, of which a random half is taken off. */
export function defaultDelay(attempt: number, retryAfterMs: number | null): number {
  if (retryAfterMs !== null) return Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
  return Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS) * (0.5 + Math.random() / 2);
}

/** A caller for one control plane. */
export function createCaller(endpoint: string, settings: CallSettings = {}): Caller {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, retries = 4, delayMs = defaultDelay } = settings;
  const { redact = (text: string) => text, now = Date.now } = settings;
  const once = async <T>(rpc: string, write: boolean, call: (options: CallOptions) => Promise<T>): Promise<T> => {
    try {
      return await call({ timeoutMs });
    } catch (error) {
      throw mapError(error, { rpc, endpoint, write, redact, now });
    }
  };
  const policy = retry(
    // A call that had its whole time is not given it again: `timeout` is how long one is willing to wait.
    handleWhen((error) => error instanceof OperationalError && error.next === "retry" && error.code !== "timeout"),
    { maxAttempts: retries, backoff: new DelegateBackoff((tried) => delayMs(tried.attempt, retryAfterOf(tried))) },
  );
  return {
    read: (rpc, call) => policy.execute(() => once(rpc, false, call)),
    write: (rpc, call) => once(rpc, true, call),
  };
}

function retryAfterOf({ result }: IRetryBackoffContext<unknown>): number | null {
  return "error" in result && result.error instanceof OperationalError ? result.error.retryAfterMs : null;
}
