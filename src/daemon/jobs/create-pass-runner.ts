import { OperationalError } from "../../model/errors/operational-error.ts";
import type { MonotonicClock } from "../../store/leases/monotonic-clock.ts";

/** The passes that run in this process. */
export interface PassRunner {
  /** How many more may be started now, of targets that are not known to be slow. */
  free(): number;
  /** Whether none over this target runs, and there is a place for one. */
  mayRun(target: string): boolean;
  /** Runs a pass; the caller has checked that it may. Returns whether it was one. Never rejects. */
  run(target: string): Promise<Outcome>;
  /** Aborts all that run and resolves when they have ended; none starts any more. */
  stop(): Promise<void>;
}

/**
 * `held`: another one has the target's lease, or its configuration is being replaced, and nothing was done. `elsewhere`: this replica does not have
 * the target.
 */
export type Outcome = "ended" | "held" | "elsewhere";

/** What passes are run with. */
export interface PassRunnerOptions {
  /** Places of either kind. */
  readonly concurrency: number;
  /** A pass that runs for longer than this is slow, in milliseconds. */
  readonly slowMs: number;
  readonly clock: MonotonicClock;
  /** Receives the errors of passes, except those that say that it is not this replica's turn. */
  readonly onError: (error: unknown, target: string) => void;
  /** Called when a running pass has moved to a slow slot and freed its own. */
  readonly onFree: () => void;
}

/** Makes one pass, as `Work` does; who may make it is settled. */
export type RunOne = (target: string, signal: AbortSignal) => Promise<void>;

/** Whose turn it is not yet: that is no error. */
const HELD_CODES: ReadonlySet<string> = new Set(["lease_held", "configuration_replaced", "target_elsewhere"]);

/** For how long after a slow pass a target counts as one that may be slow again, in milliseconds. */
export const LATELY_MS = 10 * 60_000;
/** The share of the places that targets which were slow lately leave to all others. */
const LEFT_SHARE = 1 / 4;

/** A pass under way. */
interface Run {
  readonly ended: Promise<Outcome>;
  isSlow: boolean;
  /** Whether it has one of the places for slow passes. */
  isAside: boolean;
}

/**
 * Runs passes in places of two kinds, as many of either: a pass that turns out to be slow moves to a place for slow ones as soon as there is one,
 * and the next one of its target begins there. So a target that is not slow waits for slow ones only where more targets than there are places for slow ones have
 * become slow at the same time, and for each of them once: those that were slow lately leave a quarter of the other places free.
 */
export function createPassRunner(
  work: RunOne,
  { concurrency, slowMs, clock, onError, onFree }: PassRunnerOptions,
): PassRunner {
  // In the order in which they began.
  const running = new Map<string, Run>();
  /** Targets whose last pass was slow. */
  const slow = new Set<string>();
  /** When the last slow pass of a target ended. */
  const slowAt = new Map<string, number>();
  const wasSlowLately = (target: string) => clock.now() - (slowAt.get(target) ?? Number.NEGATIVE_INFINITY) < LATELY_MS;
  /** Free places that a pass over the target may not take. */
  const leave = (target: string) => (wasSlowLately(target) ? Math.floor(concurrency * LEFT_SHARE) : 0);
  const stop = new AbortController();
  const countAside = () => [...running.values()].filter(({ isAside }) => isAside).length;
  const isOpenAside = () => !stop.signal.aborted && countAside() < concurrency;
  const free = () => (stop.signal.aborted ? 0 : concurrency - running.size + countAside());
  const moveAside = () => {
    for (const run of running.values()) {
      if (!run.isSlow || run.isAside || !isOpenAside()) continue;
      run.isAside = true;
      onFree();
    }
  };
  const runTarget = async (target: string): Promise<Outcome> => {
    try {
      await work(target, stop.signal);
    } catch (error) {
      if (!(error instanceof OperationalError && HELD_CODES.has(error.code))) onError(error, target);
      if (error instanceof OperationalError && error.code === "target_elsewhere") return "elsewhere";
      if (error instanceof OperationalError && error.next === "wait") return "held";
    }
    return "ended";
  };
  const measure = async (run: Run, ended: AbortSignal) => {
    await clock.sleep(slowMs, ended);
    if (ended.aborted) return;
    run.isSlow = true;
    moveAside();
  };
  return {
    free,
    mayRun: (target) => !running.has(target) && (slow.has(target) ? isOpenAside() : free() > leave(target)),
    run: (target) => {
      const end = new AbortController();
      const ended = runTarget(target).then((outcome) => {
        end.abort();
        running.delete(target);
        // One that was held says nothing.
        if (run.isSlow) {
          slow.add(target);
          slowAt.set(target, clock.now());
        } else if (outcome === "ended") slow.delete(target);
        moveAside();
        return outcome;
      });
      const run: Run = { ended, isSlow: false, isAside: slow.has(target) };
      running.set(target, run);
      void measure(run, end.signal);
      return ended;
    },
    stop: async () => {
      stop.abort();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}
