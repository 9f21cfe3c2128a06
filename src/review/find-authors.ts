import type { PullRequest } from "../forge/forge.ts";
import type { RequestAuthor } from "../model/known-authors.ts";
import { hasCommit } from "../pass/find-rejections.ts";
import type { BranchCommit } from "../source/proposals.ts";
import { isRecent, type LookTools, openCommitLooks } from "./ask-about-commits.ts";

/** A stretch of a branch: what it got from one revision to another one. */
export interface BranchStretch {
  readonly from: string;
  readonly to: string;
}

/**
 * Finds the requests whose merges changed manifests, with their authors. Null: the forge was asked about enough commits for now, and the
 * next look goes on. Throws what forge and repository throw.
 */
export type FindAuthors = (stretches: readonly BranchStretch[]) => Promise<readonly RequestAuthor[] | null>;

/**
 * Asks the forge about each commit, also where its plan was shown: the same change may have been shown on somebody else's request. Of a
 * rebase the forge may know the last commit alone, which need not change anything: commits of which it knows no request are kept until one
 * that follows is of a request, and git says how many of them that brought. Those that are left count as the merge of an open request where
 * git says that they are one, as long as the forge may still learn of it. Where git can't list the commits, as after a force push or of more
 * than a thousand, the forge is asked about the newest one, and those requests count whose merges it told lately and that `to` has and
 * `from` has not.
 */
export function createAuthorFinder(tools: LookTools): FindAuthors {
  const looks = openCommitLooks(tools);
  const listUnlisted = async ({ from, to }: BranchStretch) => {
    const found: PullRequest[] = [];
    for (const request of await looks.listLately()) {
      const commit = request.merged?.commit ?? null;
      if ((await hasCommit(tools.pass, to, commit)) && !(await hasCommit(tools.pass, from, commit)))
        found.push(request);
    }
    return found;
  };
  /** The requests that brought the commits of a line, and the newest commits of none. */
  const explain = async (commits: readonly BranchCommit[]) => {
    const found: PullRequest[] = [];
    const pushed: BranchCommit[] = [];
    let line: BranchCommit[] = [];
    for (const [index, commit] of commits.entries()) {
      // Before the first change there is nothing to explain.
      if (!commit.changes && line.length === 0) continue;
      line.push(commit);
      const recent = isRecent(commits, index);
      const request = await looks.findRequest(commit.id, recent);
      if (request === "later") return null;
      if (request === null && recent) pushed.push(commit);
      if (request !== null) {
        const its = line.slice(-(await looks.countBrought(line, request)));
        if ((await looks.findChange(its)) !== "none") found.push(request);
      }
      // The branch was at this commit. At a merge that the forge does not know it need not have been: a fast-forward brings such merges.
      if (request !== null) line = [];
    }
    return { found, pushed };
  };
  return async (stretches) => {
    looks.begin();
    const found: PullRequest[] = [];
    for (const stretch of stretches) {
      const { from, to } = stretch;
      const listed = from === to ? [] : await tools.proposals.listCommits(from, to);
      if (listed === null) found.push(...(await listUnlisted(stretch)));
      const explained = await explain(listed ?? [{ id: to, parents: [from], changes: true }]);
      if (explained === null) return null;
      found.push(...explained.found);
      for (const line of listLines(explained.pushed)) {
        const request = await looks.findUnfinished(line);
        if (request !== null) found.push(request);
      }
    }
    const authors = new Map(found.map(({ number, author }) => [number, { number, author }]));
    return [...authors.values()].sort((one, other) => one.number - other.number);
  };
}

/** What the merge of one request can have brought: each commit alone, or by a rebase the last of several. */
function listLines(commits: readonly BranchCommit[]): readonly (readonly BranchCommit[])[] {
  return commits.flatMap((commit, end) => [
    [commit],
    ...commits.slice(0, end).map((_first, start) => commits.slice(start, end + 1)),
  ]);
}
