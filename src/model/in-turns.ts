/** Characters that are worked through before others have their turn: it takes some hundredths of a second. */
const MOST_AT_ONCE = 100_000;

/**
 * Does work for one item after the other, in their order, and lets the event loop run whenever items of 100,000 characters are done:
 * so that a server still answers while texts of others are worked through. `size`: how many characters an item has, about.
 * Throws what `work` throws.
 */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  size: (item: Item) => number,
  work: (item: Item) => Result,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let done = 0;
  for (const item of items) {
    results.push(work(item));
    done += size(item);
    if (done < MOST_AT_ONCE) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    done = 0;
  }
  return results;
}
