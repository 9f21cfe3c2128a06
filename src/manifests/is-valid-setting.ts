import { KIND_DEFINITIONS } from "../kinds/registry.ts";
import { normaliseAcceleratorSelector } from "../model/accelerator.ts";
import { type DeclaredValue, SETTING_KEYS, UNSET } from "../model/settings.ts";
import { compileSchema } from "./yaml/compile-schema.ts";

const check = compileSchema(KIND_DEFINITIONS.settings.schema);

/** Whether a manifest could have a value for a key of settings; {@link UNSET} is none. */
export function isValidSetting(key: string, value: DeclaredValue): boolean {
  if (value === UNSET || check({ settings: { [key]: value } }).length > 0) return false;
  switch (SETTING_KEYS.get(key)?.type) {
    case "accelerator":
      return normaliseAcceleratorSelector(String(value)) !== undefined;
    case "integer":
      return BigInt.asIntN(64, BigInt(String(value))) === BigInt(String(value));
    default:
      return true;
  }
}
