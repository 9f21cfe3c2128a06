import { setTimeout } from "node:timers/promises";

/** How many times as long as work took the thread is left to all else. */
const RESTS = 3;
/** So much rest may be owed before the next piece waits for it, and no more is. In milliseconds. */
const OWED_MS = 75;
const MOST_OWED_MS = 5_000;

/** Does a piece of work of the thread when it is its turn, and gives what it gives. */
export type TakeTurn = <T>(work: () => T) => Promise<T>;

/** The turns of one server, or of one target. */
export interface Turns {
  readonly take: TakeTurn;
  /** Resolves when it is the turn of work that another does, such as a library: all that is done before the thread comes to something else. */
  enter(): Promise<void>;
  /** Counts what the thread did for it beside its turns, in milliseconds. */
  charge(ms: number): void;
}

/** The time of all and that of the thread, in milliseconds, and how the thread is left alone for some of it. */
export interface TurnClock {
  readonly now: () => number;
  readonly spent: () => number;
  readonly rest: (ms: number) => Promise<unknown>;
}

const OWN_CLOCK: TurnClock = {
  now: () => performance.now(),
  // Another process that has the processor takes nothing of it.
  spent: () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  },
  rest: (ms) => setTimeout(ms),
};

/**
 * Turns for work that a foreign text decides the length of, such as to parse what one server of one target sent: one piece after another, in the
 * order in which they came. The thread is left to all else for three times as long as they took it: a long one, and many short ones, are followed by
 * a rest. It is taken before the next piece, so that none delays an end.
 */
export function createTurns({ now, spent, rest }: TurnClock = OWN_CLOCK): Turns {
  let before: Promise<unknown> = Promise.resolve();
  let free = Number.NEGATIVE_INFINITY;
  const charge = (ms: number) => {
    const at = now();
    free = at + Math.min(Math.max(0, free - at) + ms * RESTS, MOST_OWED_MS);
  };
  /** Gives what ends the turn. */
  const begin = async (): Promise<() => void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const last = before;
    before = promise;
    await last;
    try {
      const owed = free - now();
      if (owed > OWED_MS) await rest(owed);
      const begun = spent();
      return () => {
        charge(spent() - begun);
        resolve();
      };
    } catch (error) {
      resolve();
      throw error;
    }
  };
  const take: TakeTurn = async (work) => {
    const end = await begin();
    try {
      return work();
    } finally {
      end();
    }
  };
  // The next tick comes once all promises have continued that can, and before anything else arrives.
  const enter = async () => process.nextTick(await begin());
  return { take, enter, charge };
}
