import { isEmptyPlan } from "../../model/plan/plan.ts";
import type { Review } from "../../model/reviews/review.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { showDigest } from "../../model/text/digest-digits.ts";
import { listSome } from "../../model/text/list-some.ts";
import { formatMoment, shortenHash } from "../text/format-moment.ts";
import { code, cutTo, escapeInLine, link } from "../text/markdown.ts";
import { foreseeMerge } from "./foresee-merge.ts";
import { listBlockers } from "./list-blockers.ts";
import { explainNoDecider, nameDeciders } from "./name-deciders.ts";

/** What to do next, as a list of Markdown: by merging, by pushing, or by which comment. */
export function describeNext(review: Review): string {
  const steps = review.outcome === null ? nextWhileOpen(review) : nextAfterwards(review);
  return steps.length === 0 ? "" : ["**Next**", "", ...steps.map((step) => `- ${step}`)].join("\n");
}

const OTHERS = "Comment `poolkeeper plan` to plan again, `poolkeeper help` to see every command.";

function nextWhileOpen(review: Review): readonly string[] {
  if (review.from_ci === true) return nextWithoutDaemon(review);
  const { verdict } = review;
  switch (verdict.kind) {
    case "planned":
      if (listBlockers(verdict).length > 0) {
        return ["Fix the failed checks and push: it is planned again automatically.", OTHERS];
      }
      return isEmptyPlan(verdict.plan) ? [OTHERS] : [...nextOfPlan(review, verdict), OTHERS];
    case "invalid":
    case "conflict":
      return ["Push a commit that fixes it: it is planned again automatically.", OTHERS];
    case "failed":
      return [OTHERS];
    case "unconcerned":
    case "skipped":
      return [];
  }
}

const UNVERIFIED =
  "A job of the fork made this plan and could have forged it. Before you merge it, push its commits to a branch of this repository: they are planned there.";

/** Without a daemon, comments have no effect; a push runs the job again. */
function nextWithoutDaemon({ verdict, unverified }: Review): readonly string[] {
  switch (verdict.kind) {
    case "planned":
      if (listBlockers(verdict).length > 0) return ["Fix the failed checks and push."];
      if (unverified === true) return [UNVERIFIED];
      return isEmptyPlan(verdict.plan) ? [] : ["Merge, then apply it with `poolkeeper apply`."];
    case "invalid":
    case "conflict":
      return ["Push a commit that fixes it."];
    case "failed":
      return ["Fix the cause and run the job again."];
    case "unconcerned":
    case "skipped":
      return [];
  }
}

function nextOfPlan(review: Review, verdict: Extract<Review["verdict"], { kind: "planned" }>): readonly string[] {
  const { target, approved, approval, pinned_revision } = review;
  const { digest } = verdict.plan;
  const { wait, asked, runs, behind } = foreseeMerge(verdict);
  const merge = behind.length === 0 ? "Merge" : `Merge once request ${behind.join(", ")} is applied`;
  const when = wait?.isAll === true ? ` once ${cutTo(describeEnd(wait.until), 300, escapeInLine)}` : "";
  const who = whoMay(review);
  const first =
    approval === "explicit" && approved !== null && approved.by === null ? [offerApproval(review, digest, ".")] : [];
  if (pinned_revision !== undefined) {
    const follow = code(`poolkeeper reconcile ${target} --follow`);
    return [
      ...first,
      `A merge is not applied now: the target is pinned to revision ${shortCode(pinned_revision)}. To follow the branch again: ${follow}.`,
    ];
  }
  if (approved === null || approved.by !== null) {
    if (!runs && wait?.isAll !== true) return [`${merge}; none of it is applied now.`, ...describeAsked(asked)];
    const what = asked.length === 0 ? "it" : "what this request changes";
    return [`${merge}, and ${what} is applied${when}.`, ...describeAsked(asked)];
  }
  if (approval === "explicit" || who === null)
    return [offerApproval(review, digest, `. Then ${merge.toLowerCase()}, and it is applied${when}.`)];
  return [
    `${merge}${who}, and it is applied${when} if the plan's digest is still ${code(showDigest(digest))} then. Otherwise it waits for an approval.`,
  ];
}

/** Changes that an approval of this plan does not cover: they need an approval where they were made. */
function describeAsked(asked: readonly string[]): readonly string[] {
  if (asked.length === 0) return [];
  const named = asked.map((address) => cutTo(address, 80, code));
  const waits = asked.length === 1 ? "needs a separate approval" : "need separate approvals";
  return [`${listSome(named, 10)} ${waits}, which merging this request does not give.`];
}

/** A time is written as a clause. */
function describeEnd(until: string): string {
  return /^\d{4}-/.test(until) ? `it is ${until}` : until;
}

/** The command that approves a plan and who may give it, as a sentence; `end`: what comes of it. */
function offerApproval(review: Review, digest: string, end: string): string {
  const who = whoMay(review);
  return who === null
    ? explainNoDecider(review, (why) => cutTo(why, 300, escapeInLine))
    : `Approve it: comment ${approve(digest)}${who}${end}`;
}

function whoMay(review: Review): string | null {
  return nameDeciders(review, (name) => cutTo(name, 80, code));
}

function nextAfterwards(review: Review): readonly string[] {
  const { outcome } = review;
  if (outcome?.kind === "held" && outcome.rejected_by !== undefined)
    return ["Revert it, or get it approved.", offerApproval(review, outcome.digest, ".")];
  if (outcome?.kind === "held" && outcome.awaits_comments === true)
    return [offerApproval(review, outcome.digest, ", without waiting for them.")];
  if (outcome?.kind === "held") return [offerApproval(review, outcome.digest, ", or comment `poolkeeper reject`.")];
  if (outcome?.kind === "failed") return ["Fix the cause and comment `poolkeeper apply` to try again."];
  return [];
}

function approve(digest: string): string {
  return code(`poolkeeper approve ${showDigest(digest)}`);
}

function shortCode(hash: string): string {
  return code(shortenHash(hash));
}

function describeLooked(verdict: Extract<Review["verdict"], { kind: "planned" }>): string {
  const alone = `${verdict.plan.unmanaged.length} unmanaged`;
  return verdict.looked_at === undefined ? alone : `${countNoun(verdict.looked_at, "live object")} read, ${alone}`;
}

/** What the review is based on, in small print: both commits, the plan's digest, when, by which version, and how many objects were read. */
export function describeFooter({ head, base, verdict, made_at, version, page }: Review): string {
  const planned = verdict.kind === "planned" ? verdict : null;
  const plan = planned?.plan ?? null;
  const facts = [
    `head ${shortCode(head)}${base === null ? "" : ` merged into ${shortCode(base)}`}`,
    ...(plan === null ? [] : [`digest ${code(showDigest(plan.digest))}`]),
    ...(planned === null ? [] : [describeLooked(planned)]),
    cutTo(formatMoment(made_at), 40, escapeInLine),
    `poolkeeper ${cutTo(version, 40, code)}`,
    ...(page === null ? [] : [link("page", page)]),
  ];
  return `<sub>${facts.join(" · ")}</sub>`;
}
