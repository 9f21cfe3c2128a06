import type { Address } from "../model/address.ts";
import { formatReference, isReference, type Reference } from "../model/objects/reference.ts";
import {
  DEFAULT_QUEUE_KEY,
  type DeclaredValue,
  type DeclaredValues,
  formatScope,
  normaliseSettingValue,
  type SettingsScope,
  type SettingValue,
  type SettingValues,
  UNSET,
} from "../model/objects/settings.ts";
import { holdsCredentials } from "../model/secrets/mask-credentials.ts";
import { isSealed, type Sealed } from "../model/secrets/sealed.ts";
import type { Plain, Vault } from "./create-vault.ts";

/** Whose values they are. */
export interface SettingsPlace {
  readonly address: Address;
  readonly scope: SettingsScope;
}

/**
 * The values of one scope with what is sensitive sealed: by its path, because it looks like a credential or holds one in an address, or because a manifest refers to
 * it. References have been resolved.
 */
export function sealSettings(place: SettingsPlace, values: DeclaredValues, vault: Vault): SettingValues {
  const entries = Object.entries(values).map(([key, value]) => [key, sealSetting(place, key, value, vault)] as const);
  return Object.fromEntries(entries);
}

/** The values of one scope as they are sent. Throws an OperationalError for what was sealed elsewhere. */
export function openSettings(values: SettingValues, vault: Vault): SettingValues {
  const open = (value: string | Sealed) => (isSealed(value) ? String(vault.open(value)) : value);
  const entries = Object.entries(values).map(([key, value]): [string, SettingValue] => {
    if (isSealed(value)) return [key, vault.open(value)];
    if (typeof value !== "object") return [key, value];
    return [key, Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, open(entry)]))];
  });
  return Object.fromEntries(entries);
}

function sealSetting(place: SettingsPlace, key: string, value: DeclaredValue, vault: Vault): SettingValue {
  if (isSealed(value)) return value;
  if (isReference(value)) return sealWhole(place, key, reveal(value), vault);
  if (typeof value !== "object") {
    return value === UNSET || !isToBeSealed(place, [key], value, vault) ? value : sealWhole(place, key, value, vault);
  }
  const entries = Object.entries(value).map(([name, entry]): [string, string | Sealed] => {
    if (isSealed(entry)) return [name, entry];
    const text = isReference(entry) ? String(reveal(entry)) : entry;
    const isSecret = isReference(entry) || isToBeSealed(place, [key, name], text, vault);
    return [name, isSecret ? vault.seal(nameValue(place, key, name), text) : text];
  });
  return Object.fromEntries(entries);
}

function sealWhole(place: SettingsPlace, key: string, value: Plain, vault: Vault): Sealed {
  const compared = normaliseSettingValue(key, value);
  return vault.seal(nameValue(place, key), value, typeof compared === "object" ? value : compared);
}

function reveal(reference: Reference): Plain {
  if (reference.reveal !== undefined) return reference.reveal();
  throw new Error(`${formatReference(reference)} was not resolved`);
}

/** The organization is always the target's. */
function nameValue({ scope }: SettingsPlace, ...path: readonly string[]): readonly string[] {
  return ["settings", formatScope(scope), ...path];
}

function isToBeSealed({ address }: SettingsPlace, path: readonly string[], value: Plain, vault: Vault): boolean {
  if (path[0] === DEFAULT_QUEUE_KEY) return false;
  return vault.isSensitive(address, path) || (typeof value === "string" && holdsCredentials(value));
}
