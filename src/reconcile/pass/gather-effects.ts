import type { Address } from "../../model/address.ts";
import { createTurns, inTurns } from "../../model/in-turns.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { findEffects, noteEffect } from "../../plan/compare/list-effects.ts";

/** As `listEffects` has them. All else of the process has its turn in between: files may have hundreds of thousands of lines. */
export async function gatherEffects(
  plan: Pick<Plan, "changes">,
  isAmong: (address: Address) => boolean,
): Promise<readonly string[]> {
  return sortInTurns([...(await placeEffects(plan, isAmong)).keys()]);
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

/** Texts that are sorted, or put in order, without a turn of others. */
const PART = 8_192;

async function sortInTurns(texts: readonly string[]): Promise<readonly string[]> {
  const turns = createTurns();
  const parts: (readonly string[])[] = [];
  for (let from = 0; from < texts.length; from += PART) {
    parts.push(texts.slice(from, from + PART).sort());
    await turns();
  }
  // Those put together go behind the others, so that all grow alike.
  while (parts.length > 1) parts.push(await merge(parts.shift() ?? [], parts.shift() ?? [], turns));
  return parts[0] ?? [];
}

async function merge(one: readonly string[], other: readonly string[], turns: () => Promise<void>) {
  const merged: string[] = [];
  for (let [left, right] = [0, 0]; left + right < one.length + other.length; ) {
    const [first, second] = [one[left], other[right]];
    if (second === undefined || (first !== undefined && first <= second)) {
      merged.push(first ?? "");
      left += 1;
    } else {
      merged.push(second);
      right += 1;
    }
    if (merged.length % PART === 0) await turns();
  }
  return merged;
}
