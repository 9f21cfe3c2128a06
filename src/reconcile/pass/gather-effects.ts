import type { Address } from "../../model/address.ts";
import { inTurns } from "../../model/in-turns.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { findEffects, noteEffect } from "../../plan/compare/list-effects.ts";

/** As `listEffects` has them. All else of the process has its turn in between: files may have hundreds of thousands of lines. */
export async function gatherEffects(
  plan: Pick<Plan, "changes">,
  isAmong: (address: Address) => boolean,
): Promise<readonly string[]> {
  return [...(await placeEffects(plan, isAmong)).keys()].sort();
}

/** As `locateEffects` has them, in the same way. */
export async function placeEffects(
  { changes }: Pick<Plan, "changes">,
  isAmong: (address: Address) => boolean,
): Promise<ReadonlyMap<string, readonly Address[]>> {
  const found = new Map<string, Address[]>();
  for await (const [effect, address] of inTurns(findEffects(changes, isAmong))) noteEffect(found, effect, address);
  return found;
}
