import type { Address } from "../address.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { HeldChange } from "../passes/pass.ts";
import type { Plan } from "../plan/plan.ts";

/** Where the changes of a plan come from: which addresses a request changes, which differ without it, and which do both. */
export interface PlanParts {
  /** Changed by the request alone. */
  readonly request: readonly Address[];
  /** A difference with and without the request: the live state was changed outside. */
  readonly drift: readonly Address[];
  /** The same, where it comes from commits of the base branch that are not applied yet; left out in what an older release wrote. */
  readonly earlier?: readonly Address[];
  /** There without the request, and another change with it. */
  readonly both: readonly Address[];
}

/** Another request that changes some of the same objects. */
export interface Overlap {
  readonly number: number;
  /** Left out in what an older release wrote. */
  readonly title?: string;
  readonly url: string;
  readonly addresses: readonly Address[];
  /** Null: it is open. Else it was merged, and its changes are being applied: a merge now waits for it. */
  readonly holds: { readonly by: string; readonly since: string; readonly until: string } | null;
}

/** Why a request was not planned. `unseen`: it was merged before it was looked at. */
export type SkipReason = "fork" | "draft" | "label" | "unseen";

/** What a merge of a request would do, or why that is unknown. */
export type ReviewVerdict =
  | {
      readonly kind: "planned";
      readonly plan: Plan;
      readonly parts: PlanParts;
      readonly overlaps: readonly Overlap[];
      /** The rules by which the plan is sealed, as `noteSealing` names them; left out: not known. */
      readonly sealed_by?: string;
      /** Hash of what the merge changes in the manifests; left out where no daemon made it, and in what an older release wrote. */
      readonly change?: string;
      /** What stays as it is after the merge too, and why: policy, a pause, a window, an approval that it needs though the request needs none. Left out without a daemon. */
      readonly left?: readonly HeldChange[];
      /** Names of the failed checks that keep a merge from applying anything; left out: all that fail do. */
      readonly blocked?: readonly string[];
      /** How many live objects were looked at; left out: that is not known. */
      readonly looked_at?: number;
    }
  /** Nothing below the target's path would change. */
  | { readonly kind: "unconcerned" }
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  /** The request can't be merged as it is; the files, at most a hundred. */
  | { readonly kind: "conflict"; readonly files: readonly string[] }
  /** It is not planned: where it comes from, what it is, or its label. `passes`: the configuration lets such requests be merged. */
  | { readonly kind: "skipped"; readonly reason: SkipReason; readonly passes?: true }
  /** It could not be planned now; it is tried again. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

/**
 * Why a merge approves nothing: the merging user may not have seen the plan (`shown_after`: it was shown after the merge; `unproven`: it
 * may have been changed and restored after a write without an answer; `partial`: the comment had no room for all of it; `twin`:
 * another request of the commit was merged, which shows none; `contained`: the branch may have got the commit by another merge or push; `crowded`: by which is not known, as too many other requests have changed since), or the time (`undated`) or the author (`unknown_merger`) of the
 * merge is unknown.
 */
export const UNSEEN_MERGES = [
  "altered",
  "contained",
  "crowded",
  "other_head",
  "left_before",
  "partial",
  "shown_after",
  "twin",
  "undated",
  "unknown_merger",
  "unproven",
] as const;
export type UnseenMerge = (typeof UNSEEN_MERGES)[number];

/**
 * The outcome of a request's changes after the merge; null while it is open. `out_of_service`: what takes no work until the changes
 * continue, as far as `message` does not name it; left out: nothing.
 */
export type ReviewOutcome =
  /** `base`: its new base branch, where that was changed; without, it was closed. */
  | { readonly kind: "closed"; readonly base?: string }
  /** Merged; nothing was looked at since. */
  | { readonly kind: "merged"; readonly by: string | null }
  /** It is under way: `message` says what is waited for. */
  | {
      readonly kind: "waiting";
      readonly by: string | null;
      readonly message: string;
      readonly out_of_service?: readonly string[];
    }
  /** An approval is needed: the digest that waits, and whether it is the one that was reviewed. */
  | {
      readonly kind: "held";
      readonly by: string | null;
      readonly digest: string;
      readonly reviewed: boolean;
      readonly unseen?: UnseenMerge;
      /** The approval that would have allowed it, had it not expired; left out: none expired. */
      readonly expired?: { readonly by: string; readonly at: string };
      /** Who rejected something of it, and when; left out: no one. */
      readonly rejected_by?: string;
      readonly rejected_at?: string;
      readonly rejected_because?: string;
      /** Who wrote a rejection of it that can't be judged yet; left out: no one. */
      readonly undecided_by?: string;
      /** It has an approval, which is handed on once the comments on all merged requests are read; left out: none that is known. */
      readonly awaits_comments?: true;
      readonly out_of_service?: readonly string[];
    }
  /** `changed_since`: later commits had changed the manifests again by that revision, so that what was shown may never have been so. */
  | {
      readonly kind: "applied";
      readonly by: string | null;
      readonly revision: string;
      readonly at: string;
      readonly changed_since?: true;
    }
  | {
      readonly kind: "failed";
      readonly by: string | null;
      readonly message: string;
      readonly out_of_service?: readonly string[];
    };

/** What is said on a request about one target. */
export interface Review {
  readonly target: string;
  /** The request's newest commit. */
  readonly head: string;
  /** The base branch's commit that it was merged into for the plan; null where that was not done. */
  readonly base: string | null;
  readonly verdict: ReviewVerdict;
  readonly outcome: ReviewOutcome | null;
  /** How an approval comes about: by merging, or by a command or the page. */
  readonly approval: "merge" | "explicit";
  /**
   * Who approved the plan's digest, and who has to where one is needed; null: it needs none. `lost`: who approved it and may not write to the
   * repository any more, so that it does not count; left out: no one.
   */
  readonly approved: { readonly needed: true; readonly by: string | null; readonly lost?: string } | null;
  /** The revision that the target is held at, so that nothing that is pushed is applied; left out: it follows its branch. */
  readonly pinned_revision?: string;
  /** Who rejected something of it, so that no merge approves it, and when; left out: no one. */
  readonly rejected_by?: string;
  readonly rejected_at?: string;
  /** Why, in their words; left out: not known. */
  readonly rejected_because?: string;
  /** Who wrote a rejection of it that can't be judged yet, so that no merge approves it; left out: no one. */
  readonly undecided_by?: string;
  /**
   * Who may approve it, where not all may: the names on the list without those whose change it is (null: there is no list). `except`: who
   * opened it, and `others`: who else it is by, where self-approval is disabled. `unknown`: why no one may for now.
   */
  readonly deciders?: {
    readonly approvers: readonly string[] | null;
    readonly except: string | null;
    readonly others?: readonly string[];
    readonly unknown?: string;
  };
  /** Who altered the comment with this review, and how; left out: it was not altered. */
  readonly altered?: { readonly how: "edited" | "deleted"; readonly by: string | null; readonly times: number };
  /** When it was planned, ISO 8601 in UTC. */
  readonly made_at: string;
  /** From a CI job: no daemon processes comments, retries, or applies merges. Left out: a daemon does. */
  readonly from_ci?: true;
  /** A job of a fork made the plan, so that it may be made up; left out: none did. */
  readonly unverified?: true;
  /** Of poolkeeper. */
  readonly version: string;
  /** Where the whole plan is; null: nowhere. */
  readonly page: string | null;
}
