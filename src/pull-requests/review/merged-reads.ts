import { monotonicClock } from "../../store/leases/monotonic-clock.ts";
import { rememberTimes } from "./remember-times.ts";
import type { CallBudget } from "./spending.ts";

/**
 * How all merged requests that are followed are read in a round: `free`, as something is held for the first time with the merge of one of them; `charged`, as
 * something else is held than when they were read; `due`, as they were not read for some time, or in this process.
 */
export type MergedTurn = "free" | "charged" | "due";

/** What waits for an approval, which may have one by a merge. */
export interface HeldPlan {
  /** Names it, and what was decided about the target by then. */
  readonly name: string;
  /** Names of the followed requests whose merge it has. */
  readonly merges: readonly string[];
}

/** When the merged requests that are followed were read last, all of them in one round, so that rounds without news cost nothing for them. */
export interface MergedReads {
  /** How they are read now; null: not in this round. `names`: those that are followed; `held`: null where nothing is. */
  take(names: Iterable<string>, held: HeldPlan | null): MergedTurn | null;
  /**
   * All that the last turn was for was read and reported. Until that is said, a free one is free once more, a few times in an hour; others come again when
   * the next one is due.
   */
  confirm(): void;
  /** Whether the forge had it when it was read last; undefined: it was not read in this process. */
  wasThere(name: string): boolean | undefined;
  noteRead(name: string, isThere: boolean): void;
  /** Whether a look that only makes sure that nothing was written at the moment of the merge is free: once for each, while enough calls are left on the forge. */
  takeSettling(name: string): boolean;
}

/** One may have been commented on, and no webhook says so. In milliseconds. */
const PAUSE_MS = 60_000;
/** The same where few calls are left on the forge. */
const LOW_PAUSE_MS = 10 * 60_000;
/** For each of them, and each target of the repository, as each reads them: 300 an hour for all. */
const PAUSE_OF_ONE_MS = 12_000;

/** Free turns that a merge gets in an hour until one of them is confirmed. */
const MOST_FREE = 3;

/** Remembers it in this process: after its start, they are read in its first round. */
export function createMergedReads({
  now = monotonicClock.now,
  share = () => 1,
  isLow,
  looks,
}: {
  readonly now?: () => number;
  /** How many targets read the requests of the repository. */
  readonly share?: () => number;
  readonly isLow: () => boolean;
  /** What is charged for a turn that is. */
  readonly looks: CallBudget;
}): MergedReads {
  let [at, known]: [number | null, string | null] = [null, null];
  /** Of the last turn, if it was free: the merges that it was free for. */
  let taken: readonly string[] = [];
  const [there, freed, settled] = [new Map<string, boolean>(), new Set<string>(), new Set<string>()];
  const tried = rememberTimes(now, MOST_FREE);
  const isFree = (name: string) => !(freed.has(name) || tried.isFull(name));
  const find = (held: HeldPlan | null, count: number): MergedTurn | null => {
    if (held?.merges.some(isFree) === true) return "free";
    const pause = Math.max(isLow() ? LOW_PAUSE_MS : PAUSE_MS, PAUSE_OF_ONE_MS * count * share());
    if (at === null || now() - at >= pause) return "due";
    return held !== null && held.name !== known && looks.isLeft() ? "charged" : null;
  };
  return {
    take: (names, held) => {
      const all = new Set(names);
      for (const one of [there, freed, settled]) for (const name of one.keys()) if (!all.has(name)) one.delete(name);
      const turn = find(held, all.size);
      taken = turn === "free" && held !== null ? held.merges.filter(isFree) : [];
      for (const name of taken) tried.add(name);
      if (turn !== null) [at, known] = [now(), held?.name ?? null];
      return turn;
    },
    confirm: () => {
      for (const name of taken) freed.add(name);
      taken = [];
    },
    wasThere: (name) => there.get(name),
    noteRead: (name, isThere) => void there.set(name, isThere),
    takeSettling: (name) => {
      if (isLow() || settled.has(name)) return false;
      settled.add(name);
      return true;
    },
  };
}
