import { isSealed } from "./sealed.ts";

/** The names of what is sealed in a setting: of entries of a map, or `key` itself; empty where nothing is. */
export function listSealedEntries(key: string, value: unknown): readonly string[] {
  if (isSealed(value)) return [key];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]) => (isSealed(entry) ? [`${key}.${name}`] : []));
}
