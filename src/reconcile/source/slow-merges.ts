import { OperationalError } from "../../model/errors/operational-error.ts";

/** After how long a merge is tried again, in milliseconds: the machine may have been busy. */
const AGAIN_MS = 10 * 60_000;
/** Merges that are remembered, the newest ones. */
const MOST_MERGES = 500;

/** Merges that took too long, or are of too much. */
export interface SlowMerges {
  /** The task's answer. What it threw as too large is thrown again without running it, for ten minutes: until then only other commits change it. */
  ask<T>(base: string, head: string, task: () => Promise<T>): Promise<T>;
}

/** None yet. `now`: milliseconds that never go back. */
export function openSlowMerges(now = () => performance.now()): SlowMerges {
  const kept = new Map<string, { readonly error: OperationalError; readonly until: number }>();
  return {
    ask: async (base, head, task) => {
      const name = `${base} ${head}`;
      const found = kept.get(name);
      if (found !== undefined && now() < found.until) throw found.error;
      kept.delete(name);
      try {
        return await task();
      } catch (error) {
        if (error instanceof OperationalError && error.code === "source_too_large") {
          kept.set(name, { error, until: now() + AGAIN_MS });
          const [oldest] = kept.keys();
          if (kept.size > MOST_MERGES && oldest !== undefined) kept.delete(oldest);
        }
        throw error;
      }
    },
  };
}
