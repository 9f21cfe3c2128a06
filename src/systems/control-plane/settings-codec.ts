import { create } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { SETTING_KEYS, type SettingsScope, type SettingValues } from "../../model/objects/settings.ts";
import {
  type Settings,
  type SettingsKey,
  SettingsKeySchema,
  SettingsSchema,
} from "./gen/flyteidl2/settings/settings_pb.js";
import { decodeSetting, isSetting, type Setting, writeSetting } from "./setting-codec.ts";

/** A scope as the wire names it. Throws an OperationalError `invalid_value` for a project without a domain. */
export function encodeScope(org: string, { domain, project }: SettingsScope): SettingsKey {
  if (domain === null && project !== null) {
    const message = `settings of project "${project}" need a domain: add the domain.`;
    throw new OperationalError("invalid_value", message, { next: "stop" });
  }
  return create(SettingsKeySchema, { org, domain: domain ?? "", project: project ?? "" });
}

/** What a record holds: by dotted key what we understand, and names for what we do not. A key left out is inherited. */
export function decodeSettings(settings = create(SettingsSchema)): {
  readonly values: SettingValues;
  readonly unknown: readonly string[];
} {
  const root = reflect(SettingsSchema, settings);
  const read = listSettings(settings).map(({ key, setting }) => ({ key, ...decodeSetting(setting) }));
  return {
    values: Object.fromEntries(read.flatMap((one) => (one.kind === "value" ? [[one.key, one.value]] : []))),
    unknown: [...read.flatMap((one) => (one.kind === "unknown" ? [one.key] : [])), ...listUnknownFields(root)],
  };
}

/**
 * Puts a whole set of values onto the message of a fresh read (a new one when there is none), which is changed in place: keys
 * that `values` leaves out become inherited; what we do not understand is kept unless `values` names its key. Throws an
 * OperationalError `invalid_value` for a key that is not in the catalogue or a value that is not of its type.
 */
export function mergeSettings(values: SettingValues, settings = create(SettingsSchema)): Settings {
  const root = reflect(SettingsSchema, settings);
  for (const { key, setting, remove } of listSettings(settings)) {
    if (!Object.hasOwn(values, key) && decodeSetting(setting).kind !== "unknown") remove();
  }
  for (const [key, value] of Object.entries(values)) writeSetting(key, openSetting(root, key), value);
  return settings;
}

/** A setting in its place, and how to take it out. */
export interface PlacedSetting {
  readonly key: string;
  readonly setting: Setting;
  readonly remove: () => void;
}

/** The settings that are there, with their keys, in the order of the wire's fields. */
export function listSettings(settings: Settings): readonly PlacedSetting[] {
  return listPlaced(reflect(SettingsSchema, settings));
}

function listPlaced(message: ReflectMessage, prefix = ""): readonly PlacedSetting[] {
  return message.fields.flatMap((field) => {
    if (field.fieldKind !== "message" || !message.isSet(field)) return [];
    const inner = message.get(field);
    const key = `${prefix}${field.name}`;
    return isSetting(inner.message)
      ? [{ key, setting: inner.message, remove: () => message.clear(field) }]
      : listPlaced(inner, `${key}.`);
  });
}

/** Fields that our copy of the wire lacks, beside the settings or in a group of them. */
function listUnknownFields(message: ReflectMessage, prefix = ""): readonly string[] {
  const own = (message.getUnknown() ?? []).map(({ no }) => `${prefix}field ${no}`);
  const inner = message.fields.flatMap((field) => {
    if (field.fieldKind !== "message" || !message.isSet(field)) return [];
    const group = message.get(field);
    return isSetting(group.message) ? [] : listUnknownFields(group, `${prefix}${field.name}.`);
  });
  return [...new Set([...own, ...inner])];
}

/** The setting of a key, made when it is not there. */
function openSetting(root: ReflectMessage, key: string): Setting {
  const place = SETTING_KEYS.has(key) ? key.split(".") : [];
  const { message } = place.reduce(openField, root);
  if (isSetting(message)) return message;
  throw new OperationalError(
    "invalid_value",
    `unknown setting "${key}"; the settings are ${[...SETTING_KEYS.keys()].join(", ")}.`,
    { next: "stop" },
  );
}

function openField(message: ReflectMessage, name: string): ReflectMessage {
  const field = message.fields.find((one) => one.name === name);
  if (field?.fieldKind !== "message") return message;
  if (!message.isSet(field)) message.set(field, reflect(field.message));
  return message.get(field);
}
