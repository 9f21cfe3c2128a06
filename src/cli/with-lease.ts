import { systemClock } from "../apply/clock.ts";
import { OperationalError } from "../model/operational-error.ts";
import { shown } from "../report/shown-text.ts";
import { type HeldLease, holdLease } from "../store/hold-lease.ts";
import type { Store } from "../store/open-store.ts";
import type { Memory } from "./open-memory.ts";
import { showNote } from "./show-result.ts";

/** What a run has while it is the target's only writer. */
export interface Hold {
  readonly lease: HeldLease;
  readonly store: Store;
  /** Aborted by SIGINT, by SIGTERM, and when the lease is lost: nothing new is to be started. */
  readonly signal: AbortSignal;
}

/**
 * Runs `use` while this process is the target's only writer, and gives the lease back in any case; SIGINT and SIGTERM interrupt it.
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
    say("Interrupted: stopping after the calls under way.");
    interrupted.abort();
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    return await holdTarget(memory, { callTimeoutMs, interrupted: interrupted.signal, say }, use);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** How {@link holdTarget} is interrupted, and where it says what it waits for. */
export interface HoldTargetOptions {
  readonly callTimeoutMs?: number | undefined;
  readonly interrupted: AbortSignal;
  readonly say: (line: string) => void;
}

/** {@link withLease} for a process that handles its signals itself. */
export async function holdTarget<T>(
  memory: Pick<Memory, "openForWriting">,
  { callTimeoutMs, interrupted, say }: HoldTargetOptions,
  use: (hold: Hold) => Promise<T>,
): Promise<T> {
  const store = await memory.openForWriting();
  const waitForAhead = (milliseconds: number) => {
    say(
      `The lease was taken by a clock that ran ahead: waiting ${Math.ceil(milliseconds / 1000)} s to see whether its holder is there.`,
    );
    return systemClock.sleep(milliseconds, interrupted);
  };
  const lease = await holdLease(store.leases, { graceMs: callTimeoutMs, waitForAhead });
  lease.lost.addEventListener("abort", () => say(lease.lost.reason.message));
  try {
    return await use({ lease, store, signal: AbortSignal.any([interrupted, lease.lost]) });
  } finally {
    await giveBack(lease, say);
  }
}

/** A store that can't be reached changes no result: the lease expires by itself. */
async function giveBack(lease: HeldLease, say: HoldTargetOptions["say"]): Promise<void> {
  try {
    await lease.release();
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    say(`Note: the lease could not be released and expires at ${lease.record.free_at} or soon after: ${error.message}`);
  }
}

function say(line: string): void {
  showNote(shown`${line}\n`);
}
