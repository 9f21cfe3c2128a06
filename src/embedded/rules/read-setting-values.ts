import { parseQuantity } from "../../model/objects/quantity.ts";
import {
  DEFAULT_QUEUE_KEY,
  SETTING_KEYS,
  type SettingValue,
  type SettingValues,
  UNSET,
} from "../../model/objects/settings.ts";
import type { Settings } from "../../systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { decodeSettings } from "../../systems/control-plane/settings-codec.ts";
import { checkNotDeleted, findQueue } from "../state/find-record.ts";
import { refuse } from "../state/refuse.ts";
import type { State } from "../state/state.ts";

/** Validates the values of a request: throws `invalid_argument`, or the error of the queue that they name. */
export function readSettingValues(state: State, settings: Settings | undefined): SettingValues {
  const { values, unknown } = decodeSettings(settings);
  if (unknown.length > 0) {
    throw refuse("invalid_argument", `settings cannot be kept as sent: ${unknown.join(", ")}`);
  }
  for (const [key, value] of Object.entries(values)) {
    if (value !== UNSET) checkValue(state, key, value);
  }
  return values;
}

const DNS_STRATEGIES: readonly SettingValue[] = ["shared", "dataplane_specific"];

function checkValue(state: State, key: string, value: SettingValue): void {
  const type = SETTING_KEYS.get(key)?.type;
  if (type === "quantity" && (parseQuantity(String(value)) ?? -1n) < 0n) {
    throw refuse("invalid_argument", `${key}: "${value}" is no Kubernetes quantity of 0 or more`);
  }
  if (type === "integer" && BigInt(String(value)) < 0n) {
    throw refuse("invalid_argument", `${key}: ${value} is less than 0`);
  }
  if (type === "accelerator" && value === "") {
    throw refuse("invalid_argument", `${key} names no accelerator`);
  }
  if (key === "app.app_dns_strategy" && !DNS_STRATEGIES.includes(value)) {
    throw refuse("invalid_argument", `${key} is ${DNS_STRATEGIES.join(" or ")}, not "${value}"`);
  }
  if (key === DEFAULT_QUEUE_KEY) {
    checkNotDeleted("queue", findQueue(state, String(value)), `${DEFAULT_QUEUE_KEY} of a scope`);
  }
}
