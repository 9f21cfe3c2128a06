import { setTimeout as delay } from "node:timers/promises";
import type { Model } from "./create-model.ts";

/** Between two messages of a stream on which nothing changes, in milliseconds. */
const INTERVAL_MS = 2000;
/** Changes within this time of each other make one message, in milliseconds. */
const QUIET_MS = 50;

/**
 * Sends the state immediately, then after each change and at intervals, until the client goes or the server stops. An error while reading
 * the state ends the stream.
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

/** Waits, or is woken by the signal; which of the two does not matter to the caller. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch((error: unknown) => {
    if (!signal.aborted) {
      throw error;
    }
  });
}
