import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { hasCommit } from "../../reconcile/pass/find-rejections.ts";
import type { BranchCommit } from "../../reconcile/source/proposals.ts";
import type { PullRequest } from "../forge/forge.ts";
import type { BranchStretch, BroughtRequest, FindAuthors } from "../review/review-tools.ts";
import { isRecent, type LookTools, openCommitLooks } from "./ask-about-commits.ts";
import type { LeftRequest } from "./left-requests.ts";

/**
 * Asks the forge about each commit, and the store's records about those of requests that the forge no longer has, also where its plan was
 * shown: the same change may have been shown on another user's request. Of a rebase the forge may know the last commit alone, which need not
 * change anything: commits without a known request are kept until one that follows is of a request, and git says how many of them that
 * brought. The rest counts as the merge of an open request where git says that they are one, as long as the forge may still learn of it.
 * Where git can't list the commits, as after a force push or of more than a thousand, the forge is asked about the newest one, and those
 * requests count whose merges it reported recently and that `to` has and `from` has not.
 */
export function createAuthorFinder(tools: LookTools): FindAuthors {
  const looks = openCommitLooks(tools);
  const { records, config } = tools.pass;
  const listUnlisted = async ({ from, to }: BranchStretch, known: readonly ReviewRecord[]) => {
    const found: BroughtRequest[] = [];
    for (const request of await looks.listLately()) {
      const commit = request.merged?.commit ?? null;
      if (commit === null || !(await hasCommit(tools.pass, to, commit))) continue;
      if (!(await hasCommit(tools.pass, from, commit))) found.push(...toBrought(commit, { kind: "merged", request }));
    }
    for (const record of await looks.listLeftBetween({ from, to }, known)) {
      found.push(
        ...toBrought(record.merged?.commit ?? to, { kind: "left", requests: [{ record, isDoubtful: false }] }),
      );
    }
    return found;
  };
  /** The requests that brought the commits of a line, and the newest commits of none. */
  const explain = async (commits: readonly BranchCommit[], known: readonly ReviewRecord[]) => {
    const found: BroughtRequest[] = [];
    const pushed: BranchCommit[] = [];
    let line: BranchCommit[] = [];
    for (const [index, commit] of commits.entries()) {
      // Before the first change there is nothing to explain.
      if (!commit.changes && line.length === 0) continue;
      line.push(commit);
      const recent = isRecent(commits, index);
      const origin = await looks.findOrigin(line, known, recent);
      if (origin === "later") return null;
      if (origin === null && recent) pushed.push(commit);
      if (origin === null) continue;
      if ((await looks.findChange(line.slice(-origin.brought))) !== "none") found.push(...toBrought(commit.id, origin));
      // The branch was at this commit. At a merge that the forge does not know it need not have been: a fast-forward brings such merges.
      line = [];
    }
    return { found, pushed };
  };
  return async (stretches) => {
    looks.begin();
    const known = await records.readReviews(config.name);
    const found: BroughtRequest[] = [];
    for (const stretch of stretches) {
      const { from, to } = stretch;
      const listed = from === to ? [] : await tools.proposals.listCommits(from, to);
      if (listed === null) found.push(...(await listUnlisted(stretch, known)));
      const explained = await explain(listed ?? [{ id: to, parents: [from], changes: true }], known);
      if (explained === null) return null;
      found.push(...explained.found);
      for (const line of listLines(explained.pushed)) {
        const request = await looks.findUnfinished(line);
        const newest = line.at(-1);
        if (request !== null && newest !== undefined) found.push(...toBrought(newest.id, { kind: "merged", request }));
      }
    }
    return found;
  };
}

type Origin =
  | { readonly kind: "merged"; readonly request: PullRequest }
  | { readonly kind: "left"; readonly requests: readonly LeftRequest[] };

/** Of several that may be it, each counts. */
function toBrought(commit: string, origin: Origin): readonly BroughtRequest[] {
  if (origin.kind === "merged") {
    const { request } = origin;
    const { number, author } = request;
    return [{ number, author, commit, request, left: null, head: null, isDoubtful: false }];
  }
  return origin.requests.map(({ record, isDoubtful }) => {
    const { number, author, authors, head, merged } = record;
    // What was asked of another commit says nothing of the one that was merged.
    const isOfIt = merged !== null || authors?.head === head;
    return {
      ...{ number, author, commit, request: null, left: nameRequest(record), head, isDoubtful },
      ...(authors === undefined || !isOfIt ? {} : { authors }),
    };
  });
}

/** What the merge of one request can have brought: each commit alone, or by a rebase the last of several. */
function listLines(commits: readonly BranchCommit[]): readonly (readonly BranchCommit[])[] {
  return commits.flatMap((commit, end) => [
    [commit],
    ...commits.slice(0, end).map((_first, start) => commits.slice(start, end + 1)),
  ]);
}
