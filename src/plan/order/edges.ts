/** For each step, by its index, the indices of others: as a rule, of those that come before it. */
export type Edges = readonly (readonly number[])[];

/** For each step those that come after it. */
export function turnAround(edges: Edges): number[][] {
  const after: number[][] = edges.map(() => []);
  for (const [index, own] of edges.entries()) for (const other of own) after[other]?.push(index);
  return after;
}

/** Some steps, and all that come after one of them. */
export function follow(start: readonly number[], after: Edges): ReadonlySet<number> {
  const found = new Set(start);
  for (const index of found) for (const other of after[index] ?? []) found.add(other);
  return found;
}
