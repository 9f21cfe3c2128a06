import { randomUUID } from "node:crypto";
import type { ForgeEvent } from "./forge-server.ts";
import type { KeptRepository } from "./kept-repository.ts";
import { postWebhook } from "./serve-forge.ts";
import { showMergeRequest, showNote, showProject, showUser } from "./show-gitlab.ts";

const NOBODY = "0".repeat(40);
const ACTIONS = {
  opened: "open",
  pushed: "update",
  edited: "update",
  closed: "close",
  merged: "merge",
  reopened: "reopen",
} as const;

/** Sends an event as GitLab does: the secret itself is a header, and nothing is signed. */
export function deliverGitlab(repository: KeptRepository, url: string, secret: string, event: ForgeEvent) {
  const [name, payload] = describeEvent(repository, event);
  const id = event.id ?? randomUUID();
  const headers = {
    "user-agent": "GitLab/18.6.0",
    "idempotency-key": id,
    "x-gitlab-event": name,
    "x-gitlab-event-uuid": id,
    "x-gitlab-webhook-uuid": "4b1c1c0e-55a1-4c9f-9d0e-5a4d4e4f1a11",
    "x-gitlab-instance": "https://gitlab.example.com",
    ...(secret === "" ? {} : { "x-gitlab-token": secret }),
  };
  return postWebhook(url, headers, JSON.stringify(payload));
}

function describeEvent(repository: KeptRepository, event: ForgeEvent): readonly [name: string, payload: object] {
  const project = showProject(repository);
  switch (event.kind) {
    case "push": {
      const before = repository.branches.get(event.branch) ?? NOBODY;
      repository.push(event.branch, event.sha);
      const commits = [{ id: event.sha, message: "Change pools", added: [], modified: [], removed: [] }];
      const about = { object_kind: "push", event_name: "push", ref: `refs/heads/${event.branch}`, before };
      const after = { after: event.sha, checkout_sha: event.sha, user_username: repository.self };
      return ["Push Hook", { ...about, ...after, project_id: project.id, project, commits, total_commits_count: 1 }];
    }
    case "request": {
      const request = repository.request(event.number);
      const pushed = event.action === "pushed" ? { oldrev: NOBODY } : {};
      const attributes = {
        ...showMergeRequest(repository, request),
        url: `${project.web_url}/-/merge_requests/${request.number}`,
        action: ACTIONS[event.action],
        last_commit: { id: request.sha },
        ...pushed,
      };
      const user = showUser(repository, request.merged?.by ?? request.author);
      const about = { object_kind: "merge_request", event_type: "merge_request", user, project };
      return ["Merge Request Hook", { ...about, object_attributes: attributes, labels: [], changes: {} }];
    }
    case "group": {
      const { sha, number } = event;
      const status = event.action === "requested" ? "pending" : "canceled";
      const attributes = {
        id: 1,
        ref: `refs/merge-requests/${number}/train`,
        sha,
        status,
        source: "merge_request_event",
      };
      return ["Pipeline Hook", { object_kind: "pipeline", object_attributes: attributes, project, builds: [] }];
    }
    case "comment": {
      const comment = repository.comments.find(({ id }) => id === event.comment);
      if (comment === undefined) throw new Error(`The test names the comment ${event.comment}, which is not there.`);
      const request = repository.request(event.number);
      const { body: note, ...rest } = showNote(repository, comment);
      if (event.action === "deleted") throw new Error("GitLab reports no deleted notes.");
      const user = showUser(repository, event.by ?? comment.author);
      const named = { ...project, path_with_namespace: event.repository ?? project.path_with_namespace };
      const about = { object_kind: "note", event_type: "note", user, project_id: project.id, project: named };
      const merge_request = { ...showMergeRequest(repository, request), last_commit: { id: request.sha } };
      // Times of hooks are to the second, and written otherwise than those of the API.
      const created_at = rest.created_at.replace("T", " ").replace(/\.\d+Z$/, " UTC");
      const action = event.action === "edited" ? "update" : "create";
      const attributes = { ...rest, note, created_at, author_id: rest.author.id, action };
      return ["Note Hook", { ...about, object_attributes: attributes, merge_request }];
    }
  }
}
