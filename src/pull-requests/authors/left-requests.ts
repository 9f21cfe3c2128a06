import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { hasCommit } from "../../reconcile/pass/find-rejections.ts";
import type { BranchCommit } from "../../reconcile/source/proposals.ts";
import type { PullRequest } from "../forge/forge.ts";
import { isHere, isRequestOf, readStill } from "../review/read-kept.ts";
import type { ReviewTools } from "../review/review-tools.ts";

/** Beside the whole line, so many of its last commits are taken for what one rebase brought. */
const MOST_REBASED = 50;

/** A request that only the store knows by now. */
export interface LeftRequest {
  readonly record: ReviewRecord;
  /** Its newest commit is missing, so it is unknown whether the branch got it. */
  readonly isDoubtful: boolean;
}

/** How records of requests explain the last commits of a line. */
export interface LeftOrigin {
  /** By which they came, the likeliest first, one at least: several requests can have the same change, and any of them may be the one that was merged. */
  readonly requests: readonly [LeftRequest, ...LeftRequest[]];
  /** How many of the last commits came by it. */
  readonly brought: number;
}

type Line = readonly BranchCommit[];

/** What records are compared by. */
export interface LeftTools extends Pick<ReviewTools, "forge" | "pass"> {
  /** The forge's open requests, as of this look. */
  readonly listOpen: () => Promise<readonly PullRequest[]>;
  /** Whether all commits of a line together are what a merge of a head gives; null where the head is not there. */
  readonly compareMerge: (line: Line, head: string) => Promise<boolean | null>;
  /** How many of the line's last commits came with a request that has that newest commit: all where it can't be known. */
  readonly countBrought: (line: Line, request: { readonly number: number; readonly sha: string }) => Promise<number>;
}

/**
 * Explains commits by the store's records of requests that the forge does not have any more: it was moved, or restored from a backup, or
 * the request was deleted there. Gone is not closed: it may have been merged before. Git proves it where a commit brings the request's
 * newest commit, as a merge commit and a fast-forward do, and where commits together are what its merge gives, as those of a squash and a
 * rebase are. A merge that was seen while the forge still had it needs no proof. Of a request that the forge has, the forge's word counts.
 * Methods throw what forge and repository throw.
 */
export function openLeftRequests({ forge, pass, listOpen, compareMerge, countBrought }: LeftTools) {
  /** Lines that were looked at while the forge had every request that could explain them. */
  const cleared = new Set<string>();
  let asked = new Map<string, boolean>();

  const isGone = async (record: ReviewRecord): Promise<boolean> => {
    if (!isHere({ forge }, record)) return true;
    const name = nameRequest(record);
    const known = asked.get(name);
    if (known !== undefined) return known;
    const isOpen = (await listOpen()).some((request) => isRequestOf(record, request));
    const gone = !isOpen && (await readStill({ forge }, record)) === null;
    asked.set(name, gone);
    return gone;
  };

  /** Null: it does not explain them. */
  const explainBy = async (line: Line, record: ReviewRecord): Promise<Explained | null> => {
    const newest = line.at(-1);
    if (newest === undefined) return null;
    const { number, head } = record;
    const [before = null] = newest.parents;
    if ((await hasCommit(pass, newest.id, head)) && !(await hasCommit(pass, before, head))) {
      const isMerge = newest.id !== head && newest.parents.length > 1;
      return { record, by: "head", brought: isMerge ? 1 : await countBrought(line, { number, sha: head }) };
    }
    for (const its of listEnds(line)) {
      const isIt = await compareMerge(its, head);
      if (isIt === true) return { record, by: "change", brought: its.length };
      if (isIt === null) return { record, by: "doubt", brought: line.length };
    }
    return null;
  };

  const explainMerged = async (line: Line, record: ReviewRecord): Promise<Explained> => {
    const found = await explainBy(line, record);
    return { record, by: "head", brought: found?.brought ?? line.length };
  };

  return {
    /** What a look begins with: a forge may lose requests at any time. */
    begin: (): void => {
      asked = new Map();
    },
    /**
     * The requests of the records that the line's newest commit can have come by; null: by none that the forge does not have. `isFinal`: the
     * forge's answer about that commit does not change any more, so that a line that was checked needs no second check.
     */
    find: async (line: Line, known: readonly ReviewRecord[], isFinal: boolean): Promise<LeftOrigin | null> => {
      const newest = line.at(-1)?.id;
      const found: Explained[] = [];
      for (const record of known.filter(({ merged }) => merged?.commit === newest)) {
        found.push(await explainMerged(line, record));
      }
      const key = `${line[0]?.parents[0]} ${newest}`;
      if (found.length > 0 || (isFinal && cleared.has(key))) return choose(found);
      for (const record of known.filter(({ merged }) => merged === null)) {
        const explained = (await isGone(record)) ? await explainBy(line, record) : null;
        if (explained !== null) found.push(explained);
      }
      if (found.length === 0) cleared.add(key);
      return choose(found);
    },
    /** Those of the records whose requests one revision has and another one has not, where git can't list what came in between. */
    listBetween: async (
      { from, to }: { readonly from: string; readonly to: string },
      known: readonly ReviewRecord[],
    ): Promise<readonly ReviewRecord[]> => {
      const found: ReviewRecord[] = [];
      for (const record of known) {
        const commit = record.merged?.commit ?? record.head;
        if (!(await hasCommit(pass, to, commit)) || (await hasCommit(pass, from, commit))) continue;
        if (record.merged !== null || (await isGone(record))) found.push(record);
      }
      return found;
    },
  };
}

/** `head`: git, or the forge before it forgot, proves it. `change`: the commits change the same. `doubt`: that can't be compared. */
interface Explained {
  readonly record: ReviewRecord;
  readonly by: "head" | "change" | "doubt";
  readonly brought: number;
}

/** What is proven leaves nothing else to be asked; of what is alike, each may be it. */
function choose(found: readonly Explained[]): LeftOrigin | null {
  const ranked = [
    found.filter(({ by }) => by === "head"),
    found.filter(({ by }) => by === "change"),
    found.filter(({ by }) => by === "doubt"),
  ];
  const [proven = []] = ranked;
  const chosen = proven.length > 0 ? proven : ranked.flat();
  const [first, ...others] = chosen.map(({ record, by }) => ({ record, isDoubtful: by === "doubt" }));
  if (first === undefined) return null;
  return { requests: [first, ...others], brought: Math.max(...chosen.map(({ brought }) => brought)) };
}

/** The last commits of a line, the most first: the merge of a rebase gives all its commits, or the last ones alone. */
function listEnds(line: Line): readonly Line[] {
  const first = Math.max(1, line.length - MOST_REBASED);
  return [line, ...line.slice(first).map((_commit, index) => line.slice(first + index))];
}
