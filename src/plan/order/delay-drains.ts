import type { StepDraft } from "../draft/draft-step.ts";
import type { Edges } from "./edges.ts";
import { findComponents } from "./find-components.ts";
import { indexOrder, reduceEdges } from "./reduce-edges.ts";

/**
 * Has what goes out of service for a time go as late as possible: before a cluster or a queue is drained that is activated later, all is done that its
 * activation waits for and that does not itself wait for the drain. Otherwise it is out of service for as long as others have work. But what comes back
 * together is drained side by side, as queues are that go along with one cluster: where activations wait for each other's drains, over any number of them.
 * Where that is more than one step, the first of these drains comes after all of it and the others after the first, so that a plan does not hold the product
 * of both. `order`: all steps, each after those before it. Closes no circle: what is put before such a group led there already. Linear in steps and edges but
 * for the reduction of what each group waits for.
 */
export function delayDrains(drafts: readonly StepDraft[], edges: Edges, order: readonly number[]): Edges {
  const ends = new Map(drafts.flatMap((draft, index) => (draft.op === "activate" ? [[nameOf(draft), index]] : [])));
  const endOf = new Map(
    order.flatMap((index) => {
      const end = drafts[index]?.op === "drain" ? ends.get(nameOf(drafts[index])) : undefined;
      return end === undefined ? [] : [[index, end]];
    }),
  );
  if (endOf.size === 0) return edges;
  // As if each drain waited for its own activation: what is in a circle then is out of service together.
  const groupOf = findComponents(edges.map((before, index) => [...before, ...listOf(endOf.get(index))]));
  const ordered = indexOrder(edges, order);
  const members = Map.groupBy(edges.keys(), (index) => groupOf[index]);
  const delayed = new Map<number, readonly number[]>();
  for (const [group, [first, ...others]] of Map.groupBy(endOf.keys(), (index) => groupOf[index])) {
    const inside = members.get(group) ?? [];
    const outside = new Set(
      inside.flatMap((index) => (edges[index] ?? []).filter((other) => groupOf[other] !== group)),
    );
    const last = reduceEdges([...outside], ordered);
    if (first === undefined) continue;
    delayed.set(first, last);
    for (const other of others) delayed.set(other, last.length < 2 ? last : [first]);
  }
  return edges.map((before, index) => [...new Set([...before, ...(delayed.get(index) ?? [])])]);
}

const nameOf = (step: StepDraft | undefined): string => `${step?.kind} ${step?.physical_name}`;

const listOf = (index: number | undefined): readonly number[] => (index === undefined ? [] : [index]);
