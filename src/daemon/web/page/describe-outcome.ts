import type { PassOutcome } from "../../../model/passes/pass.ts";
import type { ApplyReport } from "../../../model/plan/apply-report.ts";
import type { Summary } from "../../../model/plan/plan.ts";
import { countNoun } from "../../../model/text/count-noun.ts";

/** The tone of a badge. Its words always say the same. */
export type Tone = "good" | "busy" | "ask" | "bad" | "rest" | "unknown";

/** The outcome of a pass in words. */
export interface OutcomeDescription {
  readonly word: string;
  readonly tone: Tone;
  readonly text: string;
}

/** The outcome of a pass in a few words: the target's message already has the details of a failure. */
export function describeBriefly(outcome: PassOutcome): string {
  const { word, text } = describeOutcome(outcome);
  return "message" in outcome ? word : text.replace(/\.$/, "");
}

/** Puts an outcome into words, with its counts. */
export function describeOutcome(outcome: PassOutcome): OutcomeDescription {
  switch (outcome.kind) {
    case "synced":
      return { word: "Synced", tone: "good", text: "In sync." };
    case "applied":
      return { word: "Applied", tone: "good", text: join([countDone(outcome.report.done), countHeld(outcome.held)]) };
    case "waiting":
      return { word: "Waiting", tone: "busy", text: join([countSteps(outcome.report), countHeld(outcome.held)]) };
    case "held":
      return { word: "Held", tone: "ask", text: join([countHeld(outcome.held)]) };
    case "blocked": {
      const names = outcome.checks.filter(({ status }) => status === "fail").map(({ name }) => name);
      return { word: "Blocked", tone: "bad", text: `Blocked by ${names.join(", ")}.` };
    }
    case "invalid": {
      const errors = outcome.diagnostics.filter(({ severity }) => severity === "error").length;
      return { word: "Invalid", tone: "bad", text: `${countNoun(errors, "error")} in the manifests.` };
    }
    case "refused":
      return { word: "Refused", tone: "bad", text: outcome.message };
    case "inconclusive":
      return { word: "Inconclusive", tone: "unknown", text: `${outcome.step}: ${outcome.message}` };
    case "failed":
      return { word: "Failed", tone: "bad", text: `${outcome.step}: ${outcome.message}` };
    case "cancelled":
      return { word: "Cancelled", tone: "rest", text: outcome.message };
  }
}

/** What an apply did in this pass; null where none was started. */
export function reportOf(outcome: PassOutcome): ApplyReport | null {
  return "report" in outcome ? (outcome.report ?? null) : null;
}

/** The counts of a plan without zeros: `2 to add, 1 to destroy`. */
export function countPlanned({
  add,
  change,
  replace,
  destroy,
}: Summary): readonly { readonly kind: string; readonly text: string }[] {
  return [
    { kind: "destroy", count: destroy, text: `${destroy} to destroy` },
    { kind: "replace", count: replace, text: `${replace} to replace` },
    { kind: "change", count: change, text: `${change} to change` },
    { kind: "add", count: add, text: `${add} to add` },
  ].filter(({ count }) => count > 0);
}

function countDone({ add, change, replace, destroy }: Summary): string {
  const parts = [
    [add, "added"],
    [change, "changed"],
    [replace, "replaced"],
    [destroy, "destroyed"],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return shown.length === 0 ? "Nothing changed" : shown.join(", ");
}

function countSteps({ steps }: ApplyReport): string {
  const count = (status: string) => steps.filter((step) => step.status === status).length;
  return `${count("applied")} of ${countNoun(steps.length, "step")} done, ${count("waiting")} waiting`;
}

function countHeld(held: readonly unknown[]): string {
  return held.length === 0 ? "" : `${countNoun(held.length, "change")} held`;
}

function join(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== "").join("; ")}.`;
}
