import type { ForgeKind } from "../../../src/model/daemon/forge-kind.ts";
import type { CheckRun, Comment, CommitStatus, Permission } from "../../../src/pull-requests/forge/forge.ts";
import type { HeldForgeCalls } from "./hold-forge-calls.ts";

/** A commit of a request, with the accounts that the forge finds by its addresses (null: none), and whoever pushed it. */
export interface KeptCommit {
  readonly sha: string;
  readonly author: string | null;
  readonly committer: string | null;
  readonly pusher: string;
  /** What the branch was at before the push. */
  readonly before: string;
  /** Left out: nothing of interest. */
  readonly message?: string;
  /**
   * Of what GitHub shows it alone: of the pushes, as the branch was moved on by force or was deleted (then it is forty zeros); of the commits,
   * as the push is not known yet. Left out: of both.
   */
  readonly shown?: "push" | "commit";
}

/** A request that somebody opens on a forge. */
export interface NewRequest {
  readonly title: string;
  readonly author: string;
  readonly branch: string;
  readonly base: string;
  /** The commit that the branch is at. */
  readonly sha: string;
  readonly body?: string;
  /** The full name of the repository that it comes from; left out: this one. "gone": one that was deleted since. */
  readonly fork?: string;
  readonly draft?: boolean;
  readonly labels?: readonly string[];
  /** Oldest first; left out: one that the author made and pushed. */
  readonly commits?: readonly KeptCommit[];
}

/** What happens to a request later on. A new `sha` is a push to its branch, forced or not. */
export interface RequestChange {
  readonly sha?: string;
  /** Whose the pushed commit is; left out: of whoever pushed it, who is the request's author unless another is named. */
  readonly commit?: Partial<Pick<KeptCommit, "author" | "committer" | "pusher" | "message">>;
  readonly title?: string;
  readonly base?: string;
  readonly draft?: boolean;
  readonly labels?: readonly string[];
  /** `locked`: open, and being merged, as GitLab shows it. */
  readonly state?: "open" | "closed" | "locked";
}

/** How somebody edits a comment. */
export interface CommentEditing {
  /** Their login; default `mallory`. */
  readonly by?: string;
  /** True: within the second in which the comment was written. */
  readonly instant?: boolean;
}

/** A request as the forge has it. */
export interface KeptRequest {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly branch: string;
  readonly base: string;
  readonly sha: string;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly state: "open" | "closed" | "merged" | "locked";
}

/** What goes wrong with a call. */
export type Fault =
  /** This status with a body as the forge writes it; nothing is done. */
  | { readonly kind: "status"; readonly status: number }
  /** The connection is cut, nothing is done. */
  | { readonly kind: "cut_before" }
  /** The call is carried out, then the connection is cut instead of an answer. */
  | { readonly kind: "cut_after" }
  /** Status 200 with a page of HTML, as a proxy shows it; nothing is done. */
  | { readonly kind: "garbage" };

/** Which calls a fault or a limit is for. */
export interface Which {
  /** How many of them. Default 1. */
  readonly times?: number;
  /** How many pass before. Default 0. */
  readonly after?: number;
  /** Only calls whose `METHOD /path` fits; default all. */
  readonly call?: RegExp;
}

/** Which calls to hold. Left out, `times` is all of them. */
export interface HeldWhich extends Which {
  /** True: a call is carried out at once, and only its answer waits. */
  readonly answer?: boolean;
}

/** What a webhook tells of. `id`: the delivery's; the same one twice is a replay. Default a new one. */
export type ForgeEvent = { readonly id?: string } & (
  | { readonly kind: "push"; readonly branch: string; readonly sha: string }
  | {
      readonly kind: "request";
      readonly number: number;
      readonly action: "opened" | "pushed" | "edited" | "closed" | "merged" | "reopened";
    }
  | {
      readonly kind: "comment";
      readonly number: number;
      readonly comment: string;
      /** Default: somebody wrote it. A comment that is deleted is told of before it is. */
      readonly action?: "created" | "edited" | "deleted";
      /** Who did it; default its author. */
      readonly by?: string;
      /** The name of another repository that has a request of the same number with the same comment; default: this one. */
      readonly repository?: string;
    }
  /** A merge queue or train has a commit to be tested, or drops it. */
  | {
      readonly kind: "group";
      readonly number: number;
      readonly sha: string;
      readonly base: string;
      readonly action: "requested" | "destroyed";
    }
);

/**
 * A forge for tests: a real HTTP server on loopback that answers as the forge's API does, with one repository in memory. It knows
 * of commits only what it is told. What people do is done by the methods, what clients do comes over HTTP.
 */
export interface ForgeServer {
  readonly kind: ForgeKind;
  /** As in `ForgeOptions.url`. */
  readonly url: string;
  readonly repository: string;
  /** A token of the daemon's account that may do everything the daemon needs. */
  readonly token: string;
  /** That account's login. */
  readonly self: string;

  /** Gives the request's number. */
  openRequest(request: NewRequest): number;
  changeRequest(number: number, change: RequestChange): void;
  /** `commit`: what the base branch got by it. */
  merge(number: number, by: string, commit: string): void;
  /** Puts a request into the merge queue or train, which tests it by a commit; again with another one where that is made anew. */
  enqueue(number: number, by: string, sha: string): void;
  dequeue(number: number): void;
  /** Somebody leaves the merge to the forge, or takes that back. The forge merges when the test says so. */
  leaveMerge(number: number, by: string, left?: boolean): void;
  /** Gives the comment's id. */
  comment(number: number, author: string, body: string): string;
  editComment(number: number, id: string, body: string, edit?: CommentEditing): void;
  deleteComment(number: number, id: string): void;
  /** What an account may do; `none` until it is said. */
  allow(login: string, permission: Permission): void;

  /** Makes the daemon's account an administrator, and gives its token what an administrator uses. */
  promote(): void;

  /** Somebody sets a status of a commit. */
  postStatus(sha: string, status: CommitStatus, by: string): void;

  /** Calls back at once when a status was set, before the call is answered: what the forge itself does then. */
  onStatus(listen: (sha: string) => void): void;

  requests(): readonly KeptRequest[];
  /** Oldest first. */
  comments(number: number): readonly Comment[];
  /** One of each context, the one that was set last; latest first. */
  statuses(sha: string): readonly CommitStatus[];
  /** Oldest first; always empty where the forge has no such thing. */
  checks(sha: string): readonly CheckRun[];
  /** The forge's own names: `eyes`, `+1`, `thumbsup`. */
  reactions(number: number, comment: string): readonly string[];

  /** Lets calls go wrong; the fault that was told first counts first. */
  fault(fault: Fault, which?: Which): void;
  /** Lets calls wait until the test releases them. A call whose caller leaves before that is not applied. */
  hold(which?: HeldWhich): HeldForgeCalls;
  /** From now on calls go well, whatever was still to go wrong. */
  heal(): void;
  /** Refuses calls for coming too often and asks for so many seconds of patience. `burst`: the forge's secondary limit, if it has two. */
  limit(seconds: number, which?: Which & { readonly kind?: "quota" | "burst" }): void;
  /** Lets time pass on the forge, whose clock otherwise moves with what happens there; in milliseconds, whole seconds. */
  advance(milliseconds: number): void;
  /** From now on its answers have no `Date`, as behind a proxy that removes it. */
  hideTime(): void;
  /** Takes the token back: every later call is refused. */
  revoke(): void;

  /** Every call that came in, refused ones too, with its query. */
  calls(): readonly { readonly method: string; readonly path: string }[];
  /** Calls (`METHOD /path`) that the forge's API does not have, or that the double does not know: a test that made one is wrong. */
  unknown(): readonly string[];

  /** Sends a webhook, signed as the forge does; gives the status it was answered with. */
  deliver(url: string, secret: string, event: ForgeEvent): Promise<number>;
  close(): Promise<void>;
}

/** What every such server can be started with. */
export interface ForgeServerOptions {
  /** Default `acme/pools`. */
  readonly repository?: string;
  /** How many entries a page has at most, whatever is asked for; default what the forge has. Small ones try the paging. */
  readonly pageLimit?: number;
  /** Default: a free one. */
  readonly port?: number;
}

/** Starts one on a free port. */
export type StartForgeServer = (options?: ForgeServerOptions) => Promise<ForgeServer>;
