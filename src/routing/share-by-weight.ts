import type { LabelFact } from "./routing-facts.ts";

/** The part of a label's runs that a cluster gets; null where a weight outside 0..1 keeps flyteadmin from starting. */
export interface WeightedShare {
  readonly name: string;
  readonly share: number | null;
}

/**
 * The clusters of a label with their shares, by name, as flyteadmin divides runs: entries of unknown and disabled clusters are
 * skipped, the rest get weight over total, weights of the same cluster add up; when all weights are 0, every entry counts alike;
 * when some are, those get nothing.
 */
export function shareByWeight(entries: LabelFact["entries"]): readonly WeightedShare[] {
  const eligible = entries.filter(({ enabled }) => enabled);
  const isSound = eligible.every(({ weight }) => weight >= 0 && weight <= 1);
  const isFlat = eligible.every(({ weight }) => weight === 0);
  const weights = new Map<string, number>();
  for (const { id, weight } of eligible) {
    if (isFlat || weight !== 0) weights.set(id, (weights.get(id) ?? 0) + (isFlat ? 1 : weight));
  }
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return [...weights]
    .map(([name, weight]) => ({ name, share: isSound ? weight / total : null }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}
