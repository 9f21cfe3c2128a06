import { cutForeign } from "../../model/cut-foreign.ts";
import { OperationalError } from "../../model/operational-error.ts";
import { redactKnownSecrets } from "../../systems/http/known-secrets.ts";
import type { Comment, CommentEdit, PullRequest, ShownStatus } from "./forge.ts";

/** A pull request as GitHub's API has it, in a list or alone, as far as it is read here. */
export interface GithubPull {
  readonly number: number;
  readonly title: string;
  readonly html_url: string;
  readonly user: { readonly login: string } | null;
  readonly state: string;
  readonly draft?: boolean | undefined;
  readonly labels: readonly { readonly name?: string }[];
  readonly head: {
    readonly sha: string;
    readonly ref: string;
    readonly repo: { readonly full_name: string } | null;
  };
  readonly base: { readonly ref: string };
  readonly created_at: string;
  readonly updated_at: string;
  readonly merged_at?: string | null;
  readonly merge_commit_sha?: string | null;
  readonly merged_by?: { readonly login: string } | null;
}

/** A comment as GitHub's API has it. */
export interface GithubComment {
  readonly id: number;
  readonly user: { readonly login: string } | null;
  readonly body?: string | undefined;
  readonly created_at: string;
  readonly updated_at?: string;
}

/** The login that GitHub shows for accounts that are gone. */
const GHOST = "ghost";

/**
 * A pull request of GitHub as ours. A head whose repository is gone, or has another name, is a fork's. Throws
 * `forge_answer` where it has not the parts that it needs.
 */
export function readGithubRequest(pull: GithubPull, repository: string): PullRequest {
  if (typeof pull.number !== "number" || typeof pull.head?.sha !== "string" || !Array.isArray(pull.labels))
    throw refuseGithubAnswer("pull request");
  const merged = readMerge(pull);
  return {
    number: pull.number,
    title: pull.title,
    url: pull.html_url,
    author: pull.user?.login ?? GHOST,
    state: merged !== null ? "merged" : pull.state === "closed" ? "closed" : "open",
    draft: pull.draft ?? false,
    labels: pull.labels.flatMap(({ name }) => (name === undefined ? [] : [name])),
    head: {
      sha: pull.head.sha,
      branch: pull.head.ref,
      fork: pull.head.repo?.full_name.toLowerCase() !== repository.toLowerCase(),
    },
    base: pull.base.ref,
    merged,
    opened: new Date(pull.created_at).toISOString(),
    updated_at: new Date(pull.updated_at).toISOString(),
  };
}

function readMerge({ merged_at, merged_by, merge_commit_sha }: GithubPull): PullRequest["merged"] {
  if (typeof merged_at !== "string") return null;
  const time = new Date(merged_at);
  if (Number.isNaN(time.getTime())) throw refuseGithubAnswer("pull request");
  return { by: merged_by?.login ?? null, commit: merge_commit_sha ?? null, at: time.toISOString() };
}

/** A comment of GitHub as ours. Throws `forge_answer` where it has no id. */
export function readGithubComment({ id, user, body, created_at, updated_at }: GithubComment): Comment {
  if (typeof id !== "number") throw refuseGithubAnswer("comment");
  const changed = updated_at == null ? {} : { updated_at };
  return { id: String(id), author: user?.login ?? GHOST, body: body ?? "", created_at, ...changed };
}

/** A commit's status as GitHub's API has it. */
export interface GithubStatus {
  readonly id: number;
  readonly context: string;
  readonly state: string;
  readonly description: string | null;
  readonly creator: { readonly login: string } | null;
}

/** A status of GitHub as ours. Throws `forge_answer` where it has no name. */
export function readGithubStatus({ id, context, state, description, creator }: GithubStatus): ShownStatus {
  if (typeof id !== "number" || typeof context !== "string") throw refuseGithubAnswer("status");
  const known = STATES.find((one) => one === state) ?? "error";
  return { id, context, state: known, description: description ?? "", by: creator?.login ?? null };
}

const STATES: readonly ShownStatus["state"][] = ["pending", "success", "failure", "error"];

/** GraphQL's answer about the edits of a comment. */
export interface GithubEdit {
  readonly data?: {
    readonly node?: {
      readonly lastEditedAt?: string | null;
      readonly editor?: { readonly __typename: string; readonly login: string } | null;
    } | null;
  } | null;
  readonly errors?: readonly { readonly message?: string }[];
}

/** Whether and by whom a comment was edited. Throws `forge_refused` where these credentials are not told. */
export function readGithubEdit({ data, errors = [] }: GithubEdit): CommentEdit {
  const node = data?.node;
  if (node?.lastEditedAt === null) return { kind: "none" };
  if (typeof node?.lastEditedAt === "string") return { kind: "edited", by: nameEditor(node.editor ?? null) };
  const words = cutForeign(errors.map(({ message }) => String(message)).join("; "), redactKnownSecrets);
  const message = `GitHub's GraphQL API does not say whether a comment was edited: ${words || "it names no comment"}. Give a token that may read pull requests.`;
  throw new OperationalError("forge_refused", message, { next: "stop" });
}

/** GraphQL leaves out what REST puts behind the names of Apps. */
function nameEditor(editor: { readonly __typename: string; readonly login: string } | null): string | null {
  return editor?.__typename === "Bot" ? `${editor.login}[bot]` : (editor?.login ?? null);
}

/** The error of an answer that is not what was asked for. */
export function refuseGithubAnswer(what: string): OperationalError {
  const message = `GitHub's answer is no ${what}. Check that the forge's address is GitHub itself, not a gateway or another service.`;
  return new OperationalError("forge_answer", message, { next: "stop" });
}
