import { OperationalError } from "../model/operational-error.ts";

/**
 * The value of a column that holds JSON. Its shape is what was written: only that it is JSON at all is looked at. Throws an
 * OperationalError that names `entry` when it is not.
 */
export function readStoredJson<Value>(text: string, entry: string): Value {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damagedEntryError(entry, error);
  }
}

/** The OperationalError for an entry that poolkeeper can't have written like that. */
export function damagedEntryError(entry: string, cause?: unknown): OperationalError {
  return new OperationalError(
    "store_damaged",
    `The store's entry of "${entry}" can't be read: it was altered by hand, or by something other than poolkeeper. Restore the store from a backup, or begin with an empty one.`,
    { next: "stop", cause },
  );
}
