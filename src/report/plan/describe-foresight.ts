import { type Foresight, IN_FLIGHT, type Offer } from "../../model/plan/foresight.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { showDigest } from "../../model/text/digest-digits.ts";
import { quoteWord } from "../../model/text/quote-word.ts";
import { showInLine } from "../../model/text/show-text.ts";
import { formatMoment } from "../text/format-moment.ts";

/** What an offer does, as the words on a button: `Revert 2 objects`. The name of a check is between backticks. */
export function describeOffer({ name, addresses }: Offer): string {
  switch (name) {
    case "freeze":
      return "Approve despite the freeze";
    case "window":
      return "Approve while no change window is open";
    case "paused":
      return "Approve despite the pause";
    case "drift":
      return `Revert ${countNoun(addresses.length, "object")}`;
    case IN_FLIGHT:
      return `Interrupt the work at ${nameSome(addresses)}`;
    default:
      return `Approve despite the failed check \`${name}\``;
  }
}

/** Addresses that a button names; more are counted. */
const MOST_NAMED = 3;

function nameSome(addresses: readonly string[]): string {
  const more = addresses.length - MOST_NAMED;
  return `${addresses.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The command that approves a plan with all that it needs. `given`: overrides that it has already. */
export function writeApproveCommand(
  plan: { readonly digest: string; readonly target: string },
  foresight: Foresight,
  given: readonly string[] = [],
): string {
  const needed = foresight.offers.filter((offer) => offer.needed).map(({ name }) => name);
  const overrides = [...given, ...needed].map((name) => ` --override ${quoteWord(name)}`);
  return `poolkeeper approve ${showDigest(plan.digest)} --target ${plan.target}${overrides.join("")}`;
}

/** Why an approval that overrides `in-flight` is refused where that would interrupt nothing. `isBusy`: something else has work. */
export function explainIdleInterruption({ digest }: { readonly digest: string }, isBusy: boolean): string {
  const nothing = `The override ${IN_FLIGHT} would interrupt nothing: plan ${showDigest(digest)} deletes nothing that has work`;
  if (!isBusy) return `${nothing}. Approve it without that override.`;
  return `${nothing}. A move waits for work despite any override, because the control plane does not move a cluster that has work. End that work, or revert the move in the manifests: what was drained is put back into service.`;
}

/**
 * Why an approval with an override without effect is refused. `isRefused`: a check of that name fails where the control plane itself
 * refuses.
 */
export function explainIdleOverride(
  { digest }: { readonly digest: string },
  name: string,
  { isRefused, offers }: { readonly isRefused: boolean; readonly offers: readonly Offer[] },
): string {
  const nothing = `The override ${showInLine(name)} has no effect on plan ${showDigest(digest)}`;
  if (isRefused)
    return `${nothing}: where that check fails, the control plane refuses what the plan does. Change the manifests.`;
  const more =
    offers.length === 0 ? "" : ` It could be approved with: ${offers.map((offer) => offer.name).join(", ")}.`;
  return `${nothing}: no check of that name fails, and nothing is held for that reason. Approve it without that override.${more}`;
}

/** Why an approval is refused; null: it is accepted. */
export function explainUseless(
  plan: { readonly digest: string; readonly target: string },
  foresight: Foresight,
): { readonly code: "needs_override" | "nothing_to_approve" | "stale"; readonly message: string } | null {
  const needed = foresight.offers.filter((offer) => offer.needed);
  const digest = showDigest(plan.digest);
  switch (foresight.kind) {
    case "runs":
    case "later":
      return null;
    case "stale":
      return {
        code: "stale",
        message: `${digest} is no longer the plan of ${plan.target}. ${foresight.message}`,
      };
    case "idle":
      return {
        code: "nothing_to_approve",
        message: `Plan ${digest} needs no approval: its changes run automatically.`,
      };
    case "held": {
      const nothing = `This approval of plan ${digest} would run nothing`;
      if (needed.length === 0) return { code: "nothing_to_approve", message: `${nothing}. ${foresight.message}` };
      const words = needed.map((offer) => `${offer.name} (${describeOffer(offer)})`).join(", ");
      const command = writeApproveCommand(plan, foresight);
      return {
        code: "needs_override",
        message: `${nothing}: it needs the ${needed.length === 1 ? "override" : "overrides"} ${words}. ${foresight.message} To approve it with that: \`${command}\``,
      };
    }
  }
}

/** When an approved plan is applied, in a sentence. */
export function describeWhen({ kind, at }: Pick<Foresight, "kind" | "at">): string {
  if (kind !== "later") return "The next pass applies it.";
  return at === null
    ? "It is applied after the required number of drift sightings."
    : `It is applied after ${formatMoment(at)}.`;
}
