/**
 * Leaves out what is a predecessor of another predecessor anyway. `edges`: for each step, by its index, those that come before it; `place`: of each step in
 * an order that respects them. Looks only as far back as the earliest of these predecessors.
 */
export function reduceEdges(
  before: readonly number[],
  edges: readonly (readonly number[])[],
  place: ReadonlyMap<number, number>,
): readonly number[] {
  if (before.length < 2) return before;
  const earliest = before.reduce((least, index) => Math.min(least, place.get(index) ?? 0), Number.POSITIVE_INFINITY);
  const implied = new Set<number>();
  const stack = before.flatMap((index) => edges[index] ?? []);
  while (stack.length > 0) {
    const index = stack.pop();
    if (index === undefined || implied.has(index) || (place.get(index) ?? 0) < earliest) continue;
    implied.add(index);
    for (const other of edges[index] ?? []) stack.push(other);
  }
  return before.filter((index) => !implied.has(index));
}
