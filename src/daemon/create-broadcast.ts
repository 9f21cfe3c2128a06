import type { DaemonEvent, DaemonService } from "../model/daemon/daemon-service.ts";

/** Publishes events to all listeners. */
export function createBroadcast(): {
  readonly subscribe: DaemonService["subscribe"];
  readonly publish: (event: DaemonEvent) => void;
} {
  const listeners = new Set<(event: DaemonEvent) => void>();
  return {
    subscribe: (listen, signal) => {
      if (signal.aborted) return;
      listeners.add(listen);
      signal.addEventListener("abort", () => listeners.delete(listen), { once: true });
    },
    publish: (event) => {
      for (const listen of listeners) listen(event);
    },
  };
}
