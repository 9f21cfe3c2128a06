import type { PullRequestsConfig } from "../../model/daemon/daemon-config.ts";
import type { Answer, DaemonService } from "../../model/daemon/daemon-service.ts";
import type { Trigger } from "../../model/passes/pass.ts";
import type { RequestAuthor } from "../../model/reviews/known-authors.ts";
import type { PassTools } from "../../reconcile/pass/pass-tools.ts";
import type { Proposals } from "../../reconcile/source/proposals.ts";
import type { Forge, PullRequest } from "../forge/forge.ts";
import type { FindChange } from "./find-change.ts";
import type { Peer } from "./find-peers.ts";
import type { Spending } from "./spending.ts";

/** What commands on a request do, and what the service does for other callers too. */
export interface ReviewActs extends Pick<DaemonService, "approve" | "reconcile"> {
  /** Asks for a pass. */
  wake(target: string, trigger: Trigger): Promise<void>;
}

/** A stretch of a branch: what it got from one revision to another one. */
export interface BranchStretch {
  readonly from: string;
  readonly to: string;
}

/** A request that a branch got, with its author. */
export interface BroughtRequest extends RequestAuthor {
  /** What the branch got by it. */
  readonly commit: string;
  /** As the forge has it; null: it does not have it any more. */
  readonly request: PullRequest | null;
  /** The name of its record where the forge does not have it any more; null: the forge has it. */
  readonly left: string | null;
  /** The newest commit on that record. */
  readonly head: string | null;
  /** Of one that the forge does not have: it is unknown whether the branch got it. */
  readonly isDoubtful: boolean;
}

/**
 * Finds the requests whose merges changed manifests, with their authors, in the order of the branch. Null: the forge was asked about enough
 * commits for now, and the next review continues. Throws what forge and repository throw.
 */
export type FindAuthors = (stretches: readonly BranchStretch[]) => Promise<readonly BroughtRequest[] | null>;

/** What the reviews of one target work with. */
export interface ReviewTools {
  readonly pass: Omit<PassTools, "announce">;
  readonly forge: Forge;
  readonly proposals: Proposals;
  /** Asked right before a push, as the forge asks before each of its writes: throws an OperationalError where another replica has the job. */
  readonly confirm: () => Promise<void>;
  /** Shared by passes and rounds, so that nothing is compared twice. */
  readonly findChange: FindChange;
  readonly findAuthors: FindAuthors;
  /** As `Forge.readPermission`, but an answer may be a minute old: for what is shown, not for what is decided. */
  readonly recallPermission: Forge["readPermission"];
  readonly config: PullRequestsConfig;
  readonly acts: ReviewActs;
  readonly spending: Spending;
  /** The configured targets that share the statuses of this one, itself included. */
  readonly peers: readonly Peer[];
  /** Of poolkeeper. */
  readonly version: string;
  /** Where a request's whole plan is shown; null: nowhere. */
  readonly pageOf: (number: number) => string | null;
  readonly signal: AbortSignal;
}

/** Why something was refused, for who asked; null: it was not. */
export function refusalOf(answer: Answer<unknown>): string | null {
  return answer.ok ? null : answer.message;
}
