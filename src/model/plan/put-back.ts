import type { Address } from "../address.ts";
import type { Change, Plan } from "./plan.ts";
import type { Step } from "./step.ts";

/**
 * Whether a change brings back, as it was, what an interrupted run took away. What the manifest of a row asks for, or the lack of one, is
 * another change, on top of it.
 */
export function isPutBack({ action }: Pick<Change, "action">): boolean {
  return action === "put_back";
}

/** Whether a step is of such a change. */
export function isPutBackStep({ phase }: Pick<Step, "phase">): boolean {
  return phase === "put-back" || phase === "take-back";
}

/** Finds the change that a step is for: a row that is put back and then changed or deleted has one for each. */
export function indexChanges({
  changes,
}: Pick<Plan, "changes">): (step: Pick<Step, "address" | "phase">) => Change | undefined {
  const index = (some: readonly Change[]) => new Map(some.map((change) => [change.address, change]));
  const [back, others] = [index(changes.filter(isPutBack)), index(changes.filter((change) => !isPutBack(change)))];
  return (step) => (isPutBackStep(step) ? back : others).get(step.address);
}

/** A plan without its put-backs: what is left to be decided about. */
export function leavePutBacks<P extends Pick<Plan, "changes" | "steps">>(plan: P): P {
  return {
    ...plan,
    changes: plan.changes.filter((change) => !isPutBack(change)),
    steps: plan.steps.filter((step) => !isPutBackStep(step)),
  };
}

/**
 * Names what `--target` and `--exclude` choose a change or a step by: its address, but for a put-back beside which something else is done at
 * the same address. That is left out by itself, and the row is back all the same.
 */
export function nameChosen({
  changes,
}: Pick<Plan, "changes">): (item: Change | Pick<Step, "address" | "phase">) => Address {
  const others = new Set(changes.filter((change) => !isPutBack(change)).map(({ address }) => address));
  const isBack = (item: Change | Pick<Step, "address" | "phase">) =>
    "phase" in item ? isPutBackStep(item) : isPutBack(item);
  return (item) => (others.has(item.address) && isBack(item) ? (`${item.address} as it was` as Address) : item.address);
}
