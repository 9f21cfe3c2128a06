import { create } from "@bufbuild/protobuf";
import type { SettingsScope } from "../model/settings.ts";
import {
  ScopeLevel,
  type SettingsRecord,
  SettingsRecordSchema,
} from "../systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { encodeScope, listSettings, mergeSettings } from "../systems/control-plane/settings-codec.ts";
import type { ResolvedSetting } from "./resolve-settings.ts";

/** Settings of a scope as wire messages, each with the level of the scope that it comes from. */
export function settingsToWire(
  org: string,
  scope: SettingsScope,
  version: number,
  resolved: ReadonlyMap<string, ResolvedSetting>,
): SettingsRecord {
  const settings = mergeSettings(Object.fromEntries([...resolved].map(([key, { value }]) => [key, value])));
  for (const { key, setting } of listSettings(settings)) {
    setting.scopeLevel = levelOf(resolved.get(key)?.scope ?? scope);
  }
  return create(SettingsRecordSchema, { key: encodeScope(org, scope), settings, version: BigInt(version) });
}

function levelOf({ domain, project }: SettingsScope): ScopeLevel {
  if (domain === null) return ScopeLevel.ORG;
  return project === null ? ScopeLevel.DOMAIN : ScopeLevel.PROJECT;
}
