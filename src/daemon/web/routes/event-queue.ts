import { once } from "node:events";
import type { DaemonEvent } from "../../../model/daemon-service.ts";

/** Events on their way to one reader. */
export interface EventQueue {
  add(event: DaemonEvent): void;
  /** Events as they come, until the signal. */
  read(signal: AbortSignal): AsyncGenerator<DaemonEvent>;
}

/**
 * Holds what a reader has not taken yet. Each event tells how things are, so the newest of a target and type stands for those
 * before it: a reader that is slow gets fewer, and never more than three for each target are kept.
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
