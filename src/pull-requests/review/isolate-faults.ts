import { OperationalError } from "../../model/errors/operational-error.ts";

/** What went wrong in a round without ending it. */
export interface Faults {
  /** Runs a task. Null: it failed in a way that concerns it alone. Throws what concerns everything else too. */
  isolate<T>(task: () => Promise<T>): Promise<T | null>;
  /** Keeps an error without throwing it, if it is the first. */
  note(error: unknown): void;
  /** Throws the first that was kept. */
  throwFirst(): void;
}

/** Codes of a forge's answers about a single resource. */
const OF_ONE_THING: ReadonlySet<string> = new Set(["forge_missing", "forge_refused", "forge_answer", "requests_full"]);
/** So many calls that a forge does not answer are not about what was asked: it is down. */
const MOST_UNANSWERED = 3;

/**
 * Keeps apart what fails in one step of one request (a locked conversation, a question that the forge refuses, a mistake in the code)
 * from everything else that a round does. What says that forge, store or daemon are not there, or that the forge wants to be left
 * alone, is thrown on.
 */
export function openFaults(signal: AbortSignal): Faults {
  // Not all: by its stack, each may hold the whole answer that it is about.
  let kept: { readonly error: unknown } | null = null;
  let unanswered = 0;
  const isOfOneThing = (error: unknown): boolean => {
    if (signal.aborted) return false;
    if (!(error instanceof OperationalError)) return true;
    if (error.code === "forge_unreachable") return ++unanswered < MOST_UNANSWERED;
    return OF_ONE_THING.has(error.code);
  };
  return {
    isolate: async (task) => {
      try {
        return await task();
      } catch (error) {
        if (!isOfOneThing(error)) throw error;
        kept ??= { error };
        return null;
      }
    },
    note: (error) => {
      kept ??= { error };
    },
    throwFirst: () => {
      if (kept !== null) throw kept.error;
    },
  };
}
