import type { Address } from "../address.ts";
import type { Plan } from "./plan.ts";

/** The notice of a delivery that drops the label of rows and brings their next one: its addresses are the delivery's, then those of the rows. */
export const LABEL_GAP = "label-gap";

/**
 * For each such delivery its rows. It is planned before them and goes along with them: no part of a plan has one without the others, as runs would
 * look for a label that no cluster has for as long as the rows stay.
 */
export function listGoingTogether({ notices }: Pick<Plan, "notices">): ReadonlyMap<Address, readonly Address[]> {
  const gaps = notices.filter(({ code }) => code === LABEL_GAP);
  return new Map(
    gaps.flatMap(({ addresses: [delivery, ...rows] }) =>
      delivery === undefined ? [] : [[delivery as Address, rows as Address[]] as const],
    ),
  );
}
