import { findHere } from "../../reconcile/pass/find-here.ts";
import { hasCommit } from "../../reconcile/pass/find-rejections.ts";
import { listHeads } from "../../reconcile/pass/list-heads.ts";
import type { Arrival } from "../../reconcile/source/proposals.ts";
import type { PullRequest } from "../forge/forge.ts";
import type { ReviewTools } from "./review-tools.ts";

/** What is asked of a merge. */
export interface MergeQuery {
  readonly request: PullRequest;
  /** The commit that the branch was at when this round began, and the one that passes had seen it at last by then; null: none. */
  readonly former: { readonly commit: string; readonly after: string | null };
  /** The branch's newest commit. */
  readonly base: string;
  /** As `Forge.listMergedWith` of it. */
  readonly others: readonly PullRequest[];
}

/** How long a server of git may lag behind its forge, by the forge's clock, in milliseconds. */
const LAG_MS = 60_000;

/**
 * Whether a request was merged itself, as the commits of the branch prove it. Else its merge approves nothing: a forge counts a request as merged as
 * soon as the branch has its newest commit, and names the user who merged or pushed something else that has it too. `later`: the branch was
 * fetched without the merge, which happened just now.
 */
export async function proveMerge(tools: ReviewTools, query: MergeQuery): Promise<"own" | "unproven" | "later"> {
  const { head, merged } = query.request;
  if (merged === null) return "unproven";
  const commit = merged.commit ?? head.sha;
  const arrival = await tools.proposals.traceArrival({ head: head.sha, commit, tip: query.base });
  if (arrival.kind === "missing" && isRecent(merged.at, tools.forge.now())) return "later";
  const [arrived] = listLine(arrival);
  const isNewest = arrived !== undefined && (await wasNewest(tools, arrived, query));
  return isOwnMerge(arrival, { head: head.sha, isNewest, others: query.others }) ? "own" : "unproven";
}

/** What is known of a request's merge beside how the branch got it. */
interface MergeFacts {
  /** The request's newest commit. */
  readonly head: string;
  /** Whether the branch was seen at the commit that it got by the merge: a merge or push ended right there. */
  readonly isNewest: boolean;
  /** Other requests that were merged. */
  readonly others: readonly Pick<PullRequest, "head">[];
}

/**
 * The rule: a squash, a rebase and a merge commit of the newest commit are the request's own, unless another request brought that merge commit
 * with its branch. A fast-forward is, where the branch was seen at the newest commit; else a larger merge or push may have brought it.
 */
export function isOwnMerge(arrival: Arrival, { head, isNewest, others }: MergeFacts): boolean {
  switch (arrival.kind) {
    case "missing":
      return false;
    case "made_anew":
      return true;
    case "merged": {
      const [merge] = arrival.line;
      // A fast-forward of another request's branch, which has the merge commit, puts its newest commit on the line.
      const rivals = others.filter((other) => arrival.line.includes(other.head.sha));
      return rivals.every((rival) => isNewest && rival.head.sha !== merge);
    }
    case "contained":
      return isNewest && arrival.line[0] === head;
  }
}

function listLine(arrival: Arrival): readonly string[] {
  return "line" in arrival ? arrival.line : [];
}

function isRecent(at: string | null, now: string | null): boolean {
  return at !== null && now !== null && Date.parse(now) - Date.parse(at) < LAG_MS;
}

/** Whether the branch was seen at a commit, and has had it since: what a force push took away may have come back in another way. */
async function wasNewest(
  { pass }: ReviewTools,
  commit: string,
  { former, base }: Pick<MergeQuery, "former" | "base">,
): Promise<boolean> {
  if (commit === former.commit || commit === base) return true;
  const passed = listHeads(findHere(await pass.records.readState(pass.config.name), pass.config));
  // A round may take long: what passes saw until now came after its beginning.
  const start = former.after === null ? -1 : passed.lastIndexOf(former.after);
  const heads = start < 0 ? [...passed, former.commit] : passed.toSpliced(start + 1, 0, former.commit);
  const last = heads.lastIndexOf(commit);
  if (last < 0) return false;
  for (const head of new Set(heads.slice(last + 1))) if (!(await hasCommit(pass, head, commit))) return false;
  return true;
}
