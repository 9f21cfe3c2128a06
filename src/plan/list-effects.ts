import { isDeepStrictEqual } from "node:util";
import type { Address } from "../model/address.ts";
import type { Change, JsonObject, Plan } from "../model/plan.ts";
import { hashJson } from "./digest-plan.ts";

/** Hex digits of one effect's hash. */
const HASH_LENGTH = 16;

/**
 * What a plan does at the given addresses, one text for each effect: the address and a hash. An update has an effect for each value
 * that it sets, whatever was there before; what creates, replaces or deletes has one. So two plans share an effect where both do that very
 * thing, whatever else they do, and whatever else is live. Sorted. No value can be read from it.
 */
export function listEffects(
  { changes }: Pick<Plan, "changes">,
  isAmong: (address: Address) => boolean,
): readonly string[] {
  const found = changes.flatMap((change) => (isAmong(change.address) ? effectsOf(change) : []));
  return [...new Set(found)].sort();
}

/** The address of an effect. */
export function addressOf(effect: string): Address {
  return effect.slice(0, effect.lastIndexOf(" ")) as Address;
}

function effectsOf({ address, actions, before, after }: Change): readonly string[] {
  if (actions[0] === "no-op") return [];
  const name = (effect: unknown) => `${address} ${hashJson(effect).slice(0, HASH_LENGTH)}`;
  if (before === null || after === null || actions[0] !== "update") return [name(actions)];
  return listSet(before, after).map((entry) => name(entry));
}

function listSet(before: JsonObject, after: JsonObject): readonly (readonly unknown[])[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => (isDeepStrictEqual(before[key], after[key]) ? [] : [[key, after[key] ?? null]]));
}
