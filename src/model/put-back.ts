import type { Address } from "./address.ts";
import type { Change, Plan, Step } from "./plan.ts";

/** What brings back what an interrupted run took away, by the reason of its change, and the op of its steps. */
const OPS: ReadonlyMap<Change["action_reason"], Step["op"]> = new Map([
  // A row that its delete took along.
  ["put_back", "create"],
  // What it drained for a change that was refused then.
  ["take_back", "activate"],
]);

/**
 * Whether a change brings back, as it was, what an interrupted run took away. What the manifest of a row asks for, or the lack of one, is
 * another change, on top of it.
 */
export function isPutBack({ action_reason }: Pick<Change, "action_reason">): boolean {
  return OPS.has(action_reason);
}

/** Recognises the steps of such changes: a row that is to be back is created by nothing else, and beside what is taken back nothing is done. */
export function recognisePutBacks({ changes }: Pick<Plan, "changes">): (step: Pick<Step, "address" | "op">) => boolean {
  const ops = new Map(changes.filter(isPutBack).map(({ address, action_reason }) => [address, OPS.get(action_reason)]));
  return ({ address, op }) => ops.get(address) === op;
}

/** Finds the change that a step is for: a row that is put back and then changed or deleted has one for each. */
export function indexChanges({
  changes,
}: Pick<Plan, "changes">): (step: Pick<Step, "address" | "op">) => Change | undefined {
  const index = (some: readonly Change[]) => new Map(some.map((change) => [change.address, change]));
  const [back, others] = [index(changes.filter(isPutBack)), index(changes.filter((change) => !isPutBack(change)))];
  const isBack = recognisePutBacks({ changes });
  return (step) => (isBack(step) ? back : others).get(step.address);
}

/** A plan without its put-backs: what is left to be decided about. */
export function leavePutBacks<P extends Pick<Plan, "changes" | "steps">>(plan: P): P {
  const isBack = recognisePutBacks(plan);
  return {
    ...plan,
    changes: plan.changes.filter((change) => !isPutBack(change)),
    steps: plan.steps.filter((step) => !isBack(step)),
  };
}

/**
 * Names what `--target` and `--exclude` choose a change or a step by: its address, but for a put-back beside which something else is done at
 * the same address. That is left out by itself, and the row is back all the same.
 */
export function nameChosen({ changes }: Pick<Plan, "changes">): (item: Change | Step) => Address {
  const others = new Set(changes.filter((change) => !isPutBack(change)).map(({ address }) => address));
  const isBack = recognisePutBacks({ changes });
  const isBeside = (item: Change | Step) => others.has(item.address) && ("op" in item ? isBack(item) : isPutBack(item));
  return (item) => (isBeside(item) ? (`${item.address} as it was` as Address) : item.address);
}
