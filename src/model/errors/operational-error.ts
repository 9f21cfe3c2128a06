import type { Redact } from "../secrets/cut-foreign.ts";

/** What a caller may do about an operational error: try again soon, wait for something outside, or stop. */
export type Next = "retry" | "wait" | "stop";

/** The code of a fault by which this machine, or its container, gives us too little to start or run a program. */
export const NO_PROCESS = "no_process";

/** What helps against it. */
export const SHORTAGE =
  "Raise the limits of open files, processes and memory of poolkeeper's container or unit; it is tried again.";

/** The code of a store whose tables a newer release has upgraded. */
export const STORE_TOO_NEW = "store_too_new";

/** The codes of a store that can't be written now: nothing is known then of what it is asked about. */
export const STORE_CODES: ReadonlySet<string> = new Set(["store_failed", STORE_TOO_NEW]);

/** The code of a store with an entry that poolkeeper can't have written like that. It lasts until people restore it. */
export const STORE_DAMAGED = "store_damaged";

/**
 * A fault of the world (network, server, file system, rights), as opposed to a bug. `code` is stable and lower-case with
 * underscores; `message` says what happened, where, and what to do; neither holds a secret.
 */
export class OperationalError extends Error {
  readonly code: string;
  readonly next: Next;
  /** True when a write may have taken effect although no answer came: settle by reading. */
  readonly outcomeUnknown: boolean;
  /** True when the server itself said that the call failed: then none of it is under way any more, whether or not it took effect. */
  readonly answered: boolean;
  /** How long the server asked to wait before another try, in milliseconds; null when it did not say. */
  readonly retryAfterMs: number | null;
  readonly #reword: ((redact: Redact) => string) | undefined;

  /** `reword` builds the message again from foreign text that it cuts, with more secrets removed before the cut. */
  constructor(
    code: string,
    message: string,
    options: {
      next: Next;
      outcomeUnknown?: boolean;
      answered?: boolean;
      retryAfterMs?: number | null;
      cause?: unknown;
      reword?: (redact: Redact) => string;
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OperationalError";
    this.code = code;
    this.next = options.next;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
    this.answered = options.answered ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.#reword = options.reword;
  }

  /** The message without secrets that were not known where it was made: also without halves of them, where it was cut. */
  reword(redact: Redact): string {
    return redact(this.#reword?.(redact) ?? this.message);
  }
}
