import { OperationalError } from "../model/errors/operational-error.ts";
import { doPlacesMeet } from "./config/list-written-places.ts";

/** What works for a target under one configuration, and is replaced by another one. */
export interface Replaceable {
  /** What it writes to, by the keys of `listWrittenPlaces`. No two of one configuration meet in any of it. */
  readonly places: readonly string[];
  /** Ends what is fetched and read; a write under way is finished, and none follows. */
  end(): void;
  /** Called once, when nothing works under it any more. */
  close(): Promise<void>;
}

/** The events of a handover. */
export interface HandoverEvents<One> {
  /** Work may begin under it from now on. */
  readonly onTakenUp: (name: string, one: One) => void;
  /** No work of that name is left. Its error is passed to `onError`. */
  readonly onGone: (name: string) => Promise<void>;
  readonly onError: (error: unknown, name: string) => void;
}

/**
 * Which configuration each target works under, while configurations are replaced. At each moment:
 * - all work of one name runs under the same one;
 * - no work begins under a replaced one, nor under one with a place that another one still writes to, or within;
 * - one that waits for neither its own former work nor a place takes effect immediately, independent of the others.
 */
export interface Handover<One> {
  /** By name: what work is done under now, or else what is waiting to be taken up. One that was removed is in it until its work has ended. */
  all(): ReadonlyMap<string, One>;
  /**
   * Runs work under the configuration of that name; null where there is none. Throws an OperationalError `configuration_replaced` (`next:
   * wait`) while the new one waits to take effect, before anything is done, and in place of the work's error where the work was ended for
   * that reason. Any other error of the work is thrown as it is, since its progress is unknown.
   */
  use<Result>(name: string, work: (one: One) => Promise<Result>): Promise<Result | null>;
  /** Whether what is configured for the name waits to be taken up: until then nothing is judged by what it replaces. */
  isReplaced(name: string): boolean;
  /**
   * Replaces all configurations: ends the former work, and returns the names whose work has not ended yet. Replacements of an earlier call
   * that have not taken effect are dropped.
   */
  replace(next: ReadonlyMap<string, One>): readonly string[];
  /** Resolves once all that was replaced last is taken up, and everything else is closed. */
  settled(): Promise<void>;
  /** Whether all that was replaced last is taken up, and everything else is closed. */
  isSettled(): boolean;
}

/** Creates a handover that has nothing yet. */
export function createHandover<One extends Replaceable>(events: HandoverEvents<One>): Handover<One> {
  let wanted: ReadonlyMap<string, One> = new Map();
  /** What work is done under, or was until it has been closed. */
  const inForce = new Map<string, One>();
  const working = new Map<One, number>();
  const closing = new Set<One>();
  const onSettled: (() => void)[] = [];

  const isReplaced = ([name, one]: readonly [string, One]) => wanted.get(name) !== one;
  const isSettled = () => closing.size === 0 && inForce.size === wanted.size && ![...inForce].some(isReplaced);
  const discard = async (name: string, one: One) => {
    closing.add(one);
    try {
      await one.close();
      if (!wanted.has(name)) await events.onGone(name);
    } catch (error) {
      events.onError(error, name);
    }
    closing.delete(one);
    if (inForce.get(name) === one) inForce.delete(name);
    settle();
  };
  const settle = () => {
    for (const [name, one] of [...inForce].filter(isReplaced)) {
      if (!working.has(one) && !closing.has(one)) void discard(name, one);
    }
    const taken = [...inForce].filter(isReplaced).flatMap(([, one]) => one.places);
    const isTaken = (place: string) => taken.some((other) => doPlacesMeet(place, other));
    for (const [name, one] of wanted) {
      if (inForce.has(name) || one.places.some(isTaken)) continue;
      inForce.set(name, one);
      events.onTakenUp(name, one);
    }
    if (!isSettled()) return;
    for (const notify of onSettled.splice(0)) notify();
  };
  const enter = (one: One) => working.set(one, (working.get(one) ?? 0) + 1);
  const leave = (one: One) => {
    const left = (working.get(one) ?? 0) - 1;
    if (left > 0) working.set(one, left);
    else working.delete(one);
    settle();
  };
  return {
    all: () => {
      const now = [...wanted].map(([name, one]) => [name, inForce.get(name) ?? one] as const);
      return new Map([...now, ...inForce]);
    },
    use: async (name, work) => {
      const one = wanted.get(name);
      if (one === undefined) return null;
      if (inForce.get(name) !== one) throw explainReplaced(name);
      enter(one);
      try {
        return await work(one);
      } catch (error) {
        throw wanted.has(name) && wanted.get(name) !== one && isEnded(error) ? explainReplaced(name) : error;
      } finally {
        leave(one);
      }
    },
    isReplaced: (name) => wanted.has(name) && wanted.get(name) !== inForce.get(name),
    replace: (next) => {
      const unused = [...wanted].filter(([name, one]) => inForce.get(name) !== one);
      wanted = next;
      for (const one of inForce.values()) one.end();
      for (const [name, one] of unused) void discard(name, one);
      settle();
      return [...inForce].filter(([, one]) => working.has(one)).map(([name]) => name);
    },
    isSettled,
    settled: () =>
      new Promise((resolve) => {
        onSettled.push(resolve);
        settle();
      }),
  };
}

/** Why nothing is begun and nothing decided about a target for now. */
export function explainReplaced(name: string): OperationalError {
  const message = `Target ${name} has a new configuration, and a write under the old one is still in progress. Try again in a moment.`;
  return new OperationalError("configuration_replaced", message, { next: "wait" });
}

/** Why a replica leaves a target to the others: it has another configuration than they, or an older one. */
export function explainElsewhere(name: string): OperationalError {
  const message = `Target ${name} is not configured here. Another replica may have it.`;
  return new OperationalError("target_elsewhere", message, { next: "wait" });
}

/** Whether nothing was wrong, but a signal. */
function isEnded(error: unknown): boolean {
  return error instanceof OperationalError
    ? error.code === "ended_early"
    : error instanceof DOMException && error.name === "AbortError";
}
