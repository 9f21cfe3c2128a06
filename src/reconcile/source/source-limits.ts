import { getHeapStatistics } from "node:v8";
import { READ_LIMITS, type ReadLimits } from "../../manifests/folder/read-folder.ts";

/**
 * How much of a source is read at most. All sources share the daemon's heap, where a character takes a byte or two, and all of a source is there
 * several times while it is read: the limit is a thirty-second of that heap, 27 MB with 2 GB of memory.
 */
export const SOURCE_LIMITS: ReadLimits = {
  ...READ_LIMITS,
  totalBytes: Math.min(READ_LIMITS.totalBytes, Math.floor(getHeapStatistics().heap_size_limit / 32)),
};

/** The most bytes that are kept of what a request proposes, so that the same is not read again. Of the branch itself everything is kept. */
export const LARGEST_KEPT: number = SOURCE_LIMITS.totalBytes / 8;
