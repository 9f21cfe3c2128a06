import { EventEmitter, once } from "node:events";
import type { DaemonEvent } from "../../src/model/daemon/daemon-service.ts";

/** The events of a daemon, as its page follows them. */
export interface FollowedEvents {
  /** How many have come. */
  readonly count: () => number;
  /** Waits until one is meant of those that come after the first `from`, or until the signal. */
  readonly wait: (from: number, isMeant: (event: DaemonEvent) => boolean, signal: AbortSignal) => Promise<void>;
}

/** Follows the events of the daemon at an address until it ends the stream. None come after that, so that no one may wait for them alone. */
export function followEvents(url: string, headers: Readonly<Record<string, string>>): FollowedEvents {
  const came: DaemonEvent[] = [];
  const stream = new EventEmitter();
  const follow = async () => {
    const { body } = await fetch(`${url}/events`, { headers: { ...headers, accept: "text/event-stream" } });
    let rest = "";
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      came.push(...lines.filter((line) => line.startsWith(DATA)).map(trustEvent));
      stream.emit("came");
    }
  };
  // A daemon that is killed, or refuses the stream, has no events.
  follow().catch(() => undefined);
  return {
    count: () => came.length,
    async wait(from, isMeant, signal) {
      let looked = from;
      while (!signal.aborted) {
        const next = came.slice(looked);
        looked = came.length;
        if (next.some(isMeant)) return;
        // The signal ends this, too.
        await once(stream, "came", { signal }).catch(() => undefined);
      }
    },
  };
}

const DATA = "data: ";

/** That an event has its documented form is for the tests of the stream. */
function trustEvent(line: string): DaemonEvent {
  return JSON.parse(line.slice(DATA.length)) as DaemonEvent;
}
