import { confirm } from "./confirm.ts";

/** Asks whether to carry out the plan that was just shown; see {@link confirm}. */
export function confirmApply(): Promise<boolean> {
  return confirm({ question: "Carry this out?", unasked: "--auto-approve", nothing: "Nothing was changed." });
}
