import { OperationalError } from "../model/operational-error.ts";
import type { Work } from "./jobs.ts";

/** The passes that run in this process. */
export interface PassRunner {
  /** How many more may be started now. */
  free(): number;
  isRunning(target: string): boolean;
  /** Runs a pass; the caller has made sure that none over this target runs. Tells whether it was one. Never rejects. */
  run(target: string): Promise<Outcome>;
  /** Aborts all that run and resolves when they have ended; none starts any more. */
  stop(): Promise<void>;
}

/** `held`: another one has the target's lease, or its configuration is being replaced, and nothing was done. */
export type Outcome = "ended" | "held";

/** Whose turn it is not yet: that is no error. */
const HELD_CODES: ReadonlySet<string> = new Set(["lease_held", "configuration_replaced"]);

/** Keeps count of passes. `onError` is told what they throw, but for a lease that another one has, and for a configuration that is being replaced. */
export function createPassRunner(
  work: Work,
  concurrency: number,
  onError: (error: unknown, target: string) => void,
): PassRunner {
  const running = new Map<string, Promise<Outcome>>();
  const stop = new AbortController();
  const carryOut = async (target: string): Promise<Outcome> => {
    try {
      await work(target, stop.signal);
    } catch (error) {
      if (!(error instanceof OperationalError && HELD_CODES.has(error.code))) onError(error, target);
      if (error instanceof OperationalError && error.next === "wait") return "held";
    } finally {
      running.delete(target);
    }
    return "ended";
  };
  return {
    free: () => (stop.signal.aborted ? 0 : concurrency - running.size),
    isRunning: (target) => running.has(target),
    run: (target) => {
      const pass = carryOut(target);
      running.set(target, pass);
      return pass;
    },
    stop: async () => {
      stop.abort();
      await Promise.all(running.values());
    },
  };
}
