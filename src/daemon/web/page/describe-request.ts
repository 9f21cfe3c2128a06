import type { RequestOverview } from "../../../model/daemon/daemon-service.ts";
import { nameGiver } from "../../../model/passes/decision.ts";
import { isEmptyPlan } from "../../../model/plan/plan.ts";
import type { Review, ReviewOutcome } from "../../../model/reviews/review.ts";
import { showDigest } from "../../../model/text/digest-digits.ts";
import { foreseeMerge, listExceptions } from "../../../report/review/foresee-merge.ts";
import { listBlockers } from "../../../report/review/list-blockers.ts";
import { explainNoDecider, nameDeciders } from "../../../report/review/name-deciders.ts";
import { countDiagnostics } from "../../../report/text/render-diagnostics.ts";
import type { OutcomeDescription, Tone } from "./describe-outcome.ts";

/** The state of a request's plan as a word and its colour: blocked and not plannable are distinguished. */
export function describeRequest({ verdict, statuses: { plan } }: Pick<RequestOverview, "verdict" | "statuses">): {
  readonly word: string;
  readonly tone: Tone;
} {
  const isBlocked = verdict === "planned" && plan.state === "failure";
  return isBlocked ? { word: "Blocked", tone: "bad" } : WORDS[verdict];
}

const WORDS = {
  planned: { word: "Planned", tone: "good" },
  unconcerned: { word: "Unaffected", tone: "rest" },
  invalid: { word: "Invalid", tone: "bad" },
  conflict: { word: "Conflict", tone: "bad" },
  skipped: { word: "Not planned", tone: "rest" },
  failed: { word: "Inconclusive", tone: "unknown" },
} as const satisfies Record<RequestOverview["verdict"], { readonly word: string; readonly tone: Tone }>;

/** What a request waits for before it is applied, or its outcome; names are in backticks. */
export function describeApply({ statuses: { plan, apply } }: Pick<RequestOverview, "statuses">): string {
  if (apply.description === "") return "waits for its first review";
  if (apply.description !== plan.description) return apply.description;
  // Repeated here, it says why nothing is applied.
  if (apply.state === "success") return "nothing to apply";
  return apply.state === "error" ? "is retried automatically" : "waits for a new commit";
}

/** The outcome of a merged or closed request as a word and its colour. */
export const OUTCOME_WORDS = {
  closed: { word: "Closed", tone: "rest" },
  merged: { word: "Merged", tone: "busy" },
  waiting: { word: "Applying", tone: "busy" },
  held: { word: "Awaiting approval", tone: "ask" },
  applied: { word: "Applied", tone: "good" },
  failed: { word: "Failed", tone: "bad" },
} as const satisfies Record<ReviewOutcome["kind"], { readonly word: string; readonly tone: Tone }>;

/** What a merge would do, or why that is unknown; names are in backticks. */
export function describeReview(review: Review): OutcomeDescription {
  const { verdict, target } = review;
  switch (verdict.kind) {
    case "planned":
      return describePlanned(verdict, review);
    case "unconcerned":
      return { ...WORDS.unconcerned, text: `No manifest of ${target} changes. Nothing is planned.` };
    case "invalid": {
      const text = `${countDiagnostics(verdict.diagnostics)} in the manifests. Nothing can be planned, and a merge changes nothing, until they are fixed.`;
      return { ...WORDS.invalid, text };
    }
    case "conflict": {
      const text = "It conflicts with its base branch. Resolve the conflict to get a plan.";
      return { ...WORDS.conflict, text };
    }
    case "skipped":
      return { ...WORDS.skipped, text: SKIPPED[verdict.reason] };
    case "failed":
      return {
        ...WORDS.failed,
        text: `Planning failed and is retried: ${verdict.message} [${verdict.code}]`,
      };
  }
}

const SKIPPED = {
  fork: "It comes from a fork. Push its commits to a branch of the repository, or allow forks in the daemon's configuration.",
  draft: "It is a draft. It is planned once it is marked as ready for review.",
  label: "It has a skip label. It is planned once the label is removed.",
  unseen: "It was merged before its first review.",
} as const;

type Planned = Extract<Review["verdict"], { kind: "planned" }>;

function describePlanned(verdict: Planned, review: Review): OutcomeDescription {
  const { plan } = verdict;
  const failed = listBlockers(verdict).map((name) => `\`${name}\``);
  const isOpen = review.outcome === null;
  if (failed.length > 0) {
    const text = `Blocked by ${failed.join(", ")}${isOpen ? ": a merge does not apply it" : ""}.`;
    return { word: "Blocked", tone: "bad", text };
  }
  if (isEmptyPlan(plan)) return { ...WORDS.planned, text: "No changes." };
  return { ...WORDS.planned, text: isOpen ? describeApproval(review, verdict) : "The newest plan of this request." };
}

function describeApproval(review: Review, verdict: Planned): string {
  const { approved, approval, rejected_by, rejected_because: reason = null, pinned_revision } = review;
  const { digest } = verdict.plan;
  const foresight = foreseeMerge(verdict);
  const { wait, runs } = foresight;
  if (pinned_revision !== undefined) return "The target is pinned to another revision: a merge does not apply it.";
  if (approved === null || approved.by !== null) {
    const given = approved === null ? "A" : `Approved by ${approved.by}: a`;
    if (wait?.isAll === true) return `${given} merge does not apply it until ${wait.until}.`;
    const exceptions = listExceptions(foresight, runs).join(" and ");
    if (!runs) return `${given} merge applies none of it: ${exceptions}.`;
    const but = exceptions === "" ? "" : `, except for ${exceptions}`;
    return `${given} merge applies it${but}.`;
  }
  const who = nameDeciders(review, (name) => name);
  if (who === null) return `It needs an approval. ${explainNoDecider(review, (why) => why)}`;
  return approval === "merge"
    ? `It needs an approval. Merging approves it${who}, if the digest is still the same then.`
    : `It needs an approval${rejected_by === undefined ? "" : `, as ${nameGiver({ by: rejected_by, reason })} rejected what waits for one`}: comment \`poolkeeper approve ${showDigest(digest)}\` on the request${who}.`;
}
