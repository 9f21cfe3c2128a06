import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How many bytes of memory are in use once so many results of `make` are kept, and nothing else of what it has made. */
export async function measureKept(count: number, make: (index: number) => unknown): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const measure = () => {
    // What lies outside of the heap is freed after the collection that found it unused.
    for (let times = 0; times < 3; times += 1) collect();
    const { used_heap_size, external_memory } = getHeapStatistics();
    return used_heap_size + external_memory;
  };
  // What is loaded and remembered with the first one is no result.
  await make(0);
  const kept: unknown[] = [];
  const before = measure();
  for (let index = 0; index < count; index += 1) kept.push(await make(index));
  const after = measure();
  kept.length = 0;
  return after - before;
}
