import { readHeader } from "../../systems/http/call-json.ts";
import { findBelow } from "./find-below.ts";
import { findLeftMerge, type ListedEntry } from "./find-left-merge.ts";
import type { Forge, LeftMerge, PullRequest, RequestDraft } from "./forge.ts";
import { decodePullRequest } from "./gitea-answers.ts";
import type { GiteaRepository } from "./gitea-repository.ts";
import { proposeRequest } from "./propose-request.ts";
import { findText, readList, readNumber, readTime } from "./read-answer.ts";
import { type ForgePage, readForgePages } from "./read-forge-pages.ts";

/** The most that Gitea gives, unless its administrator says less. */
const PAGE_LIMIT = 50;

/** The open pull requests that want to change a branch, oldest first. Older Giteas do not know the filter and give those of all branches. */
export async function listPullRequests(
  { call, path }: GiteaRepository,
  method: keyof Forge,
  base: string,
): Promise<readonly PullRequest[]> {
  const query = `state=open&base_branch=${encodeURIComponent(base)}&sort=oldest&limit=${PAGE_LIMIT}`;
  let seen = 0;
  const open = await readForgePages<PullRequest>(
    `GET ${path}/pulls`,
    ({ number }) => number,
    (page) =>
      call({
        method,
        verb: "GET",
        path: `${path}/pulls?${query}&page=${page}`,
        decode: (value, { headers, bytes }): ForgePage<PullRequest> => {
          const records = readList(value).map(decodePullRequest);
          seen += records.length;
          const total = readHeader(headers, "x-total-count");
          // A page may be shorter than was asked for and still not be the last.
          const isLast = records.length === 0 || (total !== null && seen >= Number(total));
          return { records, next: isLast ? null : page + 1, bytes };
        },
      }),
    // What was open and is left out is asked for by its number.
    { isReadOnce: true },
  );
  return open.filter((request) => request.base === base).toSorted((one, other) => one.number - other.number);
}

/** A pull request in any state; null where there is none. */
export function readPullRequest({ call, path }: GiteaRepository, number: number): Promise<PullRequest | null> {
  const find = { verb: "GET", path: `${path}/pulls/${number}`, decode: decodePullRequest } as const;
  return findBelow<PullRequest | null>(call, path, { method: "readRequest", ...find }, null);
}

/** Pull requests to the branch that were merged lately, the first page of them. */
export async function listPullsMergedLately(
  { call, path }: GiteaRepository,
  base: string,
): Promise<readonly PullRequest[]> {
  const query = `state=closed&base_branch=${encodeURIComponent(base)}&sort=recentupdate&limit=${PAGE_LIMIT}&page=1`;
  const decode = (value: unknown) => readList(value).map(decodePullRequest);
  const closed = await call({ method: "listMergedLately", verb: "GET", path: `${path}/pulls?${query}`, decode });
  return closed.filter((request) => request.base === base && request.merged !== null);
}

/** The pull request whose merge gave the branch a commit; null where there is none, and from Giteas before 1.22, which can't be asked. */
export async function findMergedPullRequest(
  { call, path }: GiteaRepository,
  base: string,
  commit: string,
): Promise<PullRequest | null> {
  const at = `${path}/commits/${encodeURIComponent(commit)}/pull`;
  const find = { verb: "GET", path: at, decode: decodePullRequest } as const;
  const found = await findBelow<PullRequest | null>(call, path, { method: "findMerged", ...find }, null);
  return found?.base === base && found.merged?.commit === commit ? found : null;
}

/** Gitea's types of entries in a timeline, with whether they leave a merge to it. */
const SCHEDULING: Readonly<Record<string, boolean>> = {
  pull_scheduled_merge: true,
  pull_cancel_scheduled_merge: false,
};

/** How a pull request's merge is left to Gitea, by its timeline: the request itself does not say. */
export async function readScheduledMerge({ call, path }: GiteaRepository, number: number): Promise<LeftMerge | null> {
  const timeline = `${path}/issues/${number}/timeline`;
  let seen = 0;
  const entries = await readForgePages<ListedEntry>(
    `GET ${timeline}`,
    ({ id }) => id,
    (page) =>
      call({
        method: "readLeftMerge",
        verb: "GET",
        path: `${timeline}?limit=${PAGE_LIMIT}&page=${page}`,
        decode: (value, { headers, bytes }): ForgePage<ListedEntry> => {
          const records = readList(value).map((entry) => ({
            id: readNumber(entry, "id"),
            left: SCHEDULING[findText(entry, "type") ?? ""] ?? null,
            at: readTime(entry, "created_at"),
          }));
          seen += records.length;
          const total = readHeader(headers, "x-total-count");
          const isLast = records.length === 0 || (total !== null && seen >= Number(total));
          return { records, next: isLast ? null : page + 1, bytes };
        },
      }),
  );
  return findLeftMerge(entries);
}

/** Opens a pull request, or gives the open one of these branches this title and text. */
export function proposePullRequest(repository: GiteaRepository, draft: RequestDraft): Promise<PullRequest> {
  const desk = {
    listOpen: () => listPullRequests(repository, "proposeRequest", draft.base),
    create: () => create(repository, draft),
    update: (number: number) => update(repository, number, draft),
  };
  return proposeRequest(desk, draft);
}

function create({ call, path }: GiteaRepository, { branch, base, title, body }: RequestDraft): Promise<PullRequest> {
  const wanted = { head: branch, base, title, body };
  const sent = { verb: "POST", path: `${path}/pulls`, body: wanted, creates: true } as const;
  return call({ method: "proposeRequest", ...sent, decode: decodePullRequest });
}

function update({ call, path }: GiteaRepository, number: number, { title, body }: RequestDraft): Promise<PullRequest> {
  const sent = { verb: "PATCH", path: `${path}/pulls/${number}`, body: { title, body } } as const;
  return call({ method: "proposeRequest", ...sent, decode: decodePullRequest });
}
