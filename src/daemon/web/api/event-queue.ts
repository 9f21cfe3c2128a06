import { once } from "node:events";
import type { DaemonEvent } from "../../../model/daemon/daemon-service.ts";

/** Events on their way to one reader. */
export interface EventQueue {
  add(event: DaemonEvent): void;
  /** Events as they come, until the signal. */
  read(signal: AbortSignal): AsyncGenerator<DaemonEvent>;
}

/**
 * Holds what a reader has not taken yet. Each event is a full state, so the newest of a target and type replaces those before it: a slow
 * reader gets fewer, and at most three for each target are kept.
 */
export function createEventQueue(): EventQueue {
  const waiting = new Map<string, DaemonEvent>();
  const added = new EventTarget();
  return {
    add(event) {
      waiting.set(`${event.type}:${event.target}`, event);
      added.dispatchEvent(new Event("added"));
    },
    async *read(signal) {
      while (!signal.aborted) {
        const [first] = waiting;
        if (first === undefined) await waitForOne(added, signal);
        else {
          waiting.delete(first[0]);
          yield first[1];
        }
      }
    },
  };
}

async function waitForOne(added: EventTarget, signal: AbortSignal): Promise<void> {
  try {
    await once(added, "added", { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
