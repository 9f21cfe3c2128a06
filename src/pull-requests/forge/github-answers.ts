import { OperationalError } from "../../model/errors/operational-error.ts";
import { cutForeign } from "../../model/secrets/cut-foreign.ts";
import type { AnswerAbout } from "./call-forge.ts";
import type { Comment, CommentEdit, PullRequest, ShownStatus } from "./forge.ts";
import {
  findInner,
  findProse,
  findText,
  findTime,
  readList,
  readNumber,
  readObject,
  readText,
  readTime,
  readTitle,
  readWrittenTime,
} from "./read-answer.ts";

/** The login that GitHub shows for accounts that are gone. */
const GHOST = "ghost";

/**
 * A pull request, in a list or alone. `repository`: `owner/name`; a head whose repository is gone, or has another name, is a fork's. As all
 * decoders here, it throws an AnswerShapeError where a part that is needed is missing.
 */
export function decodeGithubRequest(value: unknown, repository: string): PullRequest {
  const pull = readObject(value);
  const head = findInner(pull, "head");
  const from = findText(findInner(head, "repo"), "full_name");
  const mergedAt = findTime(pull, "merged_at");
  return {
    number: readNumber(pull, "number"),
    title: readTitle(pull),
    url: readText(pull, "html_url"),
    author: findText(findInner(pull, "user"), "login") ?? GHOST,
    state: mergedAt !== null ? "merged" : pull.state === "closed" ? "closed" : "open",
    draft: pull.draft === true,
    labels: readList(pull.labels).flatMap((label) => findText(label, "name") ?? []),
    head: {
      sha: readText(head, "sha"),
      branch: readText(head, "ref"),
      fork: from?.toLowerCase() !== repository.toLowerCase(),
      repository: from,
    },
    base: readText(findInner(pull, "base"), "ref"),
    merged:
      mergedAt === null
        ? null
        : {
            by: findText(findInner(pull, "merged_by"), "login"),
            commit: findText(pull, "merge_commit_sha"),
            at: mergedAt,
          },
    opened: readTime(pull, "created_at"),
    updated_at: readTime(pull, "updated_at"),
  };
}

/** A comment on a pull request. */
export function decodeGithubComment(value: unknown): Comment {
  const comment = readObject(value);
  const updated = findText(comment, "updated_at") === null ? null : readWrittenTime(comment, "updated_at");
  return {
    id: String(readNumber(comment, "id")),
    author: findText(findInner(comment, "user"), "login") ?? GHOST,
    body: findProse(comment, "body") ?? "",
    created_at: readWrittenTime(comment, "created_at"),
    ...(updated === null ? {} : { updated_at: updated }),
  };
}

/** A commit's status; words that are none of ours count as an error. */
export function decodeGithubStatus(value: unknown): ShownStatus {
  const status = readObject(value);
  return {
    id: readNumber(status, "id"),
    context: readText(status, "context"),
    state: STATES.find((one) => one === status.state) ?? "error",
    description: findProse(status, "description") ?? "",
    by: findText(findInner(status, "creator"), "login"),
  };
}

const STATES: readonly ShownStatus["state"][] = ["pending", "success", "failure", "error"];

/** An event on a pull request's page. */
export interface GithubEvent {
  readonly id: number;
  readonly event: string;
  readonly at: string | null;
  /** The login of who caused it. */
  readonly actor: string | null;
}

/** An event of the list of a pull request's events. */
export function decodeGithubEvent(value: unknown): GithubEvent {
  const event = readObject(value);
  return {
    id: readNumber(event, "id"),
    event: findText(event, "event") ?? "",
    at: findTime(event, "created_at"),
    actor: findText(findInner(event, "actor"), "login"),
  };
}

/** GraphQL's answer about the edits of a comment. Throws `forge_refused` where these credentials may not see it. */
export function decodeGithubEdit(value: unknown, { redact }: AnswerAbout): CommentEdit {
  const answer = readObject(value);
  const node = findInner(findInner(answer, "data"), "node");
  if (node.lastEditedAt === null) return { kind: "none" };
  if (typeof node.lastEditedAt === "string") return { kind: "edited", by: nameEditor(findInner(node, "editor")) };
  const errors = readList(answer.errors ?? []).map(({ message }) => String(message));
  const words = cutForeign(errors.join("; "), redact);
  const message = `GitHub's GraphQL API does not say whether a comment was edited: ${words || "it lists no comment"}. Use a token that may read pull requests.`;
  throw new OperationalError("forge_refused", message, { next: "stop" });
}

/** GraphQL leaves out what REST puts behind the names of Apps. */
function nameEditor(editor: ReturnType<typeof findInner>): string | null {
  const login = findText(editor, "login");
  return login !== null && editor.__typename === "Bot" ? `${login}[bot]` : login;
}
