import type { Edges } from "./edges.ts";

/** Steps by their indices, in an order that respects all edges. */
export interface OrderedSteps {
  /** For each step those that come before it. */
  readonly before: Edges;
  /** For each step those that it comes before, the first of them first. */
  readonly after: Edges;
  /** For each step its place in the order. */
  readonly place: readonly number[];
}

/** Indexes steps that were put in order. `before`: for each step those that come before it. */
export function indexOrder(before: Edges, order: readonly number[]): OrderedSteps {
  const after: number[][] = before.map(() => []);
  const place: number[] = before.map(() => 0);
  for (const [position, index] of order.entries()) {
    place[index] = position;
    for (const other of before[index] ?? []) after[other]?.push(index);
  }
  return { before, after, place };
}

/**
 * Leaves out of some steps what comes before another one of them. It is looked for from each end by turns, no further than from the first of them to the last:
 * many may come before the one, or after the other.
 */
export function reduceEdges(some: readonly number[], steps: OrderedSteps): readonly number[] {
  if (some.length < 2) return some;
  const [behind, ahead] = [new Set<number>(), new Set<number>()];
  const [backwards, forwards] = [walkBack(some, steps, behind), walkOn(some, steps, ahead)];
  for (;;) {
    if (backwards.next().done) return some.filter((index) => !behind.has(index));
    if (forwards.next().done) return some.filter((index) => !ahead.has(index));
  }
}

/** Adds what comes before any of some steps to `found`, an edge at a time. */
function* walkBack(some: readonly number[], { before, place }: OrderedSteps, found: Set<number>): Generator<void> {
  const earliest = some.reduce((least, index) => Math.min(least, place[index] ?? 0), Number.POSITIVE_INFINITY);
  const open = [...some];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    for (const other of before[index] ?? []) {
      yield;
      if (found.has(other) || (place[other] ?? 0) < earliest) continue;
      found.add(other);
      open.push(other);
    }
  }
}

/** Adds those of some steps to `found` that come before another one of them, an edge at a time. */
function* walkOn(some: readonly number[], { after, place }: OrderedSteps, found: Set<number>): Generator<void> {
  const latest = some.reduce((most, index) => Math.max(most, place[index] ?? 0), 0);
  const ends = new Set(some);
  for (const start of some) {
    const reached = new Set([start]);
    for (const index of reached) {
      for (const other of after[index] ?? []) {
        yield;
        if ((place[other] ?? 0) > latest) break;
        reached.add(other);
        if (ends.has(other)) found.add(start);
        if (found.has(start)) break;
      }
      if (found.has(start)) break;
    }
  }
}
