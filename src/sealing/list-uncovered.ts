import type { Sealing } from "../model/sealing.ts";

/**
 * Of which objects more is sensitive by the rules `required` than by those of before: `all`, subjects, or none. `former` null: it is not
 * known by what was sealed.
 */
export function listUncovered(required: Sealing, former: Sealing | null): "all" | readonly string[] {
  if (former === null || former.rules < required.rules) return "all";
  if (!isSubset(required.patterns, former.patterns)) return "all";
  return Object.entries(required.own)
    .filter(([subject, names]) => !isSubset(names, former.own[subject] ?? []))
    .map(([subject]) => subject);
}

function isSubset(some: readonly string[], all: readonly string[]): boolean {
  const known = new Set(all);
  return some.every((one) => known.has(one));
}
