import { endedEarly } from "../../systems/http/until-aborted.ts";

/** Whose task it is: slots are shared out by it. */
export interface TaskOwner {
  readonly target: string;
  /** Where its manifests come from: one push can make all targets of a repository costly. */
  readonly repository: string;
}

/** The time, in milliseconds since any moment. */
export interface Clock {
  now(): number;
  /** Calls back after so long; gives what cancels it. */
  after(ms: number, call: () => void): () => void;
}

/** How many slots there are, and what is taken for costly. */
export interface SlotLimits {
  /** Tasks at a time, at least 2. */
  readonly slots: number;
  /** A task that runs for longer than this is long, in milliseconds. Default 5,000. */
  readonly longMs?: number;
  /** For how long after a long task all tasks of its target are expected to be long, in milliseconds. Default 600,000. */
  readonly slowMs?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Slots that are shared fairly. */
export interface Slots {
  /**
   * Does work in a slot, and gives what it gives. Where `giveWay` is aborted, the work is to throw soon: it is done once more later, from its
   * beginning. Throws `ended_early` as soon as the signal is aborted while it waits; a work under way ends itself.
   */
  use<Result>(
    owner: TaskOwner,
    work: (giveWay: AbortSignal) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result>;
}

/** A work that waits for a slot. */
interface Claim {
  readonly owner: TaskOwner;
  /** It ran for long already, and gave way. */
  readonly gaveWay: boolean;
  readonly begin: (run: Run) => void;
}

/** A work in its slot. */
interface Run {
  readonly owner: TaskOwner;
  /** It was expected to be long when it began, and is not asked to give way. */
  readonly isLong: boolean;
  readonly since: number;
  readonly yielding: AbortController;
  readonly forget: () => void;
}

const MACHINE: Clock = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/**
 * Shares slots among targets by three rules:
 *
 * 1. A free slot goes to the repository that was served longest ago, in it to the target that was, and there to the first to come.
 * 2. All slots but one are open to tasks that are expected to be long: those of a target that had a long one lately, and those that gave way.
 * 3. Where all slots are held by long tasks and another one waits, the one that began last, of those that were not expected to be long, gives way. Each does so once at most.
 *
 * So a task of a target that had no long one waits for at most one task of each other repository, and for `longMs` at each of them.
 */
export function shareSlots({ slots, longMs = 5_000, slowMs = 600_000, clock = MACHINE }: SlotLimits): Slots {
  // In the order in which they came.
  const waiting = new Set<Claim>();
  // In the order in which they began.
  const running = new Set<Run>();
  const slowUntil = new Map<string, number>();
  const turns = createTurns();
  const isLong = ({ owner, gaveWay }: Claim) => gaveWay || (slowUntil.get(owner.target) ?? 0) > clock.now();
  const ranLong = ({ isLong, since }: Run) => isLong || clock.now() - since >= longMs;
  const noteLong = (run: Run) => {
    if (clock.now() - run.since >= longMs) slowUntil.set(run.owner.target, clock.now() + slowMs);
  };
  const serve = () => {
    while (running.size < slots) {
      const isOpen = [...running].filter(ranLong).length < slots - 1;
      const next = turns.first([...waiting].filter((claim) => isOpen || !isLong(claim)));
      if (next === undefined) return;
      waiting.delete(next);
      begin(next);
    }
    const all = [...running];
    if (!all.every(ranLong) || all.some(({ yielding }) => yielding.signal.aborted)) return;
    if ([...waiting].every(isLong)) return;
    all.findLast((run) => !run.isLong)?.yielding.abort();
  };
  const begin = (claim: Claim) => {
    const { owner } = claim;
    turns.note(owner);
    const run: Run = {
      ...{ owner, isLong: isLong(claim), since: clock.now(), yielding: new AbortController() },
      forget: clock.after(longMs, () => {
        noteLong(run);
        serve();
      }),
    };
    running.add(run);
    claim.begin(run);
  };
  const enter = (owner: TaskOwner, gaveWay: boolean, signal: AbortSignal | undefined) =>
    new Promise<Run>((resolve, reject) => {
      if (signal?.aborted) return reject(endedEarly());
      const leaveQueue = () => {
        waiting.delete(claim);
        reject(endedEarly());
      };
      const claim: Claim = {
        ...{ owner, gaveWay },
        begin: (run) => {
          signal?.removeEventListener("abort", leaveQueue);
          resolve(run);
        },
      };
      signal?.addEventListener("abort", leaveQueue);
      waiting.add(claim);
      serve();
    });
  const leave = (run: Run) => {
    run.forget();
    noteLong(run);
    running.delete(run);
    serve();
  };
  return {
    use: async (owner, work, signal) => {
      for (let gaveWay = false; ; gaveWay = true) {
        const run = await enter(owner, gaveWay, signal);
        const giveWay = run.yielding.signal;
        try {
          return await work(giveWay);
        } catch (error) {
          if (!giveWay.aborted || signal?.aborted) throw error;
        } finally {
          leave(run);
        }
      }
    },
  };
}

/** Whose turn it is. */
function createTurns() {
  const repositories = new Map<string, number>();
  const targets = new Map<string, number>();
  let turn = 0;
  const repositoryTurn = ({ owner }: Claim) => repositories.get(owner.repository) ?? 0;
  const targetTurn = ({ owner }: Claim) => targets.get(owner.target) ?? 0;
  return {
    note: ({ repository, target }: TaskOwner): void => {
      turn += 1;
      repositories.set(repository, turn);
      targets.set(target, turn);
    },
    /** Of those given in the order in which they came. */
    first: (claims: readonly Claim[]): Claim | undefined => {
      const sorted = claims.toSorted(
        (one, other) => repositoryTurn(one) - repositoryTurn(other) || targetTurn(one) - targetTurn(other),
      );
      return sorted[0];
    },
  };
}
