import { isEmptyPlan, type Plan } from "../../model/plan/plan.ts";
import type { Review, ReviewOutcome, UnseenMerge } from "../../model/reviews/review.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { showDigest } from "../../model/text/digest-digits.ts";
import { listSome } from "../../model/text/list-some.ts";
import { summaryLine } from "../plan/render-plan-text.ts";
import { formatMoment, shortenHash } from "../text/format-moment.ts";
import { code, cutTo, escapeInLine } from "../text/markdown.ts";
import { countDiagnostics } from "../text/render-diagnostics.ts";
import { foreseeMerge, listExceptions } from "./foresee-merge.ts";
import { listBlockers } from "./list-blockers.ts";

/** The most characters of a foreign text within a line, as it is written. */
const MOST_WORDS = 600;
const MOST_NAME = 80;

/** What a merge of a request does, or why it was not planned, as a line of Markdown. */
export function describeVerdict(review: Review): string {
  const { verdict, target } = review;
  switch (verdict.kind) {
    case "planned":
      return describePlanned(verdict, review);
    case "unconcerned":
      return `**No manifest of ${name(target)} changes.** Nothing is planned.`;
    case "invalid":
      return `**${countDiagnostics(verdict.diagnostics)} in the manifests of ${name(target)}.** Nothing can be planned, and a merge would change nothing, until they are fixed.`;
    case "conflict":
      return "**This request conflicts with its base branch.** It can be planned once the conflicts are resolved.";
    case "skipped":
      return review.from_ci === true ? SKIPPED_BY_CI : SKIPPED[verdict.reason];
    case "failed":
      return `**This could not be planned**: ${words(verdict.message)} (${name(verdict.code)}).${review.from_ci === true ? "" : " It is retried automatically."}`;
  }
}

const SKIPPED = {
  fork: "**Not planned: this request comes from a fork.** A user with write access can push its commits to a branch of this repository, or the daemon's configuration can enable plans for forks.",
  draft: "**Not planned: this request is a draft.** It is planned once it is marked as ready for review.",
  label: "**Not planned: a label of this request says so.** It is planned once the label is removed.",
  unseen: "**Not planned: this request was merged before it was processed.**",
} as const;

const SKIPPED_BY_CI =
  "**The manifests are valid. Not planned: this request comes from a fork.** A user with write access can push its commits to a branch of this repository.";

function describePlanned(verdict: Extract<Review["verdict"], { kind: "planned" }>, review: Review): string {
  const { outcome, approved, approval, pinned_revision, from_ci } = review;
  const { plan } = verdict;
  const failed = listBlockers(verdict);
  const counts = isEmptyPlan(plan) ? describeNothing(plan) : `**${escapeInLine(summaryLine(plan))}**`;
  if (failed.length > 0) {
    return `${counts} ❌ **Blocked by ${listSome(failed.map(name), 5)}**${outcome === null ? ": a merge does not apply it" : ""}.`;
  }
  if (isEmptyPlan(plan) || outcome !== null || from_ci === true) return counts;
  if (pinned_revision !== undefined)
    return `${counts} ⏳ **The target is pinned to another revision:** a merge does not apply it.`;
  const foresight = foreseeMerge(verdict);
  const { wait, runs, behind } = foresight;
  const later = behind.length === 0 ? "" : `, after request ${behind.join(", ")}`;
  const exceptions = listExceptions(foresight, runs).map(words).join(" and ");
  const but = exceptions === "" ? "" : `, except for ${exceptions}`;
  const by = approved?.by ?? null;
  if (approved === null || by !== null) {
    const given = by === null ? "" : ` Approved by ${name(by)}.`;
    const rejected = describeIdleRejection(review);
    if (wait?.isAll === true)
      return `${counts}${given} ⏳ **A merge does not apply it until ${words(wait.until)}.**${rejected}`;
    if (!runs) return `${counts}${given} ⏳ **A merge applies none of it:** ${exceptions}.${rejected}`;
    if (approved !== null && review.undecided_by !== undefined)
      return `${counts}${given} ⏳ **A merge does not apply it yet.**${describeUndecided(review)}`;
    return `${counts}${given.replace(/\.$/, ":")} ${by === null ? "A" : "a"} merge applies it${later}${but}.${rejected}`;
  }
  return approval === "merge"
    ? `${counts} It needs an approval: a merge approves it${but}.`
    : `${counts} ⏳ **It needs an approval.**${describeRejection(review)}${describeUndecided(review)}`;
}

/** A rejection that was written, and of which it is not known yet whether it counts. */
function describeUndecided({ undecided_by: by }: Pick<Review, "undecided_by">): string {
  if (by === undefined) return "";
  return ` ${name(by)} wrote a rejection. The forge does not report now whether it counts: whether ${name(by)} may reject, or whether the comment was edited. The forge is asked again automatically; until then neither a merge nor an earlier comment approves anything. The daemon's log says what failed.`;
}

/** With the time, so that another rejection is another text. */
function describeRejection({ rejected_by: by, rejected_at: at, rejected_because: why }: Review): string {
  if (by === undefined) return "";
  return ` ${name(by)}${because(why)} rejected it, so a merge does not approve it${at === undefined ? "" : ` (rejected at ${moment(at)})`}.`;
}

/** A rejection of what runs without an approval. */
function describeIdleRejection(review: Review): string {
  const { rejected_by: by, rejected_at: at, rejected_because: why, approved } = review;
  if (by === undefined || approved !== null) return "";
  return ` ⚠️ ${name(by)}${because(why)} rejected it${at === undefined ? "" : ` at ${moment(at)}`}, but none of it needs an approval now.`;
}

function moment(at: string): string {
  return cutTo(formatMoment(at), MOST_NAME, escapeInLine);
}

function describeNothing({ changes, applyable }: Plan): string {
  if (changes.length === 0 && !applyable) return "**No changes, and a check fails.**";
  if (changes.length === 0) return "**No changes.** The control plane matches the manifests.";
  return `**No changes to make.** ${countNoun(changes.length, "object")} to record, without a write.`;
}

/** Why a merge approved nothing. */
const UNSEEN = {
  altered: "The merge approves nothing: this comment had been altered when it was merged.",
  contained:
    "The merge approves nothing: the branch may have got this commit by another merge or push, after which the forge counts this request as merged as well. Review the plan and approve it by a comment.",
  crowded:
    "The merge approves nothing: 5,000 closed requests or more have changed since, too many to find out whether the branch got this commit by another merge. Review the plan and approve it by a comment.",
  left_before: "The merge approves nothing: it was scheduled (auto-merge, merge queue) before this plan was shown.",
  other_head: "The merge approves nothing: another commit was merged than the one that was reviewed.",
  partial: "The merge approves nothing: this comment had no room for the whole plan.",
  shown_after: "The merge approves nothing: the plan was shown after it.",
  twin: "The merge approves nothing: another request of this commit, which shows no plan, was merged before this one or in the same second.",
  undated:
    "The merge approves nothing: the time of the merge is unknown, as the forge's answers lack the current time (`Date`) or the time of its records.",
  unknown_merger:
    "The merge approves nothing: the forge does not say for certain who merged. On Gitea and Forgejo, turn off *Autodetect manual merge* in the repository's settings.",
  unproven:
    "The merge approves nothing: it is not certain that this plan was shown when it was merged. The forge's answer to the write of this comment was lost, and the forge does not report who edited a comment last.",
} as const satisfies Record<UnseenMerge, string>;

/** Why a given approval did not count. */
function explainUnapproved({ unseen, expired }: Extract<ReviewOutcome, { kind: "held" }>): string {
  if (expired !== undefined) {
    return ` The approval by ${name(expired.by)} has expired: it held until ${cutTo(formatMoment(expired.at), MOST_NAME, escapeInLine)}.`;
  }
  return unseen === undefined ? "" : ` ${UNSEEN[unseen]}`;
}

/** A warning that the comment was altered and restored, as a line of Markdown; "" if it was not. */
export function describeAltered({ altered }: Review): string {
  if (altered === undefined) return "";
  const who = altered.by === null ? "a user with write access" : name(altered.by);
  const often = altered.times > 1 ? `, the last of ${altered.times} times` : "";
  return `⚠️ **This comment was ${altered.how} by ${who}${often}, and was restored.** The altered text is in the audit.`;
}

/** The outcome of a request after it was merged or closed, as a line of Markdown. */
export function describeReviewOutcome(outcome: ReviewOutcome): string {
  const by = "by" in outcome && outcome.by !== null ? ` by ${name(outcome.by)}` : "";
  switch (outcome.kind) {
    case "closed":
      return outcome.base === undefined
        ? "**Closed without a merge.** None of it is applied."
        : `**Its base is now ${name(outcome.base)}.** None of it is applied here.`;
    case "merged":
      return `**Merged${by}.** It is applied next.`;
    case "waiting":
      return `⏳ **Merged${by} and under way.** ${words(outcome.message)}${describeOut(outcome)}`;
    case "held":
      if (outcome.rejected_by !== undefined) {
        return `❌ **Merged${by} and rejected by ${name(outcome.rejected_by)}${because(outcome.rejected_because)}${outcome.rejected_at === undefined ? "" : ` at ${moment(outcome.rejected_at)}`}.** Digest ${name(showDigest(outcome.digest))} is not applied unless it is approved.${describeOut(outcome)}`;
      }
      if (outcome.awaits_comments === true) {
        return `⏳ **Merged${by}, and its approval is handed on once comments are read:** those on all merged requests, as one may be a rejection.${describeOut(outcome)}`;
      }
      return `⏳ **Merged${by} and held: it needs an approval.** Digest ${name(showDigest(outcome.digest))} ${outcome.reviewed ? "is the plan that was reviewed here" : "is the plan below, which was not reviewed here before the merge"}.${explainUnapproved(outcome)}${describeUndecided(outcome)}${describeOut(outcome)}`;
    case "applied":
      return `✅ **Applied** in revision ${name(shortenHash(outcome.revision))} at ${cutTo(formatMoment(outcome.at), MOST_NAME, escapeInLine)}, merged${by === "" ? " here" : by}.${outcome.changed_since === true ? " **Later commits had changed the manifests again by then:** the plan below may differ from what was applied." : ""}`;
    case "failed":
      return `❌ **Merged${by}, and it failed.** ${words(outcome.message)}${describeOut(outcome)}`;
  }
}

/** Objects that are named as out of service; more are counted. */
const MOST_OUT = 10;

function describeOut({ out_of_service: out = [] }: { readonly out_of_service?: readonly string[] }): string {
  if (out.length === 0) return "";
  return ` ⚠️ **Out of service until then:** ${listSome(out.map(name), MOST_OUT)}.`;
}

function name(text: string): string {
  return cutTo(text, MOST_NAME, code);
}

/** The reason of a rejection, after a space; "" where it is not known. */
function because(reason: string | undefined): string {
  return reason === undefined ? "" : ` (${words(reason)})`;
}

/** A foreign text on one line. */
function words(text: string): string {
  return cutTo(text.trim(), MOST_WORDS, escapeInLine);
}
