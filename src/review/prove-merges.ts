import type { ReviewRecord } from "../model/review-record.ts";
import type { Proposals } from "../source/proposals.ts";

/** Whether a commit has the manifests of a merge of a head into `onto`, as git finds it; null: one of them is not there. */
export type ProveMerge = (commit: string, onto: string, head: string) => Promise<boolean | null>;

/** Remembers what can't change any more; it is forgotten with the process, and found again. */
export function createMergeProofs(proposals: Pick<Proposals, "isMergeOf">): ProveMerge {
  const known = new Map<string, boolean>();
  return async (commit, onto, head) => {
    const key = `${commit} ${onto} ${head}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = await proposals.isMergeOf(commit, { onto, head });
    if (found !== null) known.set(key, found);
    return found;
  };
}

/** Whether the plan of its newest commit was shown on the request. */
export function hasShownPlan({ planned_head, said, head, verdict }: ReviewRecord): boolean {
  if (planned_head !== undefined) return planned_head === head;
  return said !== "" && (verdict === "planned" || verdict === "unconcerned");
}
