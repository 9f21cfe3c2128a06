import { monotonicClock } from "../../store/leases/monotonic-clock.ts";
import type { CallBudget } from "./spending.ts";

/**
 * How all merged requests that are followed are read in a round: `free`, as something is held for the first time since one of them was merged; `charged`, as
 * something else is held than when they were read; `due`, as they were not read for some time, or in this process.
 */
export type MergedTurn = "free" | "charged" | "due";

/** When the merged requests that are followed were read last, all of them in one round, so that rounds without news cost nothing for them. */
export interface MergedReads {
  /**
   * How they are read now; null: not in this round. `names`: those that are followed; `held`: names what waits for an approval, which may have one by a
   * merge; null: nothing does.
   */
  take(names: Iterable<string>, held: string | null): MergedTurn | null;
  /** The last turn had a failure: the next round has another one, that is free once more where that one was, but only once for what is held. */
  takeBack(): void;
  /** Whether the forge had it when it was read last; undefined: it was not read in this process. */
  wasThere(name: string): boolean | undefined;
  noteRead(name: string, isThere: boolean): void;
}

/** One may have been commented on, and no webhook says so. In milliseconds. */
const PAUSE_MS = 60_000;
/** The same where few calls are left on the forge. */
const LOW_PAUSE_MS = 10 * 60_000;

/** Remembers it in this process: after its start, they are read in its first round. */
export function createMergedReads({
  now = monotonicClock.now,
  isLow,
  looks,
}: {
  readonly now?: () => number;
  readonly isLow: () => boolean;
  /** What is charged for a turn that is. */
  readonly looks: CallBudget;
}): MergedReads {
  let [at, known]: [number | null, string | null] = [null, null];
  /** Names of those for which one turn was free. */
  let freed: ReadonlySet<string> = new Set();
  /** What was known, and free, before the last turn. */
  let before: { readonly known: string | null; readonly freed: ReadonlySet<string> } = { known, freed };
  /** What is held that a second turn was free for. */
  let repeated: string | null = null;
  const there = new Map<string, boolean>();
  const find = (names: readonly string[], held: string | null): MergedTurn | null => {
    const isOther = held !== null && held !== known;
    if (isOther && names.some((name) => !freed.has(name))) return "free";
    if (at === null || now() - at >= (isLow() ? LOW_PAUSE_MS : PAUSE_MS)) return "due";
    return isOther && looks.isLeft() ? "charged" : null;
  };
  return {
    take: (given, held) => {
      const names = [...given];
      const turn = find(names, held);
      if (turn !== null) before = { known, freed };
      freed = new Set(turn === "free" ? names : names.filter((name) => freed.has(name)));
      const all = new Set(names);
      for (const name of there.keys()) if (!all.has(name)) there.delete(name);
      if (turn !== null) [at, known] = [now(), held];
      return turn;
    },
    takeBack: () => {
      at = null;
      if (known === repeated) return;
      repeated = known;
      ({ known, freed } = before);
    },
    wasThere: (name) => there.get(name),
    noteRead: (name, isThere) => void there.set(name, isThere),
  };
}
