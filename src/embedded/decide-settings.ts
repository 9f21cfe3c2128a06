import { describeScope, formatScope, listScopesAbove, type SettingsScope } from "../model/settings.ts";
import type { SettingsKey, SettingsService } from "../systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { checkOrganization } from "./check-request.ts";
import { readSettingValues } from "./check-settings.ts";
import { refuse } from "./refuse.ts";
import { resolveSettings } from "./resolve-settings.ts";
import type { Rules } from "./rules.ts";
import { settingsToWire } from "./settings-wire.ts";
import type { SettingRecord, State } from "./state.ts";

/** The rules of SettingsService, the same on both generations. */
export const settingsRules: Rules<typeof SettingsService> = {
  getSettings(state, request) {
    const scope = readScope(state, request.key);
    const version = findSettings(state, scope)?.version ?? 0;
    return { response: { settingsRecord: settingsToWire(state.org, scope, version, resolveSettings(state, scope)) } };
  },

  getSettingsForEdit(state, request) {
    const scope = readScope(state, request.key);
    const levels = listScopesAbove(scope).map((level) => ownRecord(state, level));
    return { response: { ...(request.key && { requestedKey: request.key }), levels } };
  },

  createSettings(state, request) {
    const scope = readScope(state, request.key);
    if (findSettings(state, scope) !== undefined) {
      throw refuse("already_exists", `settings of ${describeScope(scope)} exist already; read them and update them`);
    }
    const record = { scope: formatScope(scope), version: 1, values: readSettingValues(state, request.settings) };
    return writeOne(state, scope, record);
  },

  updateSettings(state, request) {
    const scope = readScope(state, request.key);
    const found = findSettings(state, scope);
    if (found === undefined) {
      throw refuse("not_found", `settings of ${describeScope(scope)} do not exist; create them`);
    }
    if (request.version !== BigInt(found.version)) {
      throw refuse(
        "aborted",
        `settings of ${describeScope(scope)} have changed: their version is ${found.version}, not ${request.version}; read them again`,
      );
    }
    const values = readSettingValues(state, request.settings);
    return writeOne(state, scope, { ...found, version: found.version + 1, values });
  },
};

/** The scope that a key names. Throws `invalid_argument` for a project without a domain. */
export function readScope(state: State, key: SettingsKey | undefined): SettingsScope {
  const { org = "", domain = "", project = "" } = key ?? {};
  checkOrganization(state, org);
  if (project !== "" && domain === "") {
    throw refuse("invalid_argument", `the key names project "${project}" without a domain; name the domain too`);
  }
  const slashed = [domain, project].find((part) => part.includes("/"));
  if (slashed !== undefined) {
    throw refuse("invalid_argument", `"${slashed}" is no name of a domain or project`);
  }
  return { domain: domain || null, project: project || null };
}

function findSettings(state: State, scope: SettingsScope): SettingRecord | undefined {
  return state.setting.rows.get(formatScope(scope));
}

function ownRecord(state: State, scope: SettingsScope) {
  const { version = 0, values = {} } = findSettings(state, scope) ?? {};
  const own = Object.entries(values).map(([key, value]) => [key, { value, scope }] as const);
  return settingsToWire(state.org, scope, version, new Map(own));
}

function writeOne(state: State, scope: SettingsScope, record: SettingRecord) {
  const own = Object.entries(record.values).map(([key, value]) => [key, { value, scope }] as const);
  return {
    response: { settingsRecord: settingsToWire(state.org, scope, record.version, new Map(own)) },
    changes: [{ table: "setting" as const, key: record.scope, record }],
  };
}
