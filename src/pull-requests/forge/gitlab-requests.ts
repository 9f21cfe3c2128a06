import { findBelow } from "./find-below.ts";
import type { Forge, PullRequest, RequestDraft } from "./forge.ts";
import { decodeMergeRequest } from "./gitlab-answers.ts";
import { type GitlabProject, readPage } from "./gitlab-project.ts";
import { isOtherMerged } from "./is-other-merged.ts";
import { proposeRequest } from "./propose-request.ts";
import { AnswerShapeError } from "./read-answer.ts";
import { readForgePages } from "./read-forge-pages.ts";

/** The open merge requests that fit GitLab's filters, oldest first. */
export function listMergeRequests(
  project: GitlabProject,
  method: keyof Forge,
  filters: Readonly<Record<string, string>>,
): Promise<readonly PullRequest[]> {
  const query = { state: "opened", ...filters, order_by: "created_at", sort: "asc" };
  return readForgePages(
    `GET ${project.path}/merge_requests`,
    ({ number }) => number,
    readPage(project, method, "merge_requests", query, decodeMergeRequest),
    // What was open and is left out is asked for by its number.
    { isReadOnce: true },
  );
}

/** A merge request in any state; null where there is none. */
export function readMergeRequest({ call, path }: GitlabProject, number: number): Promise<PullRequest | null> {
  const find = { verb: "GET", path: `${path}/merge_requests/${number}`, decode: decodeMergeRequest } as const;
  return findBelow(call, path, { method: "readRequest", ...find }, null);
}

/** The merge request whose merge gave the branch a commit; null where there is none. */
export async function findMergedMergeRequest(
  project: GitlabProject,
  base: string,
  commit: string,
): Promise<PullRequest | null> {
  const found = await listOfCommit(project, "findMerged", commit, "merged");
  return found.find((request) => request.base === base && request.merged?.commit === commit) ?? null;
}

/** The other merge requests that were merged with one, as `Forge.listMergedWith`. */
export async function listMergedWith(project: GitlabProject, request: PullRequest): Promise<readonly PullRequest[]> {
  const { sha } = request.head;
  const commits = [...new Set([sha, request.merged?.commit ?? sha])];
  const lists: readonly { commit: string; state: "merged" | "locked" }[] = [
    { commit: sha, state: "locked" },
    ...commits.map((commit) => ({ commit, state: "merged" as const })),
  ];
  const found = new Map<number, PullRequest>();
  for (const { commit, state } of lists) {
    for (const other of await listOfCommit(project, "listMergedWith", commit, state)) found.set(other.number, other);
  }
  return [...found.values()].filter((other) => isOtherMerged(request, other));
}

function listOfCommit(
  project: GitlabProject,
  method: "findMerged" | "listMergedWith",
  commit: string,
  state: "merged" | "locked",
): Promise<readonly PullRequest[]> {
  const list = `repository/commits/${encodeURIComponent(commit)}/merge_requests`;
  const read = readPage(project, method, list, { state }, decodeMergeRequest);
  return readForgePages(`GET ${project.path}/${list}`, ({ number }) => number, read);
}

/** Opens a merge request, or gives the open one of these branches this title and text. */
export function proposeMergeRequest(project: GitlabProject, draft: RequestDraft): Promise<PullRequest> {
  const filters = { source_branch: draft.branch, target_branch: draft.base };
  const desk = {
    listOpen: () => listMergeRequests(project, "proposeRequest", filters),
    create: () => create(project, draft),
    update: (number: number) => update(project, number, draft),
  };
  return proposeRequest(desk, draft);
}

function create({ call, path }: GitlabProject, { branch, base, title, body }: RequestDraft): Promise<PullRequest> {
  const wanted = { source_branch: branch, target_branch: base, title, description: body };
  const sent = { verb: "POST", path: `${path}/merge_requests`, body: wanted, creates: true } as const;
  return call({ method: "proposeRequest", ...sent, decode: decodeOwnRequest });
}

function update({ call, path }: GitlabProject, number: number, { title, body }: RequestDraft): Promise<PullRequest> {
  const sent = { verb: "PUT", path: `${path}/merge_requests/${number}`, body: { title, description: body } } as const;
  return call({ method: "proposeRequest", ...sent, decode: decodeOwnRequest });
}

function decodeOwnRequest(value: unknown): PullRequest {
  const request = decodeMergeRequest(value);
  if (request === null) throw new AnswerShapeError("it has no commit");
  return request;
}
