import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { BranchCommit } from "../../reconcile/source/proposals.ts";
import type { FindChange } from "../review/find-change.ts";

/** What a commit of a merge queue consists of. */
export interface GroupProof {
  /** Numbers of the requests whose heads it has merged, in their order, as far as that is proven. */
  readonly members: readonly number[];
  /** The first commit that is not accounted for by the merge of a reviewed head; null: all are. */
  readonly unproven: BranchCommit | null;
}

/** A request whose shown plan is of this head, and changes this in the manifests. */
export type Reviewed = Pick<ReviewRecord, "number" | "head"> & { readonly change: string };

/** So many commits may be the rebase of one request. */
const MOST_REBASED = 50;

/**
 * Accounts for each of a queue's commits, oldest first, by the changes that were shown: each begins where the one before it ended. How
 * the queue merges (merge commits, squashes, rebases) makes no difference, and what it says about its requests is not relied on.
 */
export async function proveGroup(
  findChange: FindChange,
  commits: readonly BranchCommit[],
  reviewed: readonly Reviewed[],
): Promise<GroupProof> {
  /** By how many commits are accounted for: whose merges they are. */
  const reached = new Map<number, readonly number[]>([[0, []]]);
  const extend = async (index: number, commit: BranchCommit) => {
    for (let from = index; from >= Math.max(0, index - MOST_REBASED); from--) {
      const before = reached.get(from);
      const onto = commits[from]?.parents[0];
      if (before === undefined || onto === undefined) continue;
      const found = await findChange(onto, commit.id);
      if (found === "none") return before;
      const shown = reviewed.find(
        ({ number, head, change }) => change === found && !before.includes(number) && mayMerge(commit, head),
      );
      if (shown !== undefined) return [...before, shown.number];
    }
    return null;
  };
  for (const [index, commit] of commits.entries()) {
    const members = await extend(index, commit);
    if (members !== null) reached.set(index + 1, members);
  }
  const last = Math.max(...reached.keys());
  return { members: reached.get(last) ?? [], unproven: commits[last] ?? null };
}

/** Of several parents one is the head; a squash or a rebase may be of any. */
function mayMerge({ parents }: BranchCommit, head: string): boolean {
  return parents.length < 2 || parents.includes(head);
}
