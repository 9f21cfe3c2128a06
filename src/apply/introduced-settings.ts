import { type Address, formatAddress } from "../model/address.ts";
import { sameJson } from "../model/json/json.ts";
import type { OwnedObject } from "../model/ledger/ledger.ts";
import type { Desired, DesiredSettings } from "../model/objects/desired.ts";
import type { LiveState } from "../model/objects/live.ts";
import {
  nameSettings,
  normaliseSettingValue,
  parseSettingsName,
  type SettingValues,
} from "../model/objects/settings.ts";
import { recallManifest, recordManifest } from "../plan/fields/recorded-manifest.ts";
import type { LeftBehind } from "../plan/input/plan-input.ts";
import type { Unfinished } from "./recall.ts";

/** By the address of a scope, the settings that unfinished writes made there. */
export type IntroducedSettings = ReadonlyMap<Address, SettingValues>;

/**
 * The settings that unfinished writes made and that are live with the very value that was written: any other value is another writer's. No record
 * of ownership has them, as a record is made once a write is confirmed, and the scope may hold keys of others: the journal is all that
 * shows whose they are.
 */
export function findIntroduced(
  unfinished: readonly Pick<Unfinished, "address" | "settings">[],
  { org, settings }: LiveState,
): IntroducedSettings {
  const live = new Map(
    settings.map(({ scope, values }) => [formatAddress("settings", nameSettings(org, scope)), values]),
  );
  const found = new Map<Address, SettingValues>();
  for (const { address, settings: written } of unfinished) {
    const there = live.get(address) ?? {};
    const kept = Object.entries(written).filter(([key, value]) => isLive(there, key, value));
    if (kept.length > 0) found.set(address, { ...found.get(address), ...Object.fromEntries(kept) });
  }
  return found;
}

function isLive(there: SettingValues, key: string, value: SettingValues[string]): boolean {
  const live = Object.hasOwn(there, key) ? there[key] : undefined;
  return live !== undefined && sameJson(normaliseSettingValue(key, live), normaliseSettingValue(key, value));
}

/**
 * The record of an object with the settings that unfinished writes introduced to it, as if the run had recorded them: a manifest that does not
 * name them any more takes them out, and that is the commit's change.
 */
export function manageIntroduced(object: OwnedObject, introduced: IntroducedSettings): OwnedObject {
  const values = introduced.get(object.address);
  if (values === undefined) return object;
  const settings = settingsOf(object.applied);
  const known = object.applied === null ? NOTHING_NAMED : recallManifest(object);
  const desired = known === null ? null : ({ ...describe(object), ...known } as DesiredSettings);
  return {
    ...object,
    applied: { ...object.applied, settings: { ...values, ...settings } },
    manifest: desired && recordManifest({ ...desired, values: { ...values, ...desired.values } }),
  };
}

/** What a scope of settings is managed by. */
interface Managing {
  readonly live: LiveState;
  readonly owned: readonly OwnedObject[];
  readonly desired: Pick<Desired, "settings">;
}

/**
 * Settings that unfinished writes of a restored backup made, that are live as they were written, and that no manifest names or has named: people
 * decide, as another writer may have taken them over since.
 */
export function listStillSet(
  unfinished: readonly Unfinished[],
  { live, owned, desired }: Managing,
): readonly LeftBehind[] {
  const named = new Map(desired.settings.map(({ address, values }) => [address, values]));
  const applied = new Map(owned.map(({ address, applied: fields }) => [address, settingsOf(fields)]));
  return unfinished.flatMap(({ address, given_up, at }): readonly LeftBehind[] => {
    if (given_up === null) return [];
    const found = findIntroduced([{ address, settings: given_up.settings }], live).get(address) ?? {};
    const managed = { ...named.get(address), ...applied.get(address) };
    const keys = Object.keys(found).filter((key) => !Object.hasOwn(managed, key));
    const physical_name = address.slice("settings.".length);
    return keys.length === 0 ? [] : [{ address, physical_name, at, fault: "still_set", keys }];
  });
}

function settingsOf(applied: object | null): SettingValues {
  return (applied as { readonly settings?: SettingValues } | null)?.settings ?? {};
}

const NOTHING_NAMED = { values: {}, authoritative: false } as const;

/** What a manifest says of an object at least. */
function describe({ address, name, lifecycle }: OwnedObject) {
  return {
    ...{ kind: "settings", address, name, scope: parseSettingsName(name), previously: null },
    ...{ source: { file: "", line: 0 }, sensitive: [] },
    lifecycle: { ...lifecycle, ignore_changes: [], drain_timeout_ms: null, await: "registered" },
  } as const;
}
