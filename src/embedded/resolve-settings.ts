import { formatScope, listScopesAbove, type SettingsScope, type SettingValue } from "../model/settings.ts";
import type { State } from "./state.ts";

/** An effective value, and the scope that it comes from. */
export interface ResolvedSetting {
  readonly value: SettingValue;
  readonly scope: SettingsScope;
}

/**
 * The effective settings of a scope, by dotted key: the narrowest scope that sets a key wins. Maps are merged by entry and
 * attributed to the narrowest scope that has one; an unset key hides those of broader scopes, and is returned as unset.
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
