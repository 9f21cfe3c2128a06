import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";

/** The memory that there is, in MB. */
export interface MachineMemory {
  /** Of the machine, or of the container where that has less. */
  readonly totalMb: number;
  /** What the objects of this process may take. */
  readonly heapMb: number;
}

/** What the daemon and the processes of its tasks may take of the memory that there is. All in MB. */
export interface MemoryShares {
  /** Memory of the objects of one task. */
  readonly taskMb: number;
  /** Tasks at a time, at least 2: fewer would let one keep all others waiting. */
  readonly atOnce: number;
  /** What two tasks with the least memory and the daemon take together: where there is less, they may be ended for it. */
  readonly neededMb: number;
}

/** Of the daemon beside its objects: code, buffers, the store's cache, and git while it fetches. */
const DAEMON_MB = 200;
/** Of a process beside what grows with its task: code, threads, young objects. */
const PROCESS_MB = 100;
/**
 * How many times the memory of its objects a task takes at most, beside that. In its process: the objects, a quarter each for what it reads and what it
 * writes, which are there twice for a moment; in the daemon: what was sent and what came back.
 */
const GROWTH = 3;
/** With less, plans of some thousand objects would not fit. */
const LEAST_MB = 64;
const MOST_AT_ONCE = 16;

/** What goes into a task, and what comes out of it, may each take this share of the memory of its objects. */
export const MESSAGE_SHARE = 1 / 4;

/** Measures where this process runs. */
export function measureMemory(): MachineMemory {
  const total = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return { totalMb: total / 2 ** 20, heapMb: getHeapStatistics().heap_size_limit / 2 ** 20 };
}

/**
 * Divides the memory so that the daemon and all processes of tasks fit into it at their limits: two of them at least, the objects of each with up to half
 * of what the daemon's may take.
 */
export function divideMemory({ totalMb, heapMb }: MachineMemory): MemoryShares {
  const left = totalMb - heapMb - DAEMON_MB;
  const taskMb = Math.floor(Math.min(Math.max((left / 2 - PROCESS_MB) / GROWTH, LEAST_MB), heapMb / 2));
  const processMb = (memoryMb: number) => GROWTH * memoryMb + PROCESS_MB;
  return {
    taskMb,
    atOnce: Math.min(Math.max(Math.floor(left / processMb(taskMb)), 2), MOST_AT_ONCE),
    neededMb: Math.ceil(heapMb + DAEMON_MB + 2 * processMb(Math.min(LEAST_MB, heapMb / 2))),
  };
}

/** What to do where daemon and processes do not fit into the memory. Null: they do. */
export function explainShortage(memory: MachineMemory): string | null {
  const { neededMb } = divideMemory(memory);
  const { totalMb, heapMb } = memory;
  if (neededMb <= totalMb) return null;
  return `poolkeeper may be killed for lack of memory: it has ${Math.floor(totalMb)} MB, and with ${Math.ceil(heapMb)} MB for its own objects needs up to ${neededMb} MB. Raise the limit of its container or unit, or lower its share by NODE_OPTIONS=--max-old-space-size=MB.`;
}
