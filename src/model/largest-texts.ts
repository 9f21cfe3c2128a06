import { getHeapStatistics } from "node:v8";

/**
 * How many bytes of one target's files are read at a time at most. All targets share the heap of the process, where a character takes a
 * byte or two, and all of the files are there several times while they are read: a thirty-second of that heap, 27 MB with 2 GB of memory.
 */
export const LARGEST_TEXTS: number = Math.floor(getHeapStatistics().heap_size_limit / 32);
