import { type Address, formatAddress } from "../model/address.ts";
import type { OwnedObject } from "../model/ledger/ledger.ts";
import type { LiveState } from "../model/objects/live.ts";
import { nameSettings, type SettingValues } from "../model/objects/settings.ts";
import type { Unfinished } from "./recall.ts";

/** By the address of a scope, the live values of keys that unfinished writes introduced there. */
export type IntroducedSettings = ReadonlyMap<Address, SettingValues>;

/**
 * The settings that unfinished writes introduced and that are live. No record of ownership has them, as a record is made once a write is
 * confirmed, and the scope may hold keys of others: the journal is all that shows whose they are.
 */
export function findIntroduced(unfinished: readonly Unfinished[], { org, settings }: LiveState): IntroducedSettings {
  const live = new Map(
    settings.map(({ scope, values }) => [formatAddress("settings", nameSettings(org, scope)), values]),
  );
  const found = new Map<Address, SettingValues>();
  for (const { address, keys } of unfinished) {
    const values = live.get(address) ?? {};
    const there = keys
      .filter((key) => Object.hasOwn(values, key))
      .map((key) => [key, values[key] as SettingValues[string]] as const);
    if (there.length > 0) found.set(address, { ...found.get(address), ...Object.fromEntries(there) });
  }
  return found;
}

/** The record of an object with the settings that unfinished writes introduced to it: a manifest that does not name them any more takes them out. */
export function manageIntroduced(object: OwnedObject, introduced: IntroducedSettings): OwnedObject {
  const values = introduced.get(object.address);
  if (values === undefined) return object;
  const { settings = {} } = (object.applied ?? {}) as { readonly settings?: SettingValues };
  return { ...object, applied: { ...object.applied, settings: { ...values, ...settings } } };
}
