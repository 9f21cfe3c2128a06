import { setTimeout as delay } from "node:timers/promises";
import type { Model } from "./create-model.ts";

/** Longest interval between two messages of a stream, in milliseconds. */
const INTERVAL_MS = 2000;
/** Changes within this time are sent in one message, in milliseconds. */
const QUIET_MS = 50;

/**
 * Sends a snapshot of the state immediately, then after each change and at intervals, until the client disconnects or the server
 * stops. A snapshot that throws ends the stream with that error.
 */
export async function* streamChanges<T>(model: Model, signal: AbortSignal, look: () => T): AsyncGenerator<T> {
  while (!signal.aborted) {
    model.settle();
    yield look();
    await nextChange(model, signal);
  }
}

async function nextChange(model: Model, signal: AbortSignal): Promise<void> {
  const changed = new AbortController();
  const unsubscribe = model.subscribe(() => changed.abort());
  await sleep(INTERVAL_MS, AbortSignal.any([signal, changed.signal]));
  unsubscribe();
  if (changed.signal.aborted) {
    await sleep(QUIET_MS, signal);
  }
}

/** Resolves after a time, or once the signal is aborted. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch((error: unknown) => {
    if (!signal.aborted) {
      throw error;
    }
  });
}
