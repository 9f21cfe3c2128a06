import { create } from "@bufbuild/protobuf";
import {
  describeScope,
  formatScope,
  listScopesAbove,
  type SettingsScope,
  type SettingValue,
} from "../../model/objects/settings.ts";
import {
  ScopeLevel,
  type SettingsKey,
  type SettingsRecord,
  SettingsRecordSchema,
  type SettingsService,
} from "../../systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { encodeScope, listSettings, mergeSettings } from "../../systems/control-plane/settings-codec.ts";
import { refuse } from "../state/refuse.ts";
import type { SettingRecord, State } from "../state/state.ts";
import { checkOrganization } from "./check-request.ts";
import { readSettingValues } from "./read-setting-values.ts";
import type { Rules } from "./rules.ts";

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

/** Settings of a scope as wire messages, each with the level of the scope that it comes from. */
function settingsToWire(
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

/** An effective value, and the scope that it comes from. */
interface ResolvedSetting {
  readonly value: SettingValue;
  readonly scope: SettingsScope;
}

/**
 * The effective settings of a scope, by dotted key: the narrowest scope that sets a key wins. Maps are merged by entry and
 * attributed to the narrowest scope that has one; an unset key hides those of broader scopes, and is returned as unset.
 */
function resolveSettings(state: State, scope: SettingsScope): ReadonlyMap<string, ResolvedSetting> {
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
