import type { Sealing } from "../model/secrets/sealing.ts";
import { EVERYTHING } from "./own-names.ts";

/** More subjects are not distinguished: each costs a query in statements and for each row. */
const MOST_SUBJECTS = 100;

/**
 * Of which objects more is sensitive by the rules `required` than by those of before: `all`, subjects, or none. `former` null: it is not
 * known by what was sealed. Many subjects are `all`.
 */
export function listUncovered(required: Sealing, former: Sealing | null): "all" | readonly string[] {
  if (former === null || former.rules < required.rules) return "all";
  if (!isSubset(required.patterns, former.patterns)) return "all";
  if (EVERYTHING in former.own) return [];
  if (EVERYTHING in required.own) return "all";
  const subjects = Object.entries(required.own)
    .filter(([subject, names]) => !isSubset(names, former.own[subject] ?? []))
    .map(([subject]) => subject);
  return subjects.length > MOST_SUBJECTS ? "all" : subjects;
}

function isSubset(some: readonly string[], all: readonly string[]): boolean {
  const known = new Set(all);
  return some.every((one) => known.has(one));
}
