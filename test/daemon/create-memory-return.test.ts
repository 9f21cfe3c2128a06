import { setImmediate } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { describe, expect, test } from "vitest";
import { createMemoryReturn } from "../../src/daemon/create-memory-return.ts";

const MB = 1024 * 1024;

/** Makes objects, all alive, until so many bytes are in use; gives how many are then. */
function growHeap(bytes: number): number {
  const kept: object[] = [];
  while (getHeapStatistics().used_heap_size < bytes) {
    for (let count = 0; count < 10_000; count += 1) kept.push({ count, text: `${count}` });
  }
  return getHeapStatistics().used_heap_size;
}

describe("memory that is no longer needed", () => {
  test("is given back where it is much", async () => {
    const giveBack = createMemoryReturn();
    const grown = growHeap(getHeapStatistics().used_heap_size + 192 * MB);
    // Nothing on the stack names it any more.
    await setImmediate();
    giveBack();
    expect(getHeapStatistics().used_heap_size).toBeLessThan(grown - 128 * MB);
  });
});
