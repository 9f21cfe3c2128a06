/** The time on a forge, by its own clock. */
export interface ForgeClock {
  /**
   * Takes the time of an answer that has just come: its `Date` (RFC 9110, 6.6.1), and its `Age` where a cache gave it (RFC 9111, 5.1). One
   * without a valid `Date` leaves the clock as it is.
   */
  set(headers: { readonly date: string | null; readonly age: string | null }): void;
  /** ISO 8601 in UTC, exact to about a second: what the newest answer said, and what has passed since. Null: none has said it yet. */
  now(): string | null;
}

/** The one form in which a sender may write a date. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** A clock that no answer has set yet. `passed`: milliseconds that never go back. */
export function createForgeClock(passed: () => number = () => performance.now()): ForgeClock {
  let set: { readonly time: number; readonly at: number } | null = null;
  return {
    set: ({ date, age }) => {
      const time = date !== null && HTTP_DATE.test(date) ? Date.parse(date) : Number.NaN;
      if (Number.isNaN(time)) return;
      const cachedMs = age !== null && /^\d{1,9}$/.test(age) ? Number(age) * 1000 : 0;
      set = { time: time + cachedMs, at: passed() };
    },
    now: () => (set === null ? null : new Date(set.time + (passed() - set.at)).toISOString()),
  };
}
