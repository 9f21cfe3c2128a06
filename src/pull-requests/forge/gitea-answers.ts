import type { Comment, Permission, PullRequest, ShownStatus } from "./forge.ts";
import {
  type AnswerObject,
  AnswerShapeError,
  findInner,
  findProse,
  findText,
  findTime,
  readList,
  readNumber,
  readObject,
  readProse,
  readText,
  readTime,
  readTitle,
} from "./read-answer.ts";

/** A pull request. */
export function decodePullRequest(value: unknown): PullRequest {
  const request = readObject(value);
  const title = readTitle(request);
  const isMerged = request.merged === true;
  return {
    number: readNumber(request, "number"),
    title,
    url: readText(request, "html_url"),
    author: readText(findInner(request, "user"), "login"),
    state: isMerged ? "merged" : decodeState(request),
    draft: request.draft === undefined ? /^(WIP:|\[WIP\])/i.test(title) : request.draft === true,
    labels: readList(request.labels ?? []).map((label) => readText(label, "name")),
    head: decodeHead(findInner(request, "head"), findInner(request, "base")),
    base: readText(findInner(request, "base"), "ref"),
    merged: isMerged
      ? {
          by: findText(findInner(request, "merged_by"), "login"),
          commit: findText(request, "merge_commit_sha"),
          at: findTime(request, "merged_at"),
        }
      : null,
    opened: readTime(request, "created_at"),
    updated_at: readTime(request, "updated_at"),
  };
}

/** A comment on the page. */
export function decodeComment(value: unknown): Comment {
  const comment = readObject(value);
  return {
    id: String(readNumber(comment, "id")),
    author: readText(findInner(comment, "user"), "login"),
    body: readProse(comment, "body"),
    created_at: readTime(comment, "created_at"),
    ...(findText(comment, "updated_at") === null ? {} : { updated_at: readTime(comment, "updated_at") }),
  };
}

/** A commit's status; words that are none of ours count as an error. */
export function decodeStatus(value: unknown): ShownStatus {
  const status = readObject(value);
  const word = readText(status, "status");
  return {
    id: readNumber(status, "id"),
    context: readText(status, "context"),
    state: STATES.find((state) => state === word) ?? "error",
    description: findProse(status, "description") ?? "",
    by: findText(findInner(status, "creator"), "login"),
  };
}

const STATES: readonly ShownStatus["state"][] = ["pending", "success", "failure", "error"];

/** The rights of an account; `owner` is an admin. */
export function decodeCollaborator(value: unknown): Permission {
  const permission = readText(readObject(value), "permission");
  switch (permission) {
    case "owner":
    case "admin":
      return "admin";
    case "write":
    case "read":
    case "none":
      return permission;
    default:
      throw new AnswerShapeError(`permission is ${permission}`);
  }
}

function decodeState(request: AnswerObject): "open" | "closed" {
  return readText(request, "state") === "closed" ? "closed" : "open";
}

/** `label` keeps the branch's name; `ref` becomes `refs/pull/N/head` once the branch is gone. A deleted fork leaves no `repo`. */
function decodeHead(head: AnswerObject, base: AnswerObject): PullRequest["head"] {
  return {
    sha: readText(head, "sha"),
    branch: findText(head, "label") ?? readText(head, "ref"),
    fork: head.repo === null || head.repo_id !== readNumber(base, "repo_id"),
    repository: findText(findInner(head, "repo"), "full_name"),
  };
}
