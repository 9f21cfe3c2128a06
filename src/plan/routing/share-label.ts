import { shareByWeight } from "../../model/objects/share-by-weight.ts";
import type { LabelFact } from "./routing-facts.ts";

/** The part of a label's runs that a cluster gets; null where a weight outside 0..1 keeps flyteadmin from starting. */
export interface LabelShare {
  readonly name: string;
  readonly share: number | null;
}

/** The clusters of a label with their shares, by name; entries of unknown and disabled clusters are skipped. */
export function shareLabel(entries: LabelFact["entries"]): readonly LabelShare[] {
  const eligible = entries.filter(({ enabled }) => enabled);
  const isSound = eligible.every(({ weight }) => weight >= 0 && weight <= 1);
  return shareByWeight(eligible)
    .map(({ id, share }) => ({ name: id, share: isSound ? share : null }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}
