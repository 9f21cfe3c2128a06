import type { Json, JsonObject } from "../json/json.ts";
import { isObject, sameJson } from "../json/json.ts";
import { isSealed, type Sealed } from "../secrets/sealed.ts";
import { normaliseSettingValue, type SettingValue, type SettingValues } from "./settings.ts";

/** Entries of a map of settings: those that are set; null takes one out. */
export type EntriesPatch = Readonly<Record<string, string | Sealed | null>>;

/**
 * What a write changes of the settings of one scope: keys that are set, and those that are taken out. Of a map that is there, it names the
 * entries that change. What it does not name stays as it is when it is sent.
 */
export type SettingsPatch = {
  readonly settings: Readonly<Record<string, SettingValue | EntriesPatch>>;
  readonly cleared: readonly string[];
};

/** What makes the settings that are wanted of those that are live, both normalised: the keys that differ, and of maps the entries that do. */
export function patchSettings(wanted: SettingValues, live: SettingValues): SettingsPatch {
  const different = Object.entries(wanted).filter(([key, value]) => !sameJson(value, live[key]));
  return {
    settings: Object.fromEntries(different.map(([key, value]) => [key, patchValue(value, live[key])])),
    cleared: Object.keys(live).filter((key) => !Object.hasOwn(wanted, key)),
  };
}

function patchValue(wanted: SettingValue, live: SettingValue | undefined): SettingValue | EntriesPatch {
  if (!isMap(wanted) || !isMap(live)) return wanted;
  const set = Object.entries(wanted).filter(([name, value]) => !sameJson(value, entryOf(live, name)));
  const gone = Object.keys(live).filter((name) => !Object.hasOwn(wanted, name));
  return Object.fromEntries([...set, ...gone.map((name) => [name, null] as const)]);
}

/** The settings of a scope once a patch is put onto them. */
export function putSettings({ settings, cleared }: SettingsPatch, live: SettingValues): SettingValues {
  const kept = Object.entries(live).filter(([key]) => !cleared.includes(key));
  const set = Object.entries(settings)
    .filter(([key, value]) => live[key] !== undefined || !onlyTakesOut(value))
    .map(([key, value]) => [key, putValue(value, live[key])] as const);
  return Object.fromEntries([...kept, ...set]);
}

/** Whether it is of a map of which entries go and none comes: where that map is not there any more, there is nothing to be set. */
function onlyTakesOut(value: SettingValue | EntriesPatch): boolean {
  const entries = isMap(value) ? Object.values(value) : [];
  return entries.length > 0 && entries.every((entry) => entry === null);
}

function putValue(value: SettingValue | EntriesPatch, live: SettingValue | undefined): SettingValue {
  if (!isMap(value)) return value;
  const entries = Object.entries({ ...(isMap(live) ? live : {}), ...value });
  return Object.fromEntries(entries.flatMap(([name, entry]) => (entry === null ? [] : [[name, entry] as const])));
}

/** Whether the settings of a scope are as a patch makes them. */
export function isPut(patch: SettingsPatch, live: SettingValues): boolean {
  const made = putSettings(patch, live);
  return [...Object.keys(patch.settings), ...patch.cleared].every((key) => sameValue(key, made[key], live[key]));
}

/**
 * What a patch names that another writer has changed since it was made of what was `seen`: keys, and entries of maps as `KEY.ENTRY`. What is as the
 * patch makes it is none of it.
 */
export function listForeign(patch: SettingsPatch, seen: SettingValues, live: SettingValues): readonly string[] {
  const set = Object.entries(patch.settings).flatMap(([key, value]) => listForeignAt(key, value, seen[key], live[key]));
  const cleared = patch.cleared.flatMap((key) => listForeignAt(key, undefined, seen[key], live[key]));
  return [...set, ...cleared];
}

function listForeignAt(
  key: string,
  wanted: SettingValue | EntriesPatch | undefined,
  seen: SettingValue | undefined,
  live: SettingValue | undefined,
): readonly string[] {
  if (sameValue(key, live, seen)) return [];
  if (![wanted, seen, live].every((value) => value === undefined || isMap(value)))
    return sameValue(key, live, wanted as SettingValue | undefined) ? [] : [key];
  const changed = listNames(wanted, seen, live).filter((name) => {
    const [before, now, after] = [entryOf(seen, name), entryOf(live, name), entryOf(wanted, name) ?? undefined];
    return !sameJson(now, before) && !sameJson(now, after);
  });
  return changed.map((name) => `${key}.${name}`);
}

/** The entries that a patch says something of: of a map that goes, all that are there. */
function listNames(wanted: Json | undefined, before: Json | undefined, now: Json | undefined): readonly string[] {
  const maps = wanted === undefined ? [before, now] : [wanted];
  return [...new Set(maps.flatMap((map) => (isMap(map) ? Object.keys(map) : [])))];
}

function entryOf(map: Json | undefined, name: string): Json | undefined {
  return isMap(map) && Object.hasOwn(map, name) ? map[name] : undefined;
}

function sameValue(key: string, left: SettingValue | undefined, right: SettingValue | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return sameJson(normaliseSettingValue(key, left), normaliseSettingValue(key, right));
}

function isMap<T extends Json>(value: T | undefined): value is Extract<T, JsonObject> {
  return isObject(value) && !isSealed(value);
}
