import { confirm } from "./confirm.ts";

/** Asks whether to apply the plan that was just shown; see {@link confirm}. */
export function confirmApply(): Promise<boolean> {
  return confirm({ question: "Apply this plan?", unasked: "--auto-approve", nothing: "Nothing was changed." });
}
