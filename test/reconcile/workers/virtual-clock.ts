import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../../src/reconcile/workers/share-slots.ts";

/** A clock that goes on only when it is told to, from one thing that is due to the next. */
export interface VirtualClock extends Clock {
  /** Goes on until nothing is due any more; `look` is called after all that is due at a moment has happened. */
  run(look: () => void): Promise<void>;
  /** Goes on by so many milliseconds at once. */
  skip(ms: number): void;
}

/** At 0. */
export function createVirtualClock(): VirtualClock {
  let now = 0;
  const due = new Set<{ readonly at: number; readonly call: () => void }>();
  const happen = () => {
    for (const timer of [...due].filter(({ at }) => at <= now)) if (due.delete(timer)) timer.call();
  };
  return {
    now: () => now,
    after: (ms, call) => {
      const timer = { at: now + ms, call };
      due.add(timer);
      return () => due.delete(timer);
    },
    run: async (look) => {
      while (due.size > 0) {
        now = Math.min(...[...due].map(({ at }) => at));
        happen();
        // What promises have to say.
        await turn();
        look();
      }
    },
    skip: (ms) => {
      now += ms;
      happen();
    },
  };
}
