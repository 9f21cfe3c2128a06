import { OperationalError } from "../../model/errors/operational-error.ts";
import { readHeader } from "../../systems/http/call-json.ts";
import type { GithubRepository } from "./call-github.ts";
import { findLeftMerge } from "./find-left-merge.ts";
import type { Forge, PullRequest } from "./forge.ts";
import { decodeGithubEvent, decodeGithubRequest } from "./github-answers.ts";
import { isOtherMerged } from "./is-other-merged.ts";
import { nullIfMissing } from "./null-if-missing.ts";
import { proposeGithubRequest } from "./propose-github-request.ts";
import { readList, readObject } from "./read-answer.ts";
import { readForgePages } from "./read-forge-pages.ts";
import { readGithubOrigin } from "./read-github-origin.ts";

/** What GitHub gives a page at most. */
const PER_PAGE = 100;

/** Pages of closed requests that are read at most: anyone may comment on any number of them, and each page is a call. */
const MOST_CLOSED_PAGES = 50;

/** What is merged together is marked one after the other, within seconds; in milliseconds. */
const TOGETHER_MS = 60_000;

/** Pull requests of one repository on GitHub. */
export function createGithubRequests(
  repository: GithubRepository,
): Pick<
  Forge,
  | "listOpen"
  | "readRequest"
  | "readOrigin"
  | "listMergedLately"
  | "findMerged"
  | "listMergedWith"
  | "readLeftMerge"
  | "proposeRequest"
> {
  const { call, list, path, name } = repository;
  const decode = (value: unknown) => decodeGithubRequest(value, name);
  // Those that were closed or commented on last: the first page of them, and so many more that all that changed at a time or since are among them.
  // Null: there are more than are read.
  const listClosed = async (method: "listMergedLately" | "listMergedWith", base: string, since = Infinity) => {
    const query = `state=closed&base=${encodeURIComponent(base)}&sort=updated&direction=desc&per_page=${PER_PAGE}`;
    const nameOf = ({ number }: PullRequest) => number;
    let isCut = false;
    const closed = await readForgePages(`GET ${path}/pulls`, nameOf, (page) =>
      call({
        ...{ method, verb: "GET", path: `${path}/pulls?${query}&page=${page}` },
        decode: (value, { headers, bytes }) => {
          const records = readList(value).map(decode);
          const isLast = readHeader(headers, "link")?.includes('rel="next"') !== true;
          const isPast = !(Date.parse(records.at(-1)?.updated_at ?? "") >= since);
          if (isLast || isPast) return { records, next: null, bytes };
          isCut = page >= MOST_CLOSED_PAGES;
          return { records, next: isCut ? null : page + 1, bytes, isCut };
        },
      }),
    );
    return isCut ? null : closed.filter((request) => request.base === base && request.merged !== null);
  };
  const listOfCommit = async (method: "findMerged" | "listMergedWith", base: string, commit: string) => {
    const below = `/commits/${encodeURIComponent(commit)}/pulls`;
    const found = await nullIfMissing(() => list(method, below, decode, ({ number }) => number));
    return (found ?? []).filter((request) => request.base === base && request.merged?.commit === commit);
  };
  return {
    listOpen: async (base) => {
      const query = `state=open&base=${encodeURIComponent(base)}&sort=created&direction=asc`;
      // What was open and is left out is asked for by its number.
      const open = await list("listOpen", `/pulls?${query}`, decode, ({ number }) => number, { isReadOnce: true });
      return open.toSorted((one, other) => one.number - other.number);
    },

    readRequest: (number) =>
      nullIfMissing(async () => {
        const found = await call({ method: "readRequest", verb: "GET", path: `${path}/pulls/${number}`, decode });
        if (found.merged === null) return found;
        const by = await findGithubMerger(repository, { number, by: found.merged.by });
        return { ...found, merged: { ...found.merged, by } };
      }),

    readOrigin: (number) => readGithubOrigin(repository, number),

    listMergedLately: async (base) => (await listClosed("listMergedLately", base)) ?? [],

    findMerged: async (base, commit) => (await listOfCommit("findMerged", base, commit))[0] ?? null,

    listMergedWith: async (request) => {
      const { base, merged } = request;
      const commit = merged?.commit ?? null;
      // Anyone may comment on others: what was merged with it has changed since then.
      const closed = await listClosed("listMergedWith", base, Date.parse(merged?.at ?? "") - TOGETHER_MS);
      if (closed === null) return null;
      // GitHub documents one request of a commit of the default branch.
      const found = [...closed, ...(commit === null ? [] : await listOfCommit("listMergedWith", base, commit))];
      return found.filter((other) => isOtherMerged(request, other));
    },

    readLeftMerge: async (number) => {
      const events = await listEvents("readLeftMerge", repository, number);
      const found = findLeftMerge(
        events.flatMap(({ id, event, at }) => (at === null ? [] : { id, left: LEAVING[event] ?? null, at })),
      );
      if (found !== null) return found;
      const isLeft = await call({
        ...{ method: "readLeftMerge", verb: "GET", path: `${path}/pulls/${number}` },
        decode: (value) => (readObject(value).auto_merge ?? null) !== null,
      });
      // Where the events do not show it, the request does, but not since when.
      return isLeft ? { at: null } : null;
    },

    proposeRequest: (draft) => proposeGithubRequest(repository, draft),
  };
}

/** GitHub's events of a request, with whether they leave its merge to GitHub. */
const LEAVING: Readonly<Record<string, boolean>> = {
  auto_merge_enabled: true,
  auto_squash_enabled: true,
  auto_rebase_enabled: true,
  added_to_merge_queue: true,
  auto_merge_disabled: false,
  removed_from_merge_queue: false,
};

/** What GitHub has noted of a request. Nothing deletes any of it. */
function listEvents(method: "readLeftMerge" | "readRequest", { list }: GithubRepository, number: number) {
  return list(method, `/issues/${number}/events`, decodeGithubEvent, ({ id }) => id, { isReadOnce: true });
}

/** Who merges what is in a merge queue; it decides nothing. */
const QUEUE = "github-merge-queue[bot]";

/**
 * Who merged a request: for one that came through the merge queue the user who queued it last, as the queue itself merges its entries. Null:
 * GitHub does not say, or not to this token, so that the merge counts for no user.
 */
async function findGithubMerger(
  repository: GithubRepository,
  { number, by }: { readonly number: number; readonly by: string | null },
): Promise<string | null> {
  if (by !== QUEUE) return by;
  try {
    const events = await listEvents("readRequest", repository, number);
    return events.findLast(({ event }) => event === "added_to_merge_queue")?.actor ?? null;
  } catch (error) {
    const isUnavailable =
      error instanceof OperationalError && (error.code === "forge_refused" || error.code === "forge_missing");
    if (isUnavailable) return null;
    throw error;
  }
}
