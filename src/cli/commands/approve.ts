import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Approval } from "../../model/passes/approval.ts";
import { nameGiver } from "../../model/passes/decision.ts";
import type { KeptPlan } from "../../model/passes/pass.ts";
import { NOT_LOOKED_AT, type Offer, type Prospect } from "../../model/plan/foresight.ts";
import { showDigest } from "../../model/text/digest-digits.ts";
import { describeOffer, describeWhen } from "../../report/plan/describe-foresight.ts";
import { renderPlanText } from "../../report/plan/render-plan-text.ts";
import { formatMoment, shortenHash } from "../../report/text/format-moment.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { join, type Shown, shown } from "../../report/text/shown-text.ts";
import { printResult, type ServerOptions, withDaemon } from "../daemon-client/with-daemon.ts";
import { confirm } from "../output/confirm.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showNote, showResult } from "../output/show-result.ts";

/** Options of `poolkeeper approve`. */
export interface ApproveOptions extends ServerOptions {
  readonly digest: string;
  /** Needed where several targets have the same plan. */
  readonly target: string | undefined;
  readonly overrides: readonly string[];
  /** Do not ask. */
  readonly yes: boolean;
  readonly colour: boolean;
}

/**
 * Shows a plan and its possible overrides, asks for confirmation, and approves exactly the plan that was shown. Where nothing would run
 * without overrides that were not given, the question asks for them. Exit code 0, or 1 where it was not approved. An outdated plan is an
 * OperationalError `stale_plan`; a plan whose approval would run nothing, or whose requests are not known yet, is `not_approved`.
 */
export async function runApprove(options: ApproveOptions): Promise<number> {
  const { digest, target, overrides, yes, json } = options;
  return withDaemon(options, async (daemon) => {
    const kept = await daemon.readPlan(digest, target);
    const plan = { digest: kept.digest, target: kept.target };
    const foresight = await daemon.foresee(plan);
    const offers = foresight.offers.filter(({ name }) => !overrides.includes(name));
    showPlan(kept, { ...foresight, offers }, options);
    const { approve: refused } = foresight.refused;
    // What would be refused is neither asked about nor sent without a confirmation, as the daemon may know more by then.
    if (refused?.code === NOT_LOOKED_AT) throw new OperationalError("not_approved", refused.message, { next: "stop" });
    const missing = offers.filter(({ needed }) => needed);
    // Who may not approve is not asked: the daemon says who may.
    const isForbidden = refused?.code === "not_allowed";
    if (
      !yes &&
      !isForbidden &&
      !(await confirm({ question: askFor(missing), unasked: "--yes", nothing: "Nothing was approved." }))
    )
      return EXIT.error;
    // Without a confirmation the overrides are not agreed to: the daemon says which it needs.
    const agreed = yes ? [] : missing.map(({ name }) => name);
    // Nor to take a rejection back.
    const decided = yes ? undefined : foresight.decided;
    const approval = await daemon.approve(plan, [...overrides, ...agreed], decided);
    // The prospect was computed without overrides: with those that are needed the plan runs immediately.
    const when = approval.overrides.length > 0 ? "" : ` ${describeWhen(foresight)}`;
    printResult(approval, json, () => renderApproval(approval, when));
    return EXIT.ok;
  });
}

function askFor(missing: readonly Offer[]): string {
  return missing.length === 0 ? "Approve this?" : `${missing.map(describeOffer).join(", and ")}?`;
}

/** With `--json`, stdout is for the approval alone. */
function showPlan(
  { target, digest, revision, made_at, plan }: KeptPlan,
  { offers, rejected }: Pick<Prospect, "offers" | "rejected">,
  { json, colour }: ApproveOptions,
): void {
  const paint = choosePaint(colour && (!json || process.stderr.isTTY === true));
  const of = revision === null ? "" : `, revision ${shortenHash(revision)}`;
  const title = `Plan ${showDigest(digest)} of target ${target}${of}, made ${formatMoment(made_at)}`;
  const text = shown`${paint.strong(title)}\n\n${renderPlanText(plan, paint, { hints: false })}\n${renderOffers(offers)}${renderRejected(rejected)}`;
  if (json) showNote(text);
  else showResult(text);
}

/** What holds the plan, or a part of it, and what overrides the hold. */
function renderOffers(offers: readonly Offer[]): Shown {
  const list = (title: string, some: readonly Offer[]) =>
    some.length === 0
      ? shown``
      : shown`\n${title}\n${join(some.map((offer) => `  --override ${offer.name}   ${describeOffer(offer)}`))}\n`;
  const [needed, others] = [offers.filter((offer) => offer.needed), offers.filter((offer) => !offer.needed)];
  return shown`${list("Required overrides:", needed)}${list("Optional overrides:", others)}`;
}

/** What an approval takes back. */
function renderRejected(rejected: Prospect["rejected"]): Shown {
  if (rejected === null) return shown``;
  return shown`\nRejected by ${nameGiver(rejected)} at ${formatMoment(rejected.at)}: an approval revokes that.\n`;
}

function renderApproval({ digest, target, expires_at, overrides }: Approval, when: string): Shown {
  const over = overrides.length === 0 ? "" : ` It overrides ${overrides.join(", ")}.`;
  return shown`Approved: plan ${showDigest(digest)} of target ${target}.${over}${when} It holds until ${formatMoment(expires_at)}.\n`;
}
