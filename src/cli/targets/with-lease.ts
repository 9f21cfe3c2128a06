import { type Hold, holdTarget } from "../../reconcile/hold-target.ts";
import type { Memory } from "../../reconcile/open-memory.ts";
import { say } from "../output/show-result.ts";

/** Each asks a command to end: from a terminal, from a service manager, and where its terminal was closed. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

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
  const interrupt = () => {
    say("Interrupted: stopping after the calls in progress.");
    interrupted.abort();
  };
  for (const signal of ENDING) process.once(signal, interrupt);
  try {
    return await holdTarget(memory, { callTimeoutMs, interrupted: interrupted.signal, say }, use);
  } finally {
    for (const signal of ENDING) process.off(signal, interrupt);
  }
}
