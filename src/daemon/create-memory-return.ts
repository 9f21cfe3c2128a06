import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How much the heap has to have grown, in bytes: a collection stops everything for as long as what is alive takes. */
const WORTH_IT = 64 * 1024 * 1024;

/**
 * Makes the function that a daemon calls when it becomes idle: it returns to the system the memory that a pass needed. Node collects only
 * when it needs more, so that an idle daemon would otherwise keep what its largest pass took (10,000 objects: 300 MB). Does nothing for
 * small amounts, nor twice in a row: live objects may keep all parts of a large heap.
 */
export function createMemoryReturn(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  let held = getHeapStatistics().total_heap_size;
  return () => {
    const holds = getHeapStatistics().total_heap_size;
    // Node may have made it smaller by itself.
    held = Math.min(held, holds);
    if (holds < held + WORTH_IT) return;
    collect();
    held = getHeapStatistics().total_heap_size;
  };
}
