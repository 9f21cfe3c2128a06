import { type Change, isNoOp, type Plan } from "../../model/plan/plan.ts";

/** What differs between a folder and what is live, by who caused it. */
export interface SortedDrift {
  /** Changed outside, by both sides, or of unknown origin: what counts as drift. */
  readonly drifted: readonly Change[];
  /** Changed by commits alone: not applied yet. */
  readonly pending: readonly Change[];
}

/** Sorts a plan's changes by origin, in its order. What is as it should be is in neither. */
export function sortDrift({ changes }: Pick<Plan, "changes">): SortedDrift {
  const real = changes.filter((change) => !isNoOp(change));
  const isPending = ({ origin }: Change) => origin === "commit";
  return { drifted: real.filter((change) => !isPending(change)), pending: real.filter(isPending) };
}

/** Why some manifests could not be compared: their system was not read, or has nothing of the kind. Empty: all were. */
export function listIncomparable({ checks }: Pick<Plan, "checks">): readonly string[] {
  return checks.filter(({ name, status }) => name === "capability" && status === "fail").map(({ message }) => message);
}
