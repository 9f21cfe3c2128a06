import { joinReads } from "./join-reads.ts";

/** From this time of the thread on, a read takes long. */
const LONG_MS = 25;
/** How many times as long as a long read took the thread is left to all else, and the longest such rest. */
const RESTS = 3;
const LONGEST_REST_MS = 5_000;
/** Of how many resources it is known that they take long. */
const MOST_KNOWN = 10_000;

/** What is read, for whom. */
export interface Read {
  /** What is read, in any spelling: decides whether it is known to take long. */
  readonly resource: string;
  /** Equal for reads that give the very same answer. */
  readonly key: string;
  /** Those who wait have their turns by this. */
  readonly caller: string;
}

/** Reads, joins an equal read, or waits for a turn before. */
export type PaceReads = (asked: Read, read: () => Promise<unknown>) => Promise<unknown>;

/** The time of the thread, in milliseconds, and how it is left alone for some of it. */
export interface Pace {
  readonly spent: () => number;
  readonly rest: (ms: number) => Promise<void>;
}

/**
 * Joins equal reads, as {@link joinReads}. What took the thread long when it was read last is read one after the other, each with a rest
 * after it, and the callers take turns: those who read large plans, in any number, leave most of the thread to passes and to other reads.
 */
export function paceReads({ spent, rest }: Pace): PaceReads {
  const join = joinReads<unknown>();
  const long = new Set<string>();
  const waiting = new Map<string, (() => Promise<void>)[]>();
  let isWorking = false;
  /** How long it took. */
  const measure = async (resource: string, read: () => Promise<unknown>): Promise<number> => {
    const begun = spent();
    await read();
    const took = spent() - begun;
    long.delete(resource);
    if (took >= LONG_MS) long.add(resource);
    const [oldest] = long;
    if (oldest !== undefined && long.size > MOST_KNOWN) long.delete(oldest);
    return took;
  };
  const work = async () => {
    if (isWorking) return;
    isWorking = true;
    for (let [first] = waiting; first !== undefined; [first] = waiting) {
      const [caller, turns] = first;
      const turn = turns.shift();
      waiting.delete(caller);
      if (turns.length > 0) waiting.set(caller, turns);
      await turn?.();
    }
    isWorking = false;
  };
  const inTurn = (caller: string, turn: () => Promise<void>) => {
    waiting.set(caller, [...(waiting.get(caller) ?? []), turn]);
    void work();
  };
  return ({ resource, key, caller }, read) =>
    join(`${resource} ${key}`, () => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const answer = () => read().then(resolve, reject);
      if (!long.has(resource)) void measure(resource, answer);
      else {
        inTurn(caller, async () => {
          const took = await measure(resource, answer);
          if (took >= LONG_MS) await rest(Math.min(took * RESTS, LONGEST_REST_MS));
        });
      }
      return promise;
    });
}
