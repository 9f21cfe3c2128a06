import { countNoun } from "../model/count-noun.ts";
import { type Foresight, IN_FLIGHT, type Offer } from "../model/foresight.ts";
import { showDigest } from "../model/show-digest.ts";
import { showInLine } from "../model/show-text.ts";
import { formatMoment } from "./format-moment.ts";
import { quoteWord } from "./quote-word.ts";

/** What an offer does, as the words on a button: `Put back 2 objects`. The name of a check stands between backticks. */
export function describeOffer({ name, addresses }: Offer): string {
  switch (name) {
    case "freeze":
      return "Approve in spite of the freeze";
    case "window":
      return "Approve while no change window is open";
    case "paused":
      return "Approve in spite of the pause";
    case "drift":
      return `Put back ${countNoun(addresses.length, "object")}`;
    case IN_FLIGHT:
      return `Interrupt the work at ${nameSome(addresses)}`;
    default:
      return `Approve in spite of the check \`${name}\``;
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

/** Why an approval that overrides `in-flight` is not taken where that would interrupt nothing. `isBusy`: something else has work. */
export function explainIdleInterruption({ digest }: { readonly digest: string }, isBusy: boolean): string {
  const nothing = `The override ${IN_FLIGHT} would interrupt nothing: plan ${showDigest(digest)} deletes nothing that has work`;
  if (!isBusy) return `${nothing}. Approve it without that override.`;
  return `${nothing}. A move waits whatever is overridden, because the control plane moves no cluster that has work. End that work, or revert the move in the manifests: what was drained comes back into service.`;
}

/** Why an approval is not taken of which an override would let nothing through. `isRefused`: a check of that name fails, where the control plane refuses. */
export function explainIdleOverride(
  { digest }: { readonly digest: string },
  name: string,
  { isRefused, offers }: { readonly isRefused: boolean; readonly offers: readonly Offer[] },
): string {
  const nothing = `The override ${showInLine(name)} would let nothing of plan ${showDigest(digest)} through`;
  if (isRefused)
    return `${nothing}: where that check fails, the control plane refuses what the plan does. Change the manifests.`;
  const more =
    offers.length === 0 ? "" : ` It could be approved with: ${offers.map((offer) => offer.name).join(", ")}.`;
  return `${nothing}: no check of that name fails, and nothing is held for that reason. Approve it without that override.${more}`;
}

/** Why an approval is not taken; null: it is. */
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
        message: `${digest} is not the plan of ${plan.target} any more. ${foresight.message}`,
      };
    case "idle":
      return {
        code: "nothing_to_approve",
        message: `Nothing of plan ${digest} waits for an approval: what may run does so by itself.`,
      };
    case "held": {
      const nothing = `Under this approval of plan ${digest} nothing would run`;
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

/** When an approval that was taken is carried out, in a sentence. */
export function describeWhen({ kind, at }: Pick<Foresight, "kind" | "at">): string {
  if (kind !== "later") return "The next pass carries it out.";
  return at === null
    ? "It is carried out once drift was seen often enough."
    : `It is carried out from ${formatMoment(at)} on.`;
}
