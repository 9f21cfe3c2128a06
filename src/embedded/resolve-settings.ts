import { formatScope, listScopesAbove, type SettingsScope, type SettingValue } from "../model/settings.ts";
import type { State } from "./state.ts";

/** A value that is in effect, and the scope that it comes from. */
export interface ResolvedSetting {
  readonly value: SettingValue;
  readonly scope: SettingsScope;
}

/**
 * What is in effect in a scope, by dotted key: the narrowest scope that says something wins. Maps are joined entry by entry
 * and count as of the narrowest scope that has one; an unset key hides what broader scopes say, and stays in the answer as unset.
 */
export function resolveSettings(state: State, scope: SettingsScope): ReadonlyMap<string, ResolvedSetting> {
  const resolved = new Map<string, ResolvedSetting>();
  for (const level of listScopesAbove(scope)) {
    const { values = {} } = state.setting.rows.get(formatScope(level)) ?? {};
    for (const [key, value] of Object.entries(values)) {
      resolved.set(key, { value: join(resolved.get(key)?.value, value), scope: level });
    }
  }
  return resolved;
}

function join(broader: SettingValue | undefined, own: SettingValue): SettingValue {
  return typeof broader === "object" && typeof own === "object" ? { ...broader, ...own } : own;
}
