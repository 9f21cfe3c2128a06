import type { ForgeKind } from "../../model/daemon/forge-kind.ts";
import type { Annotation } from "../../model/diagnostics/annotation.ts";
import type { AnswerHeaders } from "../../systems/http/call-json.ts";

/** A pull request, or a merge request as GitLab has it. */
export interface PullRequest {
  /** As it is shown in the repository: GitLab's iid. */
  readonly number: number;
  readonly title: string;
  /** ISO 8601, as the forge gives it each time: it never changes. */
  readonly opened: string;
  /** Its page. */
  readonly url: string;
  /** The login of who opened it. */
  readonly author: string;
  readonly state: "open" | "closed" | "merged";
  readonly draft: boolean;
  readonly labels: readonly string[];
  /** `fork`: it comes from another repository. `repository`: its full name; null: it is gone, or the forge does not name it, as GitLab. */
  readonly head: {
    readonly sha: string;
    readonly branch: string;
    readonly fork: boolean;
    readonly repository: string | null;
  };
  /** The branch that it wants to change. */
  readonly base: string;
  /**
   * Null: it was not merged. `by` put it into the merge queue, where that merged it. `commit` is what the base branch got by it, `at` when,
   * by the forge's clock; each is null where the forge does not say.
   */
  readonly merged: { readonly by: string | null; readonly commit: string | null; readonly at: string | null } | null;
  /** ISO 8601 in UTC; moves with comments and pushes. */
  readonly updated_at: string;
  /** It is open still, and being merged: GitLab alone says so. */
  readonly merging?: true;
  /** GitLab alone: whether it may be in a merge train, as it is to be merged by itself. */
  readonly queued?: boolean;
}

/** A commit of a request, with the logins of those in it; null: there is no account of the address. */
export interface RequestCommit {
  readonly sha: string;
  readonly author: string | null;
  readonly committer: string | null;
  /** Those of its trailers `Co-authored-by`; left out: it has none. */
  readonly co_authors?: readonly (string | null)[];
}

/** A push to a request's branch. */
export interface RequestPush {
  /** Null: the forge does not say who. */
  readonly login: string | null;
  /** The commit that the branch was at then; null: the forge does not say. */
  readonly sha: string | null;
}

/**
 * Where a request's commits come from. Author, committer and co-authors are as written in the commit: they can only be added to who pushed it,
 * and never take a user off.
 */
export interface RequestOrigin {
  /** Those that its base branch does not have. */
  readonly commits: readonly RequestCommit[];
  /** GitLab alone: the committers of all of them, without which is whose. */
  readonly committers?: readonly string[];
  /** As far back as the forge reports them; of GitLab and Gitea since the request was opened. */
  readonly pushes: readonly RequestPush[];
  /** Why there may be more of either, as a clause; null: there are not. */
  readonly missing: string | null;
}

/** A request in a merge train of GitLab, with what tests it there. */
export interface TrainCar {
  readonly number: number;
  /** The branch with the requests before it and this one. */
  readonly sha: string;
  /** The id of the pipeline that has to pass. */
  readonly pipeline: number;
}

/** A comment on a request's page. */
export interface Comment {
  readonly id: string;
  /** The login of who wrote it. */
  readonly author: string;
  readonly body: string;
  readonly created_at: string;
  /** When it was changed last, by the forge's clock; left out where the forge does not say. */
  readonly updated_at?: string;
}

/**
 * Whether the text of a comment was changed after it was written, as exactly as the forge knows it. `by`: the login of who changed it
 * last; null: the forge does not say. `unknown`: the forge gives whole seconds, and an edit in the second of the writing leaves no trace.
 */
export type CommentEdit =
  | { readonly kind: "none" }
  | { readonly kind: "edited"; readonly by: string | null }
  | { readonly kind: "unknown" };

/** What is said of a commit, in a line. */
export interface CommitStatus {
  /** Its name: a later status of the same name takes the place of this one. */
  readonly context: string;
  readonly state: "pending" | "success" | "failure" | "error";
  /** At most 140 characters; longer ones are cut. */
  readonly description: string;
  readonly url: string | null;
  /** GitLab alone: the pipeline that it is to count in; left out: the newest of a branch that has the commit. */
  readonly pipeline?: number;
}

/** A status as a commit shows it. */
export interface ShownStatus extends Pick<CommitStatus, "context" | "state" | "description"> {
  readonly id: number;
  /** The login of who set it; null: the forge does not say. */
  readonly by: string | null;
}

/** What is said of a commit at length, with places in its files. */
export interface CheckRun {
  readonly name: string;
  readonly conclusion: "success" | "failure" | "neutral";
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  readonly url: string | null;
}

/** `seen`: it is being looked at; `done`; `refused`: it may not be done, or makes no sense. */
export type Reaction = "seen" | "done" | "refused";

/** The rights of an account in the repository. `write` may merge. */
export type Permission = "none" | "read" | "write" | "admin";

/** Whether a permission on a repository lets an account push to it. */
export function mayWrite(permission: Permission): boolean {
  return permission === "write" || permission === "admin";
}

/** A request to open, or to bring up to date. */
export interface RequestDraft {
  /** The branch that has the changes; it is there already. */
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/** A user left the merge to the forge, which merges in their name as soon as it may: auto-merge, or a merge queue. */
export interface LeftMerge {
  /** When, by the forge's time; null: it does not say. */
  readonly at: string | null;
}

/**
 * One repository on a forge. Every method throws an OperationalError whose `code` is one of: `forge_unreachable` (try again),
 * `forge_limited` (not before `retryAfterMs`), `forge_refused` (the credentials do not suffice: a person must act), `forge_missing` (there
 * is no such repository, request or comment), `forge_answer` (the response does not fit its API). Reads are retried a few times; creations
 * are not, unless the forge said that it did nothing.
 */
export interface Forge {
  readonly kind: ForgeKind;
  /** For messages, without secrets: `owner/name on github.example.com`. */
  readonly place: string;
  /** Most characters (not bytes) of a comment. */
  readonly maxComment: number;
  /**
   * The time on the forge, by its own clock, which alone says how long ago something happened there. ISO 8601 in UTC, exact to about a
   * second. Null: no response had it yet (see `ForgeClock`).
   */
  now(): string | null;
  /** The login of these credentials' comments, cached per credentials. `again`: asked once more, as after an account was renamed. */
  readSelf(again?: boolean): Promise<string>;
  /** Every open request that wants to change the branch, all pages of them, oldest first. */
  listOpen(base: string): Promise<readonly PullRequest[]>;
  /** A request in any state; null where there is none. */
  readRequest(number: number): Promise<PullRequest | null>;
  /** Whose the commits of a request are, and who pushed them; of at most 250 commits, which is what GitHub gives. */
  readOrigin(number: number): Promise<RequestOrigin>;
  /**
   * The requests to the branch that were merged lately, by one call: what a forge knows of requests is newer than what it knows of commits.
   * None where it is the same.
   */
  listMergedLately(base: string): Promise<readonly PullRequest[]>;
  /**
   * The request to the branch whose merge gave it this commit as its newest; null: there is none, so that it was pushed, or it was merged
   * just now (see `listMergedLately`). Of a rebase that is the last of its commits.
   */
  findMerged(base: string, commit: string): Promise<PullRequest | null>;
  /** Whether it counts a request as merged, and by the same user, as soon as the branch has its newest commit, in any way. */
  readonly countsContained: boolean;
  /**
   * The other requests to the branch by which a merged one may have been merged: on GitHub the hundred that changed last, and all that changed since
   * its merge; on GitLab those that have its newest commit or what the branch got by it, and those that are just being merged (`merging`). None where
   * the forge does not count contained ones. Null: more have changed since then than are read, which is five thousand.
   */
  listMergedWith(request: PullRequest): Promise<readonly PullRequest[] | null>;
  /** What is in the branch's merge train now, first come first. None where the forge, or this project of it, has no trains. */
  listTrain(base: string): Promise<readonly TrainCar[]>;
  /**
   * Whether the merger of a request (`PullRequest.merged.by`) merged it themselves. A Gitea that detects merges by itself takes it from the
   * e-mail address in a pushed commit, which its author chooses.
   */
  provesMergers(): Promise<boolean>;
  /** How a request is left to the forge, or was when it was merged; null: it is not. */
  readLeftMerge(number: number): Promise<LeftMerge | null>;
  /** All comments on the request's page, oldest first; not those on lines of its files. */
  listComments(number: number): Promise<readonly Comment[]>;
  /** One of them as it stands now; null: it is not there. */
  readComment(number: number, id: string): Promise<Comment | null>;
  /** Whether a comment that was read before was edited by now. `none` holds for the text as it was read, too. Never `unknown` but on Gitea. */
  readEdit(number: number, comment: Comment): Promise<CommentEdit>;
  createComment(number: number, body: string): Promise<Comment>;
  /** Returns it as the forge keeps it. Throws `forge_missing` where it was deleted. */
  updateComment(number: number, id: string, body: string): Promise<Comment>;
  setStatus(sha: string, status: CommitStatus): Promise<void>;
  /** What a commit shows under these names, of each the newest, set by any account; none where the forge does not have the commit. */
  readStatuses(sha: string, contexts: readonly string[]): Promise<readonly ShownStatus[]>;
  /** Annotates a commit at places in its files. False: these credentials or this forge do not support annotations. */
  publishCheck(sha: string, check: CheckRun): Promise<boolean>;
  /** Reacts to a comment. A reaction that is there already is no error. */
  react(number: number, comment: string, reaction: Reaction): Promise<void>;
  /** The rights of an account here. Gitea reports only who may write: any other account has `none` there. */
  readPermission(login: string): Promise<Permission>;
  /**
   * What the credentials may do beyond what the daemon needs, each as "administer the repository"; empty: nothing, or the forge does not
   * say. Of a fine-grained token of GitHub it does not, of a token's scopes Gitea does not.
   */
  readExcess(): Promise<readonly string[]>;
  /** Opens a request; where one from that branch to that base is open, that one gets title and text. */
  proposeRequest(draft: RequestDraft): Promise<PullRequest>;
  /** Gives connections back. */
  close(): Promise<void>;
}

/** The credentials. Secrets are read again at each use, so that a rotated one takes effect immediately. */
export type ForgeAccess =
  | { readonly kind: "token"; readonly token: () => string }
  /** GitHub alone: an App, as one of its installations. `key` is its private key in PEM. */
  | { readonly kind: "app"; readonly app_id: number; readonly installation_id: number; readonly key: () => string };

/** What a forge is opened with. */
export interface ForgeOptions {
  readonly kind: ForgeKind;
  /** The forge's address as people open it (`https://git.example.com`, also with a path); null: the public one of its kind. */
  readonly url: string | null;
  /** `owner/name`; of GitLab the whole path of groups. */
  readonly repository: string;
  readonly access: ForgeAccess;
  /** How long one call may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Certificates to trust beside the usual ones, in PEM; null: none. */
  readonly ca: string | null;
  /** Called for each call over the network, retries included, with the method's name above. */
  readonly onCall?: (method: string) => void;
  /** Called with the headers of each answer, but for those to a call that is made as the App itself. */
  readonly onAnswer?: (headers: AnswerHeaders) => void;
  /** Awaited right before each call that writes, retries included; what it throws is thrown, and nothing is sent. Left out: nothing is asked. */
  readonly confirmWrite?: () => Promise<void>;
  /** Once it is aborted, reads end immediately, and nothing is sent or retried; a write in progress is finished (`ended_early`). */
  readonly ending?: AbortSignal;
}

/** Commits of one request whose accounts are asked for; GitHub gives no more. */
export const MOST_COMMITS = 250;

/** Why a list that was cut does not say whose a request is. */
export const TOO_MANY_COMMITS = `it has ${MOST_COMMITS} commits or more, too many to check; split it, or squash its commits`;
