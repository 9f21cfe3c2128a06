import type { Comment, CommentEdit, Permission, PullRequest, ShownStatus, TrainCar } from "./forge.ts";
import {
  type AnswerObject,
  findInner,
  findProse,
  findText,
  findTime,
  readNumber,
  readObject,
  readProse,
  readText,
  readTime,
  readTitle,
} from "./read-answer.ts";

/** A merge request; null for one without a commit, which GitLab opens out of an issue: there is nothing in it yet. */
export function decodeMergeRequest(value: unknown): PullRequest | null {
  const request = readObject(value);
  const sha = findText(request, "sha");
  if (sha === null) return null;
  const state = decodeState(readText(request, "state"));
  return {
    number: readNumber(request, "iid"),
    title: readTitle(request),
    url: readText(request, "web_url"),
    author: readText(findInner(request, "author"), "username"),
    state,
    // Before 13.2 it was called otherwise.
    draft: (request.draft ?? request.work_in_progress) === true,
    labels: decodeLabels(request.labels),
    // Null where the fork was deleted.
    head: {
      sha,
      branch: readText(request, "source_branch"),
      fork: request.source_project_id !== readNumber(request, "target_project_id"),
      repository: null,
    },
    base: readText(request, "target_branch"),
    merged: state === "merged" ? decodeMerge(request, sha) : null,
    opened: readTime(request, "created_at"),
    updated_at: readTime(request, "updated_at"),
    ...(request.state === "locked" && { merging: true }),
    // What is in a train is always set to be merged by itself.
    queued: request.merge_when_pipeline_succeeds !== false,
  };
}

/** A car of a merge train; null where it has no pipeline yet, where it was merged, or where it goes to another branch. */
export function decodeTrainCar(value: unknown, base: string): TrainCar | null {
  const car = readObject(value);
  if (findText(car, "target_branch") !== base || /merged/.test(findText(car, "status") ?? "")) return null;
  if (car.pipeline === null || car.pipeline === undefined) return null;
  const pipeline = readObject(car.pipeline);
  const number = readNumber(readObject(car.merge_request), "iid");
  return { number, sha: readText(pipeline, "sha"), pipeline: readNumber(pipeline, "id") };
}

/** A commit's status. GitLab has one word for failures and errors. */
export function decodeStatus(value: unknown): ShownStatus {
  const status = readObject(value);
  return {
    id: readNumber(status, "id"),
    context: readText(status, "name"),
    state: STATES[readText(status, "status")] ?? "error",
    description: findProse(status, "description") ?? "",
    by: findText(findInner(status, "author"), "username"),
  };
}

const STATES: Readonly<Record<string, ShownStatus["state"]>> = {
  created: "pending",
  pending: "pending",
  running: "pending",
  success: "success",
  failed: "failure",
};

/** A note that a person wrote on the page; null for what GitLab itself notes down, and for those on lines of files. */
export function decodeNote(value: unknown): Comment | null {
  const note = readObject(value);
  if (note.system === true || note.type === "DiffNote") return null;
  return {
    id: String(readNumber(note, "id")),
    author: readText(findInner(note, "author"), "username"),
    body: readProse(note, "body"),
    created_at: readTime(note, "created_at"),
    ...(findText(note, "updated_at") === null ? {} : { updated_at: readTime(note, "updated_at") }),
  };
}

/** GraphQL's answer about the edits of a note; null: this GitLab does not report them, or not to this token. */
export function decodeNoteEdit(value: unknown): CommentEdit | null {
  const { note } = findInner(readObject(value), "data");
  if (typeof note !== "object" || note === null || !("lastEditedAt" in note)) return null;
  if (note.lastEditedAt === null) return { kind: "none" };
  return { kind: "edited", by: findText(findInner(readObject(note), "lastEditedBy"), "username") };
}

/**
 * GitLab's levels: 10 guest, 15 planner, 20 reporter, 30 developer, 40 maintainer, 50 owner; 5 may see nothing. An account in another state than
 * `active` (`blocked`, `ldap_blocked`, `banned`, `deactivated`) may not sign in.
 */
export function decodePermission(value: unknown): Permission {
  const member = readObject(value);
  const level = readNumber(member, "access_level");
  if (level < 10 || (findText(member, "state") ?? "active") !== "active") return "none";
  if (level < 30) return "read";
  return level < 50 ? "write" : "admin";
}

/** `locked` is one that is being merged. */
function decodeState(state: string): PullRequest["state"] {
  return state === "merged" || state === "closed" ? state : "open";
}

/** A fast-forward has no commit of its own: the base branch is at the head then. */
function decodeMerge(request: AnswerObject, sha: string): PullRequest["merged"] {
  const user = findText(findInner(request, "merge_user"), "username");
  return {
    by: user ?? findText(findInner(request, "merged_by"), "username"),
    commit: findText(request, "merge_commit_sha") ?? findText(request, "squash_commit_sha") ?? sha,
    at: findTime(request, "merged_at"),
  };
}

function decodeLabels(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((label) => typeof label === "string") : [];
}
