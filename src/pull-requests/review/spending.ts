import { openQueueLine, type QueueLine } from "../../reconcile/source/queue-line.ts";
import { monotonicClock } from "../../store/leases/monotonic-clock.ts";
import { createMergedReads, type MergedReads } from "./merged-reads.ts";
import { MOST_NAMES, rememberTimes } from "./remember-times.ts";

/** Calls of a forge without a pause, and more of them in each hour. */
export interface CallLimits {
  readonly burst: number;
  readonly perHour: number;
}

/** What may be spent on one sort of work. */
export interface CallBudget {
  /**
   * Whether something is left, or so many calls. What was spent beyond it is waited for, but for no more than what may be spent without
   * a pause.
   */
  isLeft(calls?: number): boolean;
  spend(calls: number): void;
  /** Spends one; false: none is left. */
  take(): boolean;
}

/** By what a budget is measured. */
interface BudgetOptions {
  /** Milliseconds that never go back. */
  readonly now?: () => number;
  /** Among how many the calls of an hour are shared. */
  readonly share?: () => number;
  /** Whether nothing is left for now, as the forge has few calls left. */
  readonly isLow?: () => boolean;
}

/** A budget of calls. */
export function createCallBudget(
  { burst, perHour }: CallLimits,
  { now = monotonicClock.now, share = () => 1, isLow = () => false }: BudgetOptions = {},
): CallBudget {
  let [left, at] = [burst, now()];
  const refill = () => {
    const moment = now();
    left = Math.min(burst, left + ((moment - at) / HOUR_MS) * (perHour / Math.max(1, share())));
    at = moment;
  };
  return {
    isLeft: (calls = 1) => {
      refill();
      return left >= calls && !isLow();
    },
    spend: (calls) => {
      refill();
      left = Math.max(-burst, left - calls);
    },
    take: () => {
      refill();
      if (left < 1 || isLow()) return false;
      left -= 1;
      return true;
    },
  };
}

/**
 * Sorts of commands: who may not do the one may do the other. `hurry`: one that decides, as far as a round does not wait for calls because of it;
 * `free`: the same, as far as a look at its request does not; `alter`: no command, but an alteration of the daemon's comment that frees such a look.
 */
export type CommandSort = "decide" | "operate" | "help" | "hurry" | "free" | "alter";

/** Commands that accounts gave in vain. */
export interface Refusals {
  note(sort: CommandSort, login: string): void;
  /** The account has the right: what was noted before does not count. */
  forget(sort: CommandSort, login: string): void;
  /** What was noted last does not count; so it is a few times in an hour. */
  takeBack(sort: CommandSort, login: string): void;
  /** Whether an account had so many refused within an hour that further ones get no answer. */
  isSpent(sort: CommandSort, login: string): boolean;
}

/** Answers to one account, for each sort of command and hour. Users with rights rarely need one. */
const MOST_REFUSED = 3;
/** What is taken back of an account, for each sort of command and hour: what fails in each minute of twenty. */
const MOST_TAKEN_BACK = 20;
const HOUR_MS = 3_600_000;

/** Remembers refused commands for an hour. Forges make no difference between capitals and small letters. */
export function createRefusals(now: () => number = monotonicClock.now): Refusals {
  const [noted, taken] = [rememberTimes(now, MOST_REFUSED), rememberTimes(now, MOST_TAKEN_BACK)];
  const nameOf = (sort: CommandSort, login: string) => `${sort} ${login.toLowerCase()}`;
  return {
    note: (sort, login) => noted.add(nameOf(sort, login)),
    forget: (sort, login) => noted.remove(nameOf(sort, login)),
    takeBack: (sort, login) => {
      const name = nameOf(sort, login);
      if (taken.isFull(name)) return;
      taken.add(name);
      noted.removeLast(name);
    },
    isSpent: (sort, login) => noted.isFull(nameOf(sort, login)),
  };
}

/** What is remembered of requests that are not open any more, so that each is read once when nothing else says what has become of it. */
export interface MissingReads {
  /**
   * Forgets all but these requests. `open`: the names of the open ones, with the account from whose fork each comes; null: it comes from the
   * repository itself.
   */
  keep(open: ReadonlyMap<string, string | null>, missing: Iterable<string>): void;
  /** Whether it was found to be closed since the branch is at this commit: it can't be merged before the branch gets something. */
  isRead(name: string, base: string): boolean;
  noteRead(name: string, base: string): void;
  /**
   * What reading it is charged to; null: nothing. A request that comes from a fork is charged to the account of the fork, and to `shared` once
   * that has used up its calls.
   */
  findBudget(name: string, base: string, shared: CallBudget): CallBudget | null;
}

/** What one account may cause by closing requests that come from its fork. */
const MISSING_LIMITS: CallLimits = { burst: 20, perHour: 60 };

/** Rewrites of a request in an hour that wait for nothing others do. */
const OWN_REWRITES = 3;

function createOwnRewrites(isLow: () => boolean): Spending["ownRewrites"] {
  const times = rememberTimes(monotonicClock.now, OWN_REWRITES);
  return {
    take: (name) => {
      if (isLow() || times.isFull(name)) return false;
      times.add(name);
      return true;
    },
  };
}

/** Remembers them in this process: after its start each is read once. */
export function createMissingReads(now: () => number = monotonicClock.now): MissingReads {
  const readAt = new Map<string, string>();
  const forks = new Map<string, string>();
  const accounts = new Map<string, CallBudget>();
  const budgetOf = (login: string) => {
    const budget = accounts.get(login) ?? createCallBudget(MISSING_LIMITS, { now });
    accounts.delete(login);
    accounts.set(login, budget);
    const [first] = accounts.keys();
    if (accounts.size > MOST_NAMES && first !== undefined) accounts.delete(first);
    return budget;
  };
  const isRead = (name: string, base: string) => readAt.get(name) === base;
  return {
    keep: (open, missing) => {
      const names = new Set([...open.keys(), ...missing]);
      for (const known of [readAt, forks]) for (const name of known.keys()) if (!names.has(name)) known.delete(name);
      for (const [name, login] of open) if (login !== null) forks.set(name, login.toLowerCase());
    },
    isRead,
    noteRead: (name, base) => void readAt.set(name, base),
    findBudget: (name, base, shared) => {
      if (isRead(name, base)) return shared;
      const login = forks.get(name);
      if (login === undefined) return null;
      const own = budgetOf(login);
      return own.isLeft() ? own : shared;
    },
  };
}

/** What the reviews of one target may spend on what anyone can cause, and what is remembered for that between rounds. */
export interface Spending {
  /** Requests that are taken on record, each as one call: a forge names as many as it likes. */
  readonly news: CallBudget;
  /** Lists of open requests that are not as they were. */
  readonly rounds: CallBudget;
  /** Looks at a request's comments, at requests from forks, and at closed ones, but for the first look at each of them. */
  readonly looks: CallBudget;
  /** Looks at what is commented on merged requests that are followed: they wait for none at others, which their approvals depend on. */
  readonly mergedLooks: CallBudget;
  /** Looks at requests from branches of the repository that were pushed to since the last one. */
  readonly pushes: CallBudget;
  /** Comments that are read again though nothing moved, of requests from forks. */
  readonly rereads: CallBudget;
  /** The same of requests from branches of the repository, which wait for none from forks. */
  readonly branchRereads: CallBudget;
  /** Requests that are not open any more and have no calls left of their own, where their authors may not approve them. */
  readonly authors: CallBudget;
  /**
   * What is written again of requests that did not move themselves: other requests have changed, which the comments name, or the control plane has
   * answered something else, as in each round it may.
   */
  readonly rewrites: CallBudget;
  /** A few of these in an hour for each request, by its name, where no calls are left: without them, a busy hour of others has it wait. */
  readonly ownRewrites: { take(name: string): boolean };
  /** Names of the requests whose comments wait for that, longest first. */
  readonly waiting: Set<string>;
  /** Commits of merge queues that are no merges of reviewed requests: anyone who may push can give branches the names that a queue gives. */
  readonly groups: CallBudget;
  /** Those that are. */
  readonly proven: CallBudget;
  /** Whose turn it is among a queue's commits. */
  readonly line: QueueLine;
  /** Whether few calls of the token are left on the forge, so that what anyone can cause waits. */
  readonly isLow: () => boolean;
  readonly refusals: Refusals;
  readonly missing: MissingReads;
  readonly merged: MergedReads;
  /** Calls of the forge so far. */
  readonly calls: () => number;
  /** When the last round that failed in nothing began, by the store's clock (empty: none did), and a hash of what was open in the last one. */
  readonly last: { at: string; open: string };
}

/** A third of what GitHub allows a token in an hour, with what may be spent without a pause. */
const LIMITS: CallLimits = { burst: 120, perHour: 600 };

/** All that a forge may list at first, and what the busiest repositories get later. */
const NEW_LIMITS: CallLimits = { burst: 20_000, perHour: 2_000 };

/** Each of twenty requests every ten minutes; of more, each has its turn. */
const REREAD_LIMITS: CallLimits = { burst: 20, perHour: 120 };

/** Each of twenty-five requests every ten minutes, two calls each; of more, each has its turn. */
const BRANCH_REREAD_LIMITS: CallLimits = { burst: 30, perHour: 300 };

/** Sixty merges an hour, five calls each, and three looks at long conversations without a pause. */
const MERGED_LIMITS: CallLimits = { burst: 120, perHour: 300 };

/** A look takes about six calls: fifty pushes without a pause, and two hundred and fifty an hour. */
const PUSH_LIMITS: CallLimits = { burst: 300, perHour: 1_500 };

/** About forty comments without a pause, three calls each, and a hundred an hour. */
const REWRITE_LIMITS: CallLimits = { burst: 120, perHour: 300 };

/** Two calls for each commit: of twenty targets, each has 150 without a pause, and sixty in an hour. */
const PROVEN_LIMITS: CallLimits = { burst: 300, perHour: 2_400 };

/**
 * What a target may spend. `calls`: counts those made so far; `share`: targets of the same repository; `isLow`: few calls are left on the forge, so that what
 * anyone can cause waits, but for what decisions depend on: the list of open requests, and the authors of a change.
 */
export function openSpending({
  calls,
  ...measure
}: Pick<Spending, "calls" | "isLow"> & Required<Pick<BudgetOptions, "share">> & Pick<BudgetOptions, "now">): Spending {
  const { share, isLow, now = monotonicClock.now } = measure;
  const mergedLooks = createCallBudget(MERGED_LIMITS, measure);
  return {
    ...{ rounds: createCallBudget(LIMITS, { share }), looks: createCallBudget(LIMITS, measure) },
    ...{ mergedLooks, merged: createMergedReads({ now, share, isLow, looks: mergedLooks }) },
    ...{ rereads: createCallBudget(REREAD_LIMITS, measure), authors: createCallBudget(LIMITS, { share }) },
    ...{
      branchRereads: createCallBudget(BRANCH_REREAD_LIMITS, measure),
      pushes: createCallBudget(PUSH_LIMITS, { isLow }),
      news: createCallBudget(NEW_LIMITS, { isLow }),
      rewrites: createCallBudget(REWRITE_LIMITS, measure),
      ownRewrites: createOwnRewrites(isLow),
      waiting: new Set(),
    },
    ...{ groups: createCallBudget(LIMITS, measure), proven: createCallBudget(PROVEN_LIMITS, { share }) },
    ...{ line: openQueueLine(), isLow },
    ...{ refusals: createRefusals(), missing: createMissingReads(), calls, last: { at: "", open: "" } },
  };
}

/** Does it, and charges its calls to a budget, also where it throws; null: to none. */
export async function spendOn<T>(
  { calls }: Pick<Spending, "calls">,
  budget: CallBudget | null,
  task: () => Promise<T>,
): Promise<T> {
  const before = calls();
  try {
    return await task();
  } finally {
    budget?.spend(calls() - before);
  }
}
