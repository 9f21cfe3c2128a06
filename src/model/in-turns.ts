import { setImmediate as letOthersRun } from "node:timers/promises";

/** How long one piece of work may hold the thread before all else of the process has its turn, in milliseconds. */
const MOST_AT_A_TIME_MS = 10;

/**
 * Returns a function to await between two steps of long work. After each 10 ms of work it waits until timers, servers and users had
 * their turn; before that it returns immediately.
 */
export function createTurns(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since <= MOST_AT_A_TIME_MS) return;
    await letOthersRun();
    since = performance.now();
  };
}

/** The items, one by one. All else of the process has its turn after each 10 ms: for loops whose length a push decides. */
export async function* inTurns<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  const turns = createTurns();
  for (const item of items) {
    yield item;
    await turns();
  }
}
