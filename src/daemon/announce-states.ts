import type { DaemonEvent, DaemonService } from "../model/daemon/daemon-service.ts";
import type { Log } from "./logging/log.ts";

/** What states are announced with. */
export interface StateAnnouncerTools {
  readonly overview: DaemonService["overview"];
  readonly publish: (event: DaemonEvent) => void;
  readonly log: Pick<Log, "error">;
}

/** Sends open pages the state of all targets, where they get no other event about a change. Never rejects. */
export function createStateAnnouncer({ overview, publish, log }: StateAnnouncerTools): () => Promise<void> {
  return async () => {
    try {
      for (const { warnings: _forOperators, ...state } of await overview()) {
        publish({ type: "state", target: state.target, state });
      }
    } catch (err) {
      // Nothing waits for it, and it is called while the store has trouble: a rejection would end the daemon, with all targets.
      log.error(
        { err },
        "The state of the targets could not be sent to open pages; they show it once they are loaded again.",
      );
    }
  };
}
