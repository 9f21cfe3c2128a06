import { type Client, createClient } from "@connectrpc/connect";
import type { SettingsScope } from "../../model/settings.ts";
import { type SettingsRecord, SettingsService } from "./gen/flyteidl2/settings/settings_pb.js";
import type { Wire } from "./list-records.ts";
import { createProjectsReader } from "./read-projects.ts";
import type { SettingsReader } from "./reader.ts";
import { decodeSettings, encodeScope } from "./settings-codec.ts";

/** The reads of settings. */
export function createSettingsReader(wire: Wire): SettingsReader {
  const settings = createClient(SettingsService, wire.transport);
  return {
    ...createProjectsReader(wire),
    getSettings: async (scope) => {
      const record = await readSettingsRecord(settings, wire, scope);
      return { version: `${record?.version ?? 0n}`, ...decodeSettings(record?.settings) };
    },
  };
}

/**
 * A scope's own record: the answer holds those of the scopes above it too, and leaves out (or gives version 0) what is not
 * there. A record is known by its key, as to the upstream client: one without a key is the organization's.
 */
export async function readSettingsRecord(
  settings: Client<typeof SettingsService>,
  { caller, org }: Wire,
  scope: SettingsScope,
): Promise<SettingsRecord | undefined> {
  const key = encodeScope(org, scope);
  const { levels } = await caller.read("SettingsService/GetSettingsForEdit", (options) =>
    settings.getSettingsForEdit({ key }, options),
  );
  return levels.find(({ key: { domain = "", project = "" } = {} }) => domain === key.domain && project === key.project);
}
