import { createHash } from "node:crypto";
import type { KeptRepository, StoredComment, StoredRequest } from "./kept-repository.ts";

const PROJECT = 1;

export const projectIdOf = (name: string | null) =>
  name === null ? PROJECT : Number.parseInt(createHash("sha1").update(name).digest("hex").slice(0, 6), 16) + 2;

export const showUser = (repository: KeptRepository, login: string) => ({
  id: repository.account(login),
  username: login,
  name: login.toUpperCase(),
  state: "active",
  avatar_url: null,
  web_url: `https://gitlab.example.com/${login}`,
});

export const showProject = (repository: KeptRepository) => ({
  id: PROJECT,
  name: repository.name.split("/").at(-1),
  path_with_namespace: repository.name,
  default_branch: "main",
  web_url: `https://gitlab.example.com/${repository.name}`,
});

/** A merge request as the API shows it. */
export function showMergeRequest(repository: KeptRepository, request: StoredRequest) {
  const merger = request.merged === null ? null : showUser(repository, request.merged.by);
  const isFastForward = request.merged?.commit === request.sha;
  return {
    id: 9000 + request.number,
    iid: request.number,
    project_id: PROJECT,
    title: request.title,
    description: request.body,
    state: request.state === "open" ? "opened" : request.state,
    created_at: request.created_at,
    updated_at: request.updated_at,
    merged_by: merger,
    merge_user: merger,
    merged_at: request.merged?.at ?? null,
    target_branch: request.base,
    source_branch: request.branch,
    author: showUser(repository, request.author),
    source_project_id: request.fork === "gone" ? null : projectIdOf(request.fork),
    target_project_id: PROJECT,
    labels: request.labels,
    draft: request.draft,
    work_in_progress: request.draft,
    sha: request.sha,
    merge_when_pipeline_succeeds: repository.train.has(request.number),
    merge_commit_sha: isFastForward ? null : (request.merged?.commit ?? null),
    squash_commit_sha: null,
    detailed_merge_status: "mergeable",
    web_url: `https://gitlab.example.com/${repository.name}/-/merge_requests/${request.number}`,
  };
}

/** A request in the merge train as the API shows it. */
export function showCar(repository: KeptRepository, number: number) {
  const car = repository.train.get(number);
  const { title, base, state, created_at, updated_at } = repository.request(number);
  const pipeline = { iid: 1, project_id: PROJECT, status: "running", source: "merge_request_event" };
  const ref = `refs/merge-requests/${number}/train`;
  return {
    ...{ id: 500 + number, merge_request: { id: 9000 + number, iid: number, project_id: PROJECT, title, state } },
    ...{ user: showUser(repository, car?.by ?? ""), created_at, updated_at, target_branch: base, status: "fresh" },
    pipeline: car === undefined ? null : { ...pipeline, id: car.pipeline, sha: car.sha, ref },
    ...{ merged_at: null, duration: null },
  };
}

/** A note as the API shows it. */
export const showNote = (repository: KeptRepository, note: StoredComment) => ({
  id: Number(note.id),
  type: note.kind === "line" ? "DiffNote" : null,
  body: note.body,
  author: showUser(repository, note.author),
  created_at: note.created_at,
  updated_at: note.updated_at,
  system: note.kind === "system",
  noteable_id: 9000 + note.number,
  noteable_type: "MergeRequest",
  noteable_iid: note.number,
  resolvable: note.kind === "line",
});
