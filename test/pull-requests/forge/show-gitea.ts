import type { KeptCommit } from "./forge-server.ts";
import { addressOf } from "./keep-commits.ts";
import type { KeptRepository, StoredComment, StoredRequest } from "./kept-repository.ts";

/** The e-mail address of an account. */
export const emailOf = (login: string) => `${login}@example.com`;

export const showUser = (repository: KeptRepository, login: string) => ({
  id: repository.account(login),
  login,
  username: login,
  full_name: "",
  email: emailOf(login),
  html_url: `https://gitea.example.com/${login}`,
});

export const showRepository = (repository: KeptRepository, name = repository.name) => ({
  id: name === repository.name ? 1 : 2,
  name: name.split("/").at(-1),
  full_name: name,
  html_url: `https://gitea.example.com/${name}`,
  clone_url: `https://gitea.example.com/${name}.git`,
  ssh_url: `git@gitea.example.com:${name}.git`,
  default_branch: "main",
  private: true,
  fork: name !== repository.name,
});

/** A pull request as the API shows it. Times have the server's offset. */
export function showPullRequest(repository: KeptRepository, request: StoredRequest) {
  const isMerged = request.merged !== null;
  const page = `https://gitea.example.com/${repository.name}/pulls/${request.number}`;
  return {
    id: 9000 + request.number,
    number: request.number,
    url: page,
    html_url: page,
    user: showUser(repository, request.author),
    title: request.title,
    body: request.body,
    labels: request.labels.map((name, at) => ({ id: at + 1, name, color: "ee0701" })),
    state: request.state === "open" ? "open" : "closed",
    draft: request.draft,
    comments: repository.plainComments(request.number).length,
    mergeable: request.state === "open",
    merged: isMerged,
    merged_at: request.merged === null ? null : withOffset(request.merged.at),
    merge_commit_sha: request.merged?.commit ?? null,
    merged_by: request.merged === null ? null : showUser(repository, request.merged.by),
    base: { label: request.base, ref: request.base, sha: repository.branches.get(request.base), repo_id: 1 },
    head: showHead(repository, request),
    merge_base: repository.branches.get(request.base),
    created_at: withOffset(request.created_at),
    updated_at: withOffset(request.updated_at),
  };
}

/** A comment as the API shows it. */
export const showComment = (repository: KeptRepository, comment: StoredComment) => ({
  id: Number(comment.id),
  html_url: `https://gitea.example.com/${repository.name}/pulls/${comment.number}#issuecomment-${comment.id}`,
  user: showUser(repository, comment.author),
  body: comment.body,
  created_at: withOffset(comment.created_at),
  updated_at: withOffset(comment.updated_at),
});

/** The label is the branch alone, of a fork too; once fork or branch is gone, the ref is Gitea's own. */
function showHead(repository: KeptRepository, { branch, sha, fork, number }: StoredRequest) {
  if (fork === "gone") return { label: branch, ref: `refs/pull/${number}/head`, sha, repo_id: -1, repo: null };
  const repo = showRepository(repository, fork ?? repository.name);
  return { label: branch, ref: branch, sha, repo_id: repo.id, repo };
}

/** The same moment as a server in Berlin tells it in winter. */
function withOffset(time: string): string {
  return new Date(Date.parse(time) + 3_600_000).toISOString().replace(/\.\d+Z$/, "+01:00");
}

/** A commit as the API shows it: accounts are found by the addresses in it, and are null where there is none. */
export const showCommit = (repository: KeptRepository, { sha, author, committer, message = "Change" }: KeptCommit) => ({
  ...{ sha, html_url: `https://gitea.example.com/${repository.name}/commit/${sha}`, parents: [] },
  commit: { author: { email: addressOf(author) }, committer: { email: addressOf(committer) }, message },
  author: author === null ? null : showUser(repository, author),
  committer: committer === null ? null : showUser(repository, committer),
});

/** An entry of a timeline, of which a comment is one kind. */
export function showEntry(repository: KeptRepository, comment: StoredComment) {
  const scheduling = comment.body.startsWith("enabled") ? "pull_scheduled_merge" : "pull_cancel_scheduled_merge";
  const type = comment.kind === "system" ? scheduling : comment.kind === "push" ? "pull_push" : "comment";
  return { ...showComment(repository, comment), type };
}
