import { monotonicClock } from "../../store/leases/monotonic-clock.ts";

/** Calls of a forge without a pause, and more of them in each hour. */
export interface CallLimits {
  readonly burst: number;
  readonly perHour: number;
}

/** What may be spent on one sort of work. */
export interface CallBudget {
  /** Whether something is left. What was spent beyond it is waited for, but for no more than what may be spent without a pause. */
  isLeft(): boolean;
  spend(calls: number): void;
}

/** A budget of calls. `now`: milliseconds that never go back; `share`: among how many the calls of an hour are shared. */
export function createCallBudget(
  { burst, perHour }: CallLimits,
  { now = monotonicClock.now, share = () => 1 }: { readonly now?: () => number; readonly share?: () => number } = {},
): CallBudget {
  let [left, at] = [burst, now()];
  const refill = () => {
    const moment = now();
    left = Math.min(burst, left + ((moment - at) / HOUR_MS) * (perHour / Math.max(1, share())));
    at = moment;
  };
  return {
    isLeft: () => {
      refill();
      return left >= 1;
    },
    spend: (calls) => {
      refill();
      left = Math.max(-burst, left - calls);
    },
  };
}

/** Sorts of commands: who may not do the one may do the other. `hurry`: one that decides, as far as a round does not wait for calls because of it. */
export type CommandSort = "decide" | "operate" | "help" | "hurry";

/** Commands that accounts gave in vain. */
export interface Refusals {
  note(sort: CommandSort, login: string): void;
  /** The account has the right: what was noted before does not count. */
  forget(sort: CommandSort, login: string): void;
  /** Whether an account had so many refused within an hour that further ones get no answer. */
  isSpent(sort: CommandSort, login: string): boolean;
}

/** Answers to one account, for each sort of command and hour. Users with rights rarely need one. */
const MOST_REFUSED = 3;
/** Accounts that are remembered; of more, those that were refused first are forgotten. */
const MOST_ACCOUNTS = 10_000;
const HOUR_MS = 3_600_000;

/** Remembers refused commands for an hour. Forges make no difference between capitals and small letters. */
export function createRefusals(now: () => number = monotonicClock.now): Refusals {
  const times = new Map<string, readonly number[]>();
  const nameOf = (sort: CommandSort, login: string) => `${sort} ${login.toLowerCase()}`;
  const lately = (name: string) => (times.get(name) ?? []).filter((time) => now() - time < HOUR_MS);
  return {
    note: (sort, login) => {
      const name = nameOf(sort, login);
      const known = lately(name);
      times.delete(name);
      times.set(name, [...known, now()].slice(-MOST_REFUSED));
      const [first] = times.keys();
      if (times.size > MOST_ACCOUNTS && first !== undefined) times.delete(first);
    },
    forget: (sort, login) => void times.delete(nameOf(sort, login)),
    isSpent: (sort, login) => lately(nameOf(sort, login)).length >= MOST_REFUSED,
  };
}

/** What the reviews of one target may spend on what anyone can cause, and what is remembered for that between rounds. */
export interface Spending {
  /** Lists of open requests that are not as they were. */
  readonly rounds: CallBudget;
  /** Looks at a request's comments, at requests from forks, and at closed ones. */
  readonly looks: CallBudget;
  readonly refusals: Refusals;
  /** Calls of the forge so far. */
  readonly calls: () => number;
  /** Of the last round, where there was one: the branch's newest commit, when it began by the store's clock, and what was open. */
  readonly last: { base: string; at: string; open: string };
}

/** A third of what GitHub allows a token in an hour, with what may be spent without a pause. */
const LIMITS: CallLimits = { burst: 120, perHour: 600 };

/** What a target may spend. `calls`: counts those made so far; `share`: targets of the same repository. */
export function openSpending({ calls, share }: Pick<Spending, "calls"> & { readonly share: () => number }): Spending {
  return {
    ...{ rounds: createCallBudget(LIMITS, { share }), looks: createCallBudget(LIMITS, { share }) },
    ...{ refusals: createRefusals(), calls, last: { base: "", at: "", open: "" } },
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
