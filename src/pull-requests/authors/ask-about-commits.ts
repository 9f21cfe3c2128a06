import { OperationalError } from "../../model/errors/operational-error.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { BranchCommit, ProposedHead } from "../../reconcile/source/proposals.ts";
import type { PullRequest } from "../forge/forge.ts";
import { branchOf } from "../review/branch-of.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { type LeftOrigin, openLeftRequests } from "./left-requests.ts";

/** What is asked. */
export type LookTools = Pick<ReviewTools, "forge" | "pass" | "proposals" | "findChange">;

/** A forge is asked about a commit so often before it counts as pushed: it may learn of a merge a little after its branch has it. */
const MOST_ASKED = 3;
/** Of commits that so many have followed it has long learned. */
const RECENT = 10;
/** Most commits that one review asks the forge about; the next review continues after them. */
export const MOST_NEW = 250;

/** Whether the forge may still learn by which request one of these commits came; they are the branch's newest, oldest first. */
export function isRecent(commits: readonly BranchCommit[], index: number): boolean {
  return commits.length - index <= RECENT;
}

/** The request that the last commits of a line came by: one that the forge says was merged, or one that only the store knows by now. */
export type RequestOrigin = {
  /** How many of them: all of the line where it can't be known. */
  readonly brought: number;
} & ({ readonly kind: "merged"; readonly request: PullRequest } | ({ readonly kind: "left" } & LeftOrigin));

function mostAsked(recent: boolean): number {
  return recent ? MOST_ASKED : 1;
}

interface OpenHeads {
  readonly open: readonly PullRequest[];
  /** The numbers of those whose newest commit is there. */
  readonly there: ReadonlySet<number>;
}

/**
 * What commits of a branch are compared with, and what the forge is asked about them. Answers that can't change any more are kept for as
 * long as the process runs; `begin` starts a look, in which no list is asked for twice. Methods throw what forge and repository throw.
 */
export function openCommitLooks({ forge, pass, proposals, findChange }: LookTools) {
  const branch = branchOf(pass);
  const asked = new Map<string, { readonly request: PullRequest | null; readonly times: number }>();
  let lately: readonly PullRequest[] | null = null;
  let budget = MOST_NEW;
  let listed: readonly PullRequest[] | null = null;
  let heads: OpenHeads | null = null;
  const listOpen = async () => {
    listed ??= await forge.listOpen(branch);
    return listed;
  };
  const fetchOpen = async (): Promise<OpenHeads> => {
    const open = await listOpen();
    const wanted = open.map(({ number, head }) => ({ number, sha: head.sha }));
    return { open, there: open.length === 0 ? new Set() : await proposals.fetch(forge.kind, wanted) };
  };
  const listLately = async () => {
    lately ??= await forge.listMergedLately(branch);
    return lately;
  };
  /** The request that the commit came by; null: none is known. `later`: the forge was asked about enough commits for now. */
  const findRequest = async (commit: string, recent: boolean): Promise<PullRequest | "later" | null> => {
    const known = asked.get(commit);
    if (known !== undefined && (known.request !== null || known.times >= mostAsked(recent))) return known.request;
    const found = (await listLately()).find(({ merged }) => merged?.commit === commit);
    if (found === undefined && budget === 0) return "later";
    if (found === undefined) budget -= 1;
    const request = found ?? (await forge.findMerged(branch, commit));
    asked.set(commit, { request, times: (known?.times ?? 0) + 1 });
    return request;
  };
  const compared = new Map<string, boolean>();
  const endsOf = (line: readonly BranchCommit[]) => [line[0]?.parents[0], line.at(-1)?.id] as const;
  /** Whether all of these commits together are what a merge of a head gives; false also where the head is not there. */
  const isMergeOf = async (line: readonly BranchCommit[], head: string) => (await compareMerge(line, head)) === true;
  /** The same; null where the head is not there. */
  const compareMerge = async (line: readonly BranchCommit[], head: string) => {
    const [onto, last] = endsOf(line);
    if (last === undefined || onto === undefined) return false;
    const key = `${onto} ${last} ${head}`;
    const found = compared.get(key) ?? (await proposals.isMergeOf(last, { onto, head }));
    if (found !== null) compared.set(key, found);
    return found;
  };
  /** How many of the last commits the request brought: all of them where it can't be known. */
  const countBrought = async (line: readonly BranchCommit[], request: ProposedHead) => {
    if (line.length < 2) return line.length;
    try {
      return (await proposals.countBrought(forge.kind, request, line)) ?? line.length;
    } catch (error) {
      // Commits that git does not accept, or can't merge in time, end no pass.
      if (!(error instanceof OperationalError)) throw error;
      return line.length;
    }
  };
  const left = openLeftRequests({ forge, pass, listOpen, compareMerge, countBrought });
  return {
    listLately,
    isMergeOf,
    listLeftBetween: left.listBetween,
    /**
     * The request that the newest commits came by, from the forge, and from the records of requests that it does not have any more; null:
     * none is known. `later`: the forge was asked about enough commits for now. `recent`: the forge may still learn of it.
     */
    findOrigin: async (
      line: readonly BranchCommit[],
      known: readonly ReviewRecord[],
      recent: boolean,
    ): Promise<RequestOrigin | "later" | null> => {
      const newest = line.at(-1);
      const request = newest === undefined ? null : await findRequest(newest.id, recent);
      if (request === "later") return "later";
      if (request !== null) {
        const { number, head } = request;
        const brought = await countBrought(line, { number, sha: head.sha });
        return { kind: "merged", request, brought };
      }
      const times = asked.get(newest?.id ?? "")?.times ?? 0;
      const found = await left.find(line, known, times >= mostAsked(recent));
      return found === null ? null : { kind: "left", ...found };
    },
    begin: () => {
      lately = null;
      listed = null;
      heads = null;
      left.begin();
      budget = MOST_NEW;
    },
    findChange: async (line: readonly BranchCommit[]) => {
      // What comes after the last change has the same manifests.
      const [onto, last] = endsOf(line.slice(0, line.findLastIndex(({ changes }) => changes) + 1));
      return last === undefined || onto === undefined ? "none" : findChange(onto, last);
    },
    /**
     * The open request that these commits are the merge of, though nothing shows it yet: the branch moves first, the forge reports the merge
     * a little later.
     */
    findUnfinished: async (line: readonly BranchCommit[]): Promise<PullRequest | null> => {
      const newest = line.at(-1);
      if (newest === undefined || (asked.get(newest.id)?.times ?? 0) >= MOST_ASKED) return null;
      heads ??= await fetchOpen();
      const { open, there } = heads;
      const ids = new Set(line.flatMap(({ id, parents }) => [id, ...parents.slice(1)]));
      for (const request of open) {
        const { number, head } = request;
        const isIt = ids.has(head.sha) || (there.has(number) && (await isMergeOf(line, head.sha)));
        if (!isIt) continue;
        // The forge will report it, maybe late.
        for (const { id } of line) asked.delete(id);
        return request;
      }
      return null;
    },
  };
}
