import { joinReads } from "./join-reads.ts";
import { WebError } from "./web-error.ts";

/** From this time of the thread on, a read takes long. */
const LONG_MS = 25;
/** How many times as long as a long read took the thread is left to all else, and the longest such rest. */
const RESTS = 3;
const LONGEST_REST_MS = 5_000;
/** Of how many resources it is known that they take long. */
const MOST_KNOWN = 10_000;
/** So long after it did so last, a resource that took long may be another one. In milliseconds. */
const KNOWN_MS = 10 * 60_000;
/** Turns that one caller may wait for, and all together. */
const MOST_EACH = 10;
const MOST_WAITING = 200;
/** When who may not may try again, in seconds. */
const RETRY_S = 10;

/** What is read, for whom. */
export interface Read {
  /** What is read, in any spelling: decides whether it is known to take long. */
  readonly resource: string;
  /** Equal for reads that give the very same answer. */
  readonly key: string;
  /** Those who wait have their turns by this. */
  readonly caller: string;
  /** Whether the caller does not wait for the answer any more. */
  readonly isGone: () => boolean;
}

/** Reads, joins an equal read, or waits for a turn before. */
export type PaceReads = (asked: Read, read: () => Promise<unknown>) => Promise<unknown>;

/** The time of the thread and that of all, in milliseconds, and how the thread is left alone for some of it. */
export interface Pace {
  readonly now: () => number;
  readonly spent: () => number;
  readonly rest: (ms: number) => Promise<void>;
}

/** A read that has not begun: it does with the first turn of a caller who waits for it. */
interface WaitingRead extends PromiseWithResolvers<unknown> {
  readonly asked: Read;
  readonly read: () => Promise<unknown>;
  /** For each caller, whether those who asked are gone. */
  readonly callers: Map<string, (() => boolean)[]>;
}

/**
 * Joins equal reads, as {@link joinReads}. What took the thread long when it was read is read one after the other, each with a rest
 * after it, and the callers take turns: those who read large plans, in any number, leave most of the thread to passes and to other reads. Who asks for
 * what another one waits for has a turn for it as well. Throws `rate_limited` where a caller waits for too many, `overloaded` where all together do.
 */
export function paceReads({ now, spent, rest }: Pace): PaceReads {
  const join = joinReads<unknown>();
  const known = openKnown(now);
  const waiting = new Map<string, WaitingRead>();
  const lines = new Map<string, readonly WaitingRead[]>();
  let isWorking = false;
  /** Gives how long it took; 0: not long. */
  const measure = async ({ asked, read, resolve, reject }: Omit<WaitingRead, "callers" | "promise">) => {
    const begun = spent();
    const [outcome] = await Promise.allSettled([read()]);
    const isRead = outcome.status === "fulfilled";
    if (isRead) resolve(outcome.value);
    else reject(outcome.reason);
    return known.note(asked, { took: spent() - begun, isRead });
  };
  const takeTurn = async (caller: string, one: WaitingRead) => {
    const name = nameRead(one.asked);
    // It began with the turn of another one.
    if (waiting.get(name) !== one) return;
    const isGone = one.callers.get(caller)?.every((isOneGone) => isOneGone()) ?? true;
    one.callers.delete(caller);
    if (isGone && one.callers.size > 0) return;
    waiting.delete(name);
    if (isGone) return one.reject(new WebError("unavailable", "No one waits for this answer any more."));
    const took = await measure(one);
    if (took > 0) await rest(Math.min(took * RESTS, LONGEST_REST_MS));
  };
  const work = async () => {
    if (isWorking) return;
    isWorking = true;
    for (let [first] = lines; first !== undefined; [first] = lines) {
      const [caller, [one, ...more]] = first;
      lines.delete(caller);
      if (more.length > 0) lines.set(caller, more);
      if (one !== undefined) await takeTurn(caller, one);
    }
    isWorking = false;
  };
  const requireRoom = (line: readonly WaitingRead[]) => {
    if (line.length >= MOST_EACH)
      throw new WebError("rate_limited", "You wait for too many large answers; try again later.", RETRY_S);
    if ([...lines.values()].reduce((sum, { length }) => sum + length, 0) >= MOST_WAITING)
      throw new WebError("overloaded", "Too many wait for large answers; try again later.", RETRY_S);
  };
  const inTurn = (asked: Read, read: () => Promise<unknown>): Promise<unknown> => {
    const { caller, isGone } = asked;
    const former = waiting.get(nameRead(asked));
    const own = former?.callers.get(caller);
    if (former !== undefined && own !== undefined) {
      own.push(isGone);
      return former.promise;
    }
    const line = lines.get(caller) ?? [];
    requireRoom(line);
    const one = former ?? { ...Promise.withResolvers<unknown>(), asked, read, callers: new Map() };
    waiting.set(nameRead(asked), one);
    one.callers.set(caller, [isGone]);
    lines.set(caller, [...line, one]);
    void work();
    return one.promise;
  };
  const readNow = (asked: Read, read: () => Promise<unknown>): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    void measure({ asked, read, resolve, reject });
    return promise;
  };
  return async (asked, read) => {
    if (known.isLong(asked)) return inTurn(asked, read);
    // By the time that it begins it may be known to take long.
    return join(nameRead(asked), async () => (known.isLong(asked) ? inTurn(asked, read) : readNow(asked, read)));
  };
}

function nameRead({ resource, key }: Read): string {
  return `${resource} ${key}`;
}

/**
 * Of which resources it is known that they take long: until the very read that did so takes short, or for some minutes. A part of a resource, or what
 * fails, may be read by those who want the whole to be forgotten.
 */
function openKnown(now: () => number) {
  const all = new Map<string, { readonly key: string; readonly took: number; readonly at: number }>();
  return {
    isLong: ({ resource }: Read) => now() - (all.get(resource)?.at ?? Number.NEGATIVE_INFINITY) < KNOWN_MS,
    /** Gives how long it takes at least: what else the thread did in between counts as its time, too. 0: not long. */
    note: ({ resource, key }: Read, { took, isRead }: { readonly took: number; readonly isRead: boolean }): number => {
      const former = all.get(resource);
      if (took < LONG_MS) {
        if (isRead && former?.key === key) all.delete(resource);
        return 0;
      }
      const least = Math.min(took, former?.took ?? took);
      all.delete(resource);
      all.set(resource, { key: former?.key ?? key, took: least, at: now() });
      const [oldest] = all.keys();
      if (oldest !== undefined && all.size > MOST_KNOWN) all.delete(oldest);
      return least;
    },
  };
}
