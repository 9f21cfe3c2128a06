import type { MessageInitShape } from "@bufbuild/protobuf";
import type { SettingValues } from "../../../src/model/objects/settings.ts";
import type { SettingsKeySchema } from "../../../src/systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { decodeSettings, mergeSettings } from "../../../src/systems/control-plane/settings-codec.ts";
import { ORG, type World } from "../open-world.ts";

export type Key = MessageInitShape<typeof SettingsKeySchema>;
export const ORGANIZATION: Key = { org: ORG };
export const DOMAIN: Key = { org: ORG, domain: "dev" };
export const PROJECT: Key = { org: ORG, domain: "dev", project: "ml" };

/** Writes the whole set of a scope; version 0 creates it. */
export function writeScope({ settings }: World, key: Key, values: SettingValues, version = 0): Promise<unknown> {
  const request = { key, settings: mergeSettings(values) };
  return version === 0
    ? settings.createSettings(request)
    : settings.updateSettings({ ...request, version: BigInt(version) });
}

/** What is in effect in a scope. */
export async function resolveScope({ settings }: World, key: Key): Promise<SettingValues> {
  const { settingsRecord } = await settings.getSettings({ key });
  return decodeSettings(settingsRecord?.settings).values;
}

/** The own records of a scope and those above it, in the order of the answer. */
export async function readLevels({ settings }: World, key: Key) {
  const { levels } = await settings.getSettingsForEdit({ key });
  return levels.map((level) => ({
    scope: [level.key?.domain, level.key?.project].filter((part) => part !== "").join("/"),
    version: Number(level.version),
    values: decodeSettings(level.settings).values,
  }));
}
