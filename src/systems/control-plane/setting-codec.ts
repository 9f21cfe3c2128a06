import { create, type Message } from "@bufbuild/protobuf";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { parseAcceleratorSelector } from "../../model/objects/accelerator.ts";
import { type SettingValue, UNSET } from "../../model/objects/settings.ts";
import { decodeAcceleratorSelector, encodeAccelerator } from "./accelerator-codec.ts";
import { type GPUAccelerator, GPUAcceleratorSchema } from "./gen/flyteidl2/core/core_pb.js";
import {
  type AcceleratorSetting,
  type BoolSetting,
  type Int64Setting,
  type QuantitySetting,
  SettingState,
  StringMapSchema,
  type StringMapSetting,
  type StringSetting,
} from "./gen/flyteidl2/settings/settings_pb.js";

/** One setting of the wire: a state, and a value of the setting's own type. */
export type Setting =
  | StringSetting
  | Int64Setting
  | QuantitySetting
  | BoolSetting
  | StringMapSetting
  | AcceleratorSetting;

/** What a setting says: nothing of its own, a value, or something in a form that we do not know. */
export type SettingReading =
  | { readonly kind: "inherited" }
  | { readonly kind: "value"; readonly value: SettingValue }
  | { readonly kind: "unknown" };

/** Whether a message of the wire is a setting. */
export function isSetting(message: Message): message is Setting {
  return /^flyteidl2\.settings\.\w+Setting$/.test(message.$typeName);
}

/** Reads a setting. A value that is spelled like the marker of an unset key is as good as unknown: no file can say it. */
export function decodeSetting(setting: Setting): SettingReading {
  switch (setting.state) {
    case SettingState.INHERIT:
      return { kind: "inherited" };
    case SettingState.UNSET:
      return { kind: "value", value: UNSET };
    case SettingState.VALUE: {
      const value = decodeValue(setting);
      return value === UNSET ? { kind: "unknown" } : { kind: "value", value };
    }
    default:
      return { kind: "unknown" };
  }
}

function decodeValue(setting: Setting): SettingValue {
  switch (setting.$typeName) {
    case "flyteidl2.settings.StringSetting":
      return setting.stringValue;
    case "flyteidl2.settings.QuantitySetting":
      return setting.quantityValue;
    case "flyteidl2.settings.BoolSetting":
      return setting.boolValue;
    case "flyteidl2.settings.Int64Setting": {
      const number = Number(setting.intValue);
      return Number.isSafeInteger(number) ? number : `${setting.intValue}`;
    }
    case "flyteidl2.settings.StringMapSetting":
      return { ...setting.mapValue?.entries };
    case "flyteidl2.settings.AcceleratorSetting":
      return decodeAccelerator(setting.acceleratorValue);
  }
}

/** Unlike in a queue's caps, no device at all names nothing rather than any NVIDIA GPU. */
function decodeAccelerator(accelerator = create(GPUAcceleratorSchema)): string {
  const isEmpty = !(accelerator.device || accelerator.acceleratorModel || accelerator.deviceClass);
  return isEmpty ? "" : decodeAcceleratorSelector(accelerator);
}

/**
 * Puts a value, or the marker of an unset key, into a setting. Throws an OperationalError `invalid_value` that names `key` when
 * the value is not of the setting's type.
 */
export function writeSetting(key: string, setting: Setting, value: SettingValue): void {
  if (value === UNSET) {
    setting.state = SettingState.UNSET;
    clearValue(setting);
  } else {
    setting.state = SettingState.VALUE;
    writeValue(key, setting, value);
  }
}

function clearValue(setting: Setting): void {
  switch (setting.$typeName) {
    case "flyteidl2.settings.StringSetting":
      setting.stringValue = "";
      break;
    case "flyteidl2.settings.QuantitySetting":
      setting.quantityValue = "";
      break;
    case "flyteidl2.settings.BoolSetting":
      setting.boolValue = false;
      break;
    case "flyteidl2.settings.Int64Setting":
      setting.intValue = 0n;
      break;
    case "flyteidl2.settings.StringMapSetting":
      delete setting.mapValue;
      break;
    case "flyteidl2.settings.AcceleratorSetting":
      delete setting.acceleratorValue;
  }
}

function writeValue(key: string, setting: Setting, value: SettingValue): void {
  switch (setting.$typeName) {
    case "flyteidl2.settings.StringSetting":
      setting.stringValue = requireText(key, value);
      break;
    case "flyteidl2.settings.QuantitySetting":
      setting.quantityValue = requireText(key, typeof value === "number" ? `${value}` : value);
      break;
    case "flyteidl2.settings.BoolSetting":
      if (typeof value !== "boolean") throw wrongType(key, "true or false", value);
      setting.boolValue = value;
      break;
    case "flyteidl2.settings.Int64Setting":
      setting.intValue = requireInteger(key, value);
      break;
    case "flyteidl2.settings.StringMapSetting":
      if (!isTextMap(value)) throw wrongType(key, "a map of text to text", value);
      setting.mapValue = Object.assign(setting.mapValue ?? create(StringMapSchema), { entries: { ...value } });
      break;
    case "flyteidl2.settings.AcceleratorSetting":
      setting.acceleratorValue = mergeAccelerator(requireText(key, value), setting.acceleratorValue);
  }
}

/** As the upstream client sends it: a canonical name goes with its class and model, any other text alone. */
function mergeAccelerator(text: string, old: GPUAccelerator | undefined): GPUAccelerator {
  if (old !== undefined && decodeAccelerator(old) === text) return old;
  if (parseAcceleratorSelector(text)?.device !== text) return create(GPUAcceleratorSchema, { device: text });
  const { deviceClass = 0, acceleratorModel = 0 } = encodeAccelerator(text, 1).accelerator ?? {};
  return create(GPUAcceleratorSchema, { device: text, deviceClass, acceleratorModel });
}

function isTextMap(value: SettingValue): value is Readonly<Record<string, string>> {
  const isMap = typeof value === "object" && !Array.isArray(value);
  return isMap && Object.values(value).every((entry) => typeof entry === "string");
}

function requireText(key: string, value: SettingValue): string {
  if (typeof value !== "string") throw wrongType(key, "text", value);
  return value;
}

function requireInteger(key: string, value: SettingValue): bigint {
  const text = typeof value === "number" || typeof value === "string" ? `${value}` : "";
  const number = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  if (number === undefined || BigInt.asIntN(64, number) !== number) throw wrongType(key, "a 64-bit integer", value);
  return number;
}

function wrongType(key: string, wanted: string, value: SettingValue): OperationalError {
  const message = `setting ${key} must be ${wanted}, not ${JSON.stringify(value)}. Correct the value, or remove the key.`;
  return new OperationalError("invalid_value", message, { next: "stop" });
}
