import { getHeapStatistics } from "node:v8";
import { describe, expect, test } from "vitest";
import { createMemoryReturn } from "../../src/daemon/create-memory-return.ts";

describe("memory that is no longer needed", () => {
  test("is given back where it is much", () => {
    const giveBack = createMemoryReturn();
    const before = getHeapStatistics().total_heap_size;
    let grown = 0;
    {
      const kept: object[] = [];
      while (grown < before + 128 * 1024 * 1024) {
        for (let count = 0; count < 10_000; count += 1) kept.push({ count, text: `${count}` });
        grown = getHeapStatistics().total_heap_size;
      }
      kept.length = 0;
    }
    giveBack();
    expect(getHeapStatistics().total_heap_size).toBeLessThan(grown - 64 * 1024 * 1024);
  });
});
