import type { PullRequest } from "./forge.ts";

/** Whether another request to the same branch as a merged one was merged, or is just being merged. */
export function isOtherMerged({ number, base }: PullRequest, other: PullRequest): boolean {
  return other.number !== number && other.base === base && (other.merged !== null || other.merging === true);
}
