import type { StepDraft } from "../draft/draft-step.ts";

/** For each step, by its index, the indices of those that come before it. */
type Edges = readonly (readonly number[])[];

/**
 * Has what goes out of service for a time go as late as possible: before a cluster or a queue is drained that is activated later, all is done that its
 * activation waits for and that does not itself wait for the drain. Otherwise it is out of service for as long as others have work. But what comes back
 * together is drained side by side, as queues are that go along with one cluster. `order`: all steps, each after those before it. Closes no circle; for each
 * drain, the cost is that of what waits for it.
 */
export function delayDrains(drafts: readonly StepDraft[], edges: Edges, order: readonly number[]): Edges {
  const ends = new Map(drafts.flatMap((draft, index) => (draft.op === "activate" ? [[nameOf(draft), index]] : [])));
  // The latest first: an earlier one then also comes after what a later one waits for now.
  const drains = order.toReversed().flatMap((index) => {
    const end = drafts[index]?.op === "drain" ? ends.get(nameOf(drafts[index])) : undefined;
    return end === undefined ? [] : [{ drain: index, end }];
  });
  if (drains.length === 0) return edges;
  const before = edges.map((own) => new Set(own));
  const after: number[][] = drafts.map(() => []);
  for (const [index, own] of edges.entries()) for (const other of own) after[other]?.push(index);
  for (const { drain, end } of drains) {
    const dependents = follow([drain], after);
    const beside = drains.filter((one) => dependents.has(one.end) && !dependents.has(one.drain));
    const isBeside = follow(
      beside.map((one) => one.drain),
      after,
    );
    for (const other of findBefore(end, before, dependents)) {
      if (isBeside.has(other) || before[drain]?.has(other) !== false) continue;
      before[drain].add(other);
      after[other]?.push(drain);
    }
  }
  return before.map((own) => [...own]);
}

const nameOf = (step: StepDraft | undefined): string => `${step?.kind} ${step?.physical_name}`;

/** Some steps, and all that come after one of them. */
function follow(start: readonly number[], after: Edges): ReadonlySet<number> {
  const found = new Set(start);
  for (const index of found) for (const other of after[index] ?? []) found.add(other);
  return found;
}

/** What a step and those that it waits for within `dependents` wait for, without being one of these. */
function findBefore(
  step: number,
  before: readonly ReadonlySet<number>[],
  dependents: ReadonlySet<number>,
): ReadonlySet<number> {
  const found = new Set<number>();
  const within = new Set(dependents.has(step) ? [step] : []);
  for (const index of within) {
    for (const other of before[index] ?? []) (dependents.has(other) ? within : found).add(other);
  }
  return found;
}
