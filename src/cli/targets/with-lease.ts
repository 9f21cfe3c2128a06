import { type Hold, holdTarget } from "../../reconcile/hold-target.ts";
import type { Memory } from "../../reconcile/open-memory.ts";
import { say } from "../output/show-result.ts";
import { onEnding } from "./on-ending.ts";

/**
 * Runs `use` while this process is the target's only writer, and gives the lease back in any case; SIGINT, SIGTERM and SIGHUP interrupt it.
 * `callTimeoutMs` is how long one of its calls may take; undefined: the default. Throws an OperationalError `lease_held` when another
 * one is the writer.
 */
export async function withLease<T>(
  memory: Memory,
  callTimeoutMs: number | undefined,
  use: (hold: Hold) => Promise<T>,
): Promise<T> {
  const interrupted = new AbortController();
  const stopListening = onEnding(["SIGINT", "SIGTERM", "SIGHUP"], () => {
    say("Interrupted: stopping after the calls in progress.");
    interrupted.abort();
  });
  try {
    return await holdTarget(memory, { callTimeoutMs, interrupted: interrupted.signal, say }, use);
  } finally {
    stopListening();
  }
}
