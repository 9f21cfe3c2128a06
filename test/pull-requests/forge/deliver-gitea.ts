import { createHmac, randomUUID } from "node:crypto";
import type { ForgeEvent } from "./forge-server.ts";
import type { KeptRepository } from "./kept-repository.ts";
import { postWebhook } from "./serve-forge.ts";
import { showComment, showPullRequest, showRepository, showUser } from "./show-gitea.ts";

const NOBODY = "0".repeat(40);
const ACTIONS = {
  opened: "opened",
  pushed: "synchronized",
  edited: "edited",
  closed: "closed",
  merged: "closed",
  reopened: "reopened",
} as const;

/** Sends an event as Gitea does, under its own names and those of Gogs and GitHub. Without a secret the signatures are empty. */
export function deliverGitea(repository: KeptRepository, url: string, secret: string, event: ForgeEvent) {
  const [name, type, payload] = describeEvent(repository, event);
  const body = JSON.stringify(payload, null, 2);
  const sign = (algorithm: "sha1" | "sha256") =>
    secret === "" ? "" : createHmac(algorithm, secret).update(body).digest("hex");
  const id = event.id ?? randomUUID();
  const about = { delivery: id, event: name, "event-type": type, signature: sign("sha256") };
  const named = ["x-gitea", "x-gogs"].flatMap((prefix) =>
    Object.entries(about).map(([field, value]): [string, string] => [`${prefix}-${field}`, value]),
  );
  const headers = {
    "user-agent": "Go-http-client/1.1",
    ...Object.fromEntries(named),
    "x-gitea-hook-installation-target-type": "repository",
    "x-github-delivery": id,
    "x-github-event": name,
    "x-github-event-type": type,
    "x-hub-signature": `sha1=${sign("sha1")}`,
    "x-hub-signature-256": `sha256=${sign("sha256")}`,
  };
  return postWebhook(url, headers, body);
}

function describeEvent(
  repository: KeptRepository,
  event: ForgeEvent,
): readonly [name: string, type: string, payload: object] {
  const shown = showRepository(repository);
  switch (event.kind) {
    case "push": {
      const before = repository.branches.get(event.branch) ?? NOBODY;
      repository.push(event.branch, event.sha);
      const sender = showUser(repository, repository.self);
      const commits = [{ id: event.sha, message: "Change pools", added: [], removed: [], modified: [] }];
      const about = { ref: `refs/heads/${event.branch}`, before, after: event.sha, commits, total_commits: 1 };
      return ["push", "push", { ...about, head_commit: commits[0], repository: shown, pusher: sender, sender }];
    }
    case "request": {
      const request = repository.request(event.number);
      const sender = showUser(repository, request.merged?.by ?? request.author);
      const about = { action: ACTIONS[event.action], number: event.number, repository: shown, sender, commit_id: "" };
      const type = event.action === "pushed" ? "pull_request_sync" : "pull_request";
      return ["pull_request", type, { ...about, pull_request: showPullRequest(repository, request) }];
    }
    case "group":
      throw new Error("Gitea has no merge queue.");
    case "comment": {
      const comment = repository.comments.find(({ id }) => id === event.comment);
      if (comment === undefined) throw new Error(`The test names the comment ${event.comment}, which is not there.`);
      const request = repository.request(event.number);
      const pull_request = showPullRequest(repository, request);
      const sender = showUser(repository, event.by ?? comment.author);
      const issue = { number: request.number, title: request.title, state: pull_request.state };
      const about = {
        action: event.action ?? "created",
        issue,
        pull_request,
        comment: showComment(repository, comment),
      };
      const named = showRepository(repository, event.repository ?? repository.name);
      return ["issue_comment", "pull_request_comment", { ...about, repository: named, sender, is_pull: true }];
    }
  }
}
