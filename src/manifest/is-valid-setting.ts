import { normaliseAcceleratorSelector } from "../model/accelerator.ts";
import { type DeclaredValue, SETTING_KEYS, UNSET } from "../model/settings.ts";
import { compileSchema } from "../yaml/compile-schema.ts";
import { MANIFEST_SCHEMAS } from "./manifest-schemas.ts";

const check = compileSchema(MANIFEST_SCHEMAS.settings);

/** Whether a manifest could have a value for a key of settings; {@link UNSET} is none. */
export function isValidSetting(key: string, value: DeclaredValue): boolean {
  if (value === UNSET || check({ settings: { [key]: value } }).length > 0) return false;
  const isAccelerator = SETTING_KEYS.get(key)?.type === "accelerator";
  return !isAccelerator || normaliseAcceleratorSelector(String(value)) !== undefined;
}
