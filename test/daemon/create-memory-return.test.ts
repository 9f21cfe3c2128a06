import { setImmediate } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { describe, expect, test } from "vitest";
import { createMemoryReturn } from "../../src/daemon/create-memory-return.ts";

/** Makes objects, all alive, until the heap is so large; gives how large it is then. */
function growHeap(bytes: number): number {
  const kept: object[] = [];
  while (getHeapStatistics().total_heap_size < bytes) {
    for (let count = 0; count < 10_000; count += 1) kept.push({ count, text: `${count}` });
  }
  return getHeapStatistics().total_heap_size;
}

describe("memory that is no longer needed", () => {
  test("is given back where it is much", async () => {
    const giveBack = createMemoryReturn();
    const before = getHeapStatistics().total_heap_size;
    const grown = growHeap(before + 160 * 1024 * 1024);
    // Nothing on the stack names it any more.
    await setImmediate();
    giveBack();
    expect(getHeapStatistics().total_heap_size).toBeLessThan(grown - 64 * 1024 * 1024);
  });
});
