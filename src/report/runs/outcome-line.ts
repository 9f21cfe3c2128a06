import type { HeldChange, PassOutcome } from "../../model/passes/pass.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { showInLine } from "../../model/text/show-text.ts";
import { verdictLine } from "./render-apply-text.ts";

/** What a pass came to, on one line. */
export function outcomeLine(outcome: PassOutcome): string {
  switch (outcome.kind) {
    case "synced":
      return "in sync";
    case "applied":
      return `${verdictLine(outcome.report)}${describeHeld(outcome.held, " Held: ")}`;
    case "waiting":
      return `${verdictLine(outcome.report)} Continues once work has ended.${describeHeld(outcome.held, " Held: ")}`;
    case "held":
      return `held: ${describeHeld(outcome.held, "")}`;
    case "blocked":
      return `blocked by ${failed(outcome.checks.filter(({ status }) => status === "fail"))}`;
    case "invalid":
      return `invalid manifests: ${countNoun(outcome.diagnostics.length, "diagnostic")}`;
    case "refused":
      return `refused: ${showInLine(outcome.message)}`;
    case "inconclusive":
    case "failed":
      return `${outcome.kind} at ${outcome.step}: ${showInLine(outcome.message)} [${showInLine(outcome.code)}]`;
    case "cancelled":
      return `cancelled: ${showInLine(outcome.message)}`;
  }
}

function failed(checks: readonly { readonly name: string }[]): string {
  return checks.map(({ name }) => showInLine(name)).join(", ");
}

/** `2 for approval, 1 for window`. */
function describeHeld(held: readonly HeldChange[], before: string): string {
  const counts = new Map<string, number>();
  for (const { reason } of held) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const words = [...counts].map(([reason, count]) => `${count} for ${reason.replaceAll("_", " ")}`);
  return words.length === 0 ? "" : `${before}${words.join(", ")}`;
}
