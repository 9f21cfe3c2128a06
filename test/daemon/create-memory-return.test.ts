import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
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

  test("is looked for no more where nothing came to be needed since: what is alive may lie in every part of a heap that stays large", async () => {
    const scattered = scatterObjects(256 * MB);
    const giveBack = createMemoryReturn();
    growHeap(getHeapStatistics().used_heap_size + 192 * MB);
    await setImmediate();
    giveBack();
    const { total_heap_size, used_heap_size } = getHeapStatistics();
    expect(total_heap_size - used_heap_size).toBeGreaterThan(64 * MB);
    expect(await countForced(giveBack)).toBe(0);
    expect(scattered.length).toBeGreaterThan(0);
  });
});

/** Keeps a few objects of many, so that hardly any part of the heap that held them can be given back. */
function scatterObjects(bytes: number): readonly object[] {
  const scattered: object[] = [];
  const end = getHeapStatistics().used_heap_size + bytes;
  let all: object[] = [];
  while (getHeapStatistics().used_heap_size < end) {
    for (let count = 0; count < 10_000; count += 1) all.push({ count, text: `${count}` });
  }
  for (let at = 0; at < all.length; at += 500) scattered.push(all[at] ?? {});
  all = [];
  return scattered;
}

/** How many collections of the whole heap an action asks for when it is done three times. */
async function countForced(action: () => void): Promise<number> {
  const forced: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as PerformanceEntry & {
        readonly detail: { readonly flags: number; readonly kind: number };
      };
      if ((detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0) forced.push(detail.kind);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  for (let times = 0; times < 3; times += 1) action();
  // Collections are reported later, in their order: this one, of the young alone, ends the list.
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")({ type: "minor" });
  await expect.poll(() => forced).toContain(constants.NODE_PERFORMANCE_GC_MINOR);
  observer.disconnect();
  return forced.filter((kind) => kind === constants.NODE_PERFORMANCE_GC_MAJOR).length;
}
