import type { Reference } from "./reference.ts";
import { SETTING_KEYS } from "./settings.ts";

/**
 * The reference that a value of a Settings manifest is, by where it stands: `[KEY]`, or `[KEY, ENTRY]` of a map. Null for what is none: a map
 * with an entry `env` is a map.
 */
export function readReference(path: readonly string[], value: unknown): Reference | null {
  const [key = "", ...entry] = path;
  const type = SETTING_KEYS.get(key)?.type;
  if (type === undefined || entry.length !== (type === "string_map" ? 1 : 0)) return null;
  if (typeof value !== "object" || value === null) return null;
  if ("env" in value && typeof value.env === "string") return { reference: true, from: "env", name: value.env };
  if ("file" in value && typeof value.file === "string") return { reference: true, from: "file", name: value.file };
  return null;
}
