/** Candidates that are compared in the life of one suggester, so that many typos among many names stay cheap. */
const BUDGET = 500_000;

/** Finds the name that was probably meant; undefined when none is near. */
export type SuggestNearest = (name: string, candidates: Iterable<string>) => string | undefined;

/** A suggester that compares at most half a million names, then stays silent. */
export function createSuggestNearest(): SuggestNearest {
  let left = BUDGET;
  return (name, candidates) => {
    let best: { readonly name: string; readonly distance: number } | undefined;
    const furthest = name.length <= 4 ? 1 : name.length <= 8 ? 2 : 3;
    for (const candidate of candidates) {
      if (left <= 0) return undefined;
      left -= 1;
      if (Math.abs(candidate.length - name.length) > furthest || candidate === name) continue;
      const distance = measureDistance(name, candidate);
      if (distance <= furthest && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
        best = { name: candidate, distance };
    }
    return best?.name;
  };
}

/** Edits (insert, delete, replace, swap of neighbours) from one text to the other: optimal string alignment. */
export function measureDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const replaced = at(last, column - 1) + (same ? 0 : 1);
      let cost = Math.min(replaced, at(last, column) + 1, at(current, column - 1) + 1);
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(costs: readonly number[], index: number): number {
  return costs[index] ?? Number.POSITIVE_INFINITY;
}
