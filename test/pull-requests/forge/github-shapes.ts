import type { ForgeEvent } from "./forge-server.ts";
import type { ForgeState, StateComment, StateRequest } from "./keep-forge-state.ts";

/** A user as GitHub's API shows one. */
export function toUser(login: string) {
  return { login, id: login.length, type: login.endsWith("[bot]") ? "Bot" : "User", site_admin: false };
}

/** A pull request of a list; alone it also has {@link toDetails}. `api`: where this server's API is. */
export function toPull(request: StateRequest, repository: string, api: string) {
  const { number, title, body, author, draft, labels, fork, merged } = request;
  const url = `${api}/repos/${repository}/pulls/${number}`;
  return {
    id: 9000 + number,
    number,
    url,
    html_url: `${api.replace("/api/v3", "")}/${repository}/pull/${number}`,
    title,
    body: body === "" ? null : body,
    user: toUser(author),
    state: request.state === "open" ? "open" : "closed",
    locked: false,
    draft,
    labels: labels.map((name) => ({ id: name.length, name, color: "ededed", default: false })),
    head: toHead(request, repository, fork),
    base: {
      label: `${ownerOf(repository)}:${request.base}`,
      ref: request.base,
      sha: "0".repeat(40),
      repo: toRepository(repository),
    },
    created_at: request.created_at,
    updated_at: request.updated_at,
    closed_at: request.state === "open" ? null : request.updated_at,
    merged_at: merged?.at ?? null,
    merge_commit_sha: merged?.commit ?? null,
    author_association: "CONTRIBUTOR",
  };
}

/** What a pull request has only when it is asked for alone. */
export function toDetails({ merged }: StateRequest) {
  return {
    merged: merged !== null,
    mergeable: null,
    mergeable_state: "unknown",
    merged_by: merged === null ? null : toUser(merged.by),
    comments: 0,
    commits: 1,
    changed_files: 1,
  };
}

/** A comment on an issue or pull request. */
export function toComment(comment: StateComment, repository: string, api: string) {
  return {
    id: Number(comment.id),
    node_id: `IC_${comment.id}`,
    url: `${api}/repos/${repository}/issues/comments/${comment.id}`,
    issue_url: `${api}/repos/${repository}/issues/${comment.request}`,
    user: toUser(comment.author),
    body: comment.body,
    created_at: comment.created_at,
    updated_at: comment.updated_at,
    author_association: "CONTRIBUTOR",
  };
}

const ACTIONS = {
  opened: "opened",
  pushed: "synchronize",
  edited: "edited",
  closed: "closed",
  merged: "closed",
  reopened: "reopened",
};

/** What a webhook tells: the event's name and its payload. */
export function toDelivery(event: ForgeEvent, state: ForgeState, repository: string, api: string) {
  const common = { repository: toRepository(repository), sender: toUser("mona") };
  switch (event.kind) {
    case "push": {
      const { branch, sha } = event;
      const refs = { ref: `refs/heads/${branch}`, before: "0".repeat(40), after: sha, deleted: false, forced: false };
      return { name: "push", payload: { ...refs, commits: [], ...common } };
    }
    case "request": {
      const request = state.request(event.number);
      const pull_request = { ...toPull(request, repository, api), ...toDetails(request) };
      const payload = { action: ACTIONS[event.action], number: event.number, pull_request, ...common };
      return { name: "pull_request", payload };
    }
    case "group": {
      const refs = {
        head_ref: `refs/heads/gh-readonly-queue/main/pr-${event.number}-${event.base}`,
        base_ref: "refs/heads/main",
      };
      const merge_group = { head_sha: event.sha, base_sha: event.base, ...refs, head_commit: { id: event.sha } };
      const what =
        event.action === "requested" ? { action: "checks_requested" } : { action: "destroyed", reason: "dequeued" };
      return { name: "merge_group", payload: { ...what, merge_group, ...common } };
    }
    case "comment": {
      const comment = state.findComment(event.comment);
      const { number, title, author } = state.request(event.number);
      const issue = {
        number,
        title,
        user: toUser(author),
        state: "open",
        pull_request: { url: `${api}/repos/${repository}/pulls/${number}` },
      };
      const said = { comment: toComment(comment, repository, api), sender: toUser(event.by ?? comment.author) };
      const named = { repository: toRepository(event.repository ?? repository) };
      return {
        name: "issue_comment",
        payload: { action: event.action ?? "created", issue, ...common, ...named, ...said },
      };
    }
  }
}

function toHead({ branch, sha, author }: StateRequest, repository: string, fork: string | null) {
  const owner = fork === null ? ownerOf(repository) : fork === "gone" ? author : ownerOf(fork);
  const repo = fork === "gone" ? null : toRepository(fork ?? repository);
  return { label: `${owner}:${branch}`, ref: branch, sha, user: toUser(owner), repo };
}

function toRepository(full_name: string) {
  const [login = "", name = ""] = full_name.split("/");
  return { id: full_name.length, name, full_name, private: true, owner: toUser(login), default_branch: "main" };
}

function ownerOf(repository: string): string {
  return repository.slice(0, repository.indexOf("/"));
}
