import type { OperationalError } from "../../model/errors/operational-error.ts";
import type { QueueLine } from "./queue-line.ts";
import type { SourceFiles } from "./source.ts";

/** Whose server it is: each has names of its own for what requests bring. */
export type RequestServer = "github" | "gitlab" | "gitea";

/** A pull request's newest commit, as the forge says it. */
export interface ProposedHead {
  /** As the forge shows it in the repository: GitLab's iid. */
  readonly number: number;
  /** The full id of the commit, in lower case. */
  readonly sha: string;
}

/** A commit that a merge queue or train made to test it: the branch with the requests before it and this one, by its number. */
export interface QueuedCommit {
  readonly number: number;
  /** The full id of the commit, in lower case. */
  readonly sha: string;
}

/** Of which requests a queue's commits are asked for. */
export interface AskedQueue {
  /** The numbers of the branch's open requests: a queue has no others. */
  readonly open: ReadonlySet<number>;
  /** What the forge says to be in GitLab's train. */
  readonly cars: readonly QueuedCommit[];
  /** Which of too many come first; left out: those of low numbers. */
  readonly line?: QueueLine;
}

/** One that was looked for in the repository. */
export interface SoughtCommit extends QueuedCommit {
  /** Why it was refused, and is not there; null: it is there. */
  readonly refusal: OperationalError | null;
}

/** What a merge of a head into a base gives. */
export type Merge =
  | {
      readonly kind: "merged";
      /** The id of the tree that the base would have; it can be read for an hour at least. */
      readonly tree: string;
      /** What the merge changes below the source's path: repository-relative, sorted, the first 1,000 of `count`. */
      readonly files: readonly string[];
      readonly count: number;
    }
  /** `files`: where, sorted, at most 100; none where the histories have nothing in common, which forges refuse to merge. */
  | { readonly kind: "conflict"; readonly files: readonly string[] };

/** A commit on the branch's own line: of a merge that is the merge alone. */
export interface BranchCommit {
  readonly id: string;
  /** The first is the commit that the branch was at before. */
  readonly parents: readonly string[];
  /** Whether it changes something below the source's path. */
  readonly changes: boolean;
}

/**
 * How a branch got a merged request's newest commit. `missing`: it does not have what the merge gave it, as far as it was fetched. `made_anew`: by
 * commits of the forge's own (squash, rebase). `merged`: by a merge commit of that very commit into the branch. `contained`: in another way, as by
 * a fast-forward, a push, or another request that has it too. `line`: the branch's own commits to its newest one, oldest first, which begin with the
 * merge commit, or with the request's newest commit; none where that is not one of them, or they are too many.
 */
export type Arrival =
  | { readonly kind: "missing" | "made_anew" }
  | { readonly kind: "merged" | "contained"; readonly line: readonly string[] };

/** A commit to be made on top of a base, for a branch of our own. */
export interface ProposedCommit {
  /** A commit that was fetched. */
  readonly base: string;
  /** The branch that gets the commit; all that it had is replaced. */
  readonly branch: string;
  /** New texts by repository-relative path; null: without the file. The rest is as in the base. */
  readonly files: ReadonlyMap<string, string | null>;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  /** When it is made. */
  readonly at: Date;
}

/**
 * Pull requests to a source's branch. What is fetched of them is kept apart from the mirror of the branches, so that no commit of a
 * request is ever taken for a revision, and none of them can fill the mirror up. Errors are those of {@link Source}, and `git_too_old`.
 */
export interface Proposals {
  /**
   * Fetches the missing heads, all in one fetch, and returns the numbers of those that are there now. A request whose head moved in the
   * meantime, or that is gone, is left out. Where all together are too large, or git's check refuses an object, each is fetched by
   * itself, and those that are refused then are left out: of what does not fit together, the largest.
   */
  fetch(forge: RequestServer, heads: readonly ProposedHead[]): Promise<ReadonlySet<number>>;
  /** Why the last fetch left a head out that it refused; null: it is there, or it is unknown why not. */
  findRefusal(head: ProposedHead): OperationalError | null;
  /**
   * The commits of the branch's merge queue now, by number, of open requests alone, each once, and a hundred at most. One that changed in
   * the meantime is left out. Gitea has none. One that is too large, or of which git's check refuses an object, is not there, stops no other
   * and not the branch, and is not fetched again while it is queued.
   */
  listQueued(forge: RequestServer, asked: AskedQueue): Promise<readonly SoughtCommit[]>;
  /**
   * What the base would be after a merge of the head. Asks git 2.38 or newer. Throws `revision_missing` where one of them was not
   * fetched, and `source_too_large` where git merges for longer than the source's time-out; the same merge is not tried again for ten
   * minutes then.
   */
  merge(base: string, head: string): Promise<Merge>;
  /**
   * What the branch got from one commit to another one: the commits of its own line, oldest first; none where none changes something
   * below the source's path. Null: the first commit is not there, or not on the line any more though the folder differs, as after a force
   * push; or there are more than 1,000 with changes, or more than 10,000.
   */
  listCommits(from: string, to: string): Promise<readonly BranchCommit[] | null>;
  /**
   * Whether a merge of the head into `onto` gives what `commit` has below the source's path. False where they conflict; null where one of
   * them is missing, so that it is unknown.
   */
  isMergeOf(commit: string, merge: { readonly onto: string; readonly head: string }): Promise<boolean | null>;
  /**
   * How many of the last of these commits a merged request brought, one at least: those before came on their own. The commits are a
   * stretch of the branch's own line, oldest first, whose last one is what the branch got by the merge. A merge commit of the request's
   * newest commit is one; a fast-forward has that commit itself as its last, and brings merge commits too. Null where it can't be known: the
   * server names another commit as the request's newest (branches of merged requests can be pushed to), or the last commits are not what
   * its merge gives.
   */
  countBrought(forge: RequestServer, head: ProposedHead, line: readonly BranchCommit[]): Promise<number | null>;
  /** How the branch, whose newest commit is `tip`, got the newest commit of a request by whose merge it got `commit`. No call. */
  traceArrival(merged: { readonly head: string; readonly commit: string; readonly tip: string }): Promise<Arrival>;
  /** The manifest files of a tree that `merge` gave, as a revision of it would be read. Throws `revision_missing` once it is forgotten. */
  readTree(tree: string): Promise<SourceFiles>;
  /** Forgets requests to this branch that are not named, and now and then what was fetched of them. */
  keep(numbers: readonly number[]): Promise<void>;
  /**
   * Makes a commit and pushes it to a branch that is ours alone. Nothing is pushed where the branch has the same files on the same base
   * already; `sha` is then the commit that is there. Throws `push_refused` where the server rejects it or the branch has commits of others,
   * `push_contended` where the branch moved in the meantime. `confirm` is asked right before it is pushed; what it throws is thrown.
   */
  commitAndPush(
    commit: ProposedCommit,
    confirm: () => Promise<void>,
  ): Promise<{ readonly sha: string; readonly pushed: boolean }>;
}
