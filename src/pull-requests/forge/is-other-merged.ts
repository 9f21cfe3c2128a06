import type { PullRequest } from "./forge.ts";

/** Whether another request was merged into the same branch as a merged one, with its newest commit or by the same commit of the branch. */
export function isMergedWith({ number, base, head, merged }: PullRequest, other: PullRequest): boolean {
  if (other.number === number || other.base !== base || other.merged === null || merged === null) return false;
  return other.head.sha === head.sha || (merged.commit !== null && other.merged.commit === merged.commit);
}
