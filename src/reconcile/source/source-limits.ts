import { READ_LIMITS, type ReadLimits } from "../../manifests/folder/read-folder.ts";
import { LARGEST_TEXTS } from "../../model/largest-texts.ts";

/** How much of a source is read at most: no more than {@link LARGEST_TEXTS}. */
export const SOURCE_LIMITS: ReadLimits = {
  ...READ_LIMITS,
  totalBytes: Math.min(READ_LIMITS.totalBytes, LARGEST_TEXTS),
};

/** The most bytes that are kept of what a request proposes, so that the same is not read again. Of the branch itself everything is kept. */
export const LARGEST_KEPT: number = SOURCE_LIMITS.totalBytes / 8;
