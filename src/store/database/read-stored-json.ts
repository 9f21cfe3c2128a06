import { OperationalError, STORE_DAMAGED } from "../../model/errors/operational-error.ts";
import type { Shape } from "../../model/json/shape.ts";

/** The value of a column that holds JSON. Throws an OperationalError that names `entry` where it is none, or not of the shape. */
export function readStoredJson<Value>(text: string, entry: string, shape: Shape<Value>): Value {
  let cause: unknown;
  try {
    const value: unknown = JSON.parse(text);
    if (shape(value)) return value;
  } catch (error) {
    // No JSON, or nested more deeply than a shape can follow.
    cause = error;
  }
  throw new DamagedEntryError(entry, cause);
}

/** The store has an entry that poolkeeper can't have written like that. */
export class DamagedEntryError extends OperationalError {
  /** The entry, by the name of what it is about. */
  readonly entry: string;

  constructor(entry: string, cause?: unknown) {
    super(
      STORE_DAMAGED,
      `The store's entry of "${entry}" can't be read: it was altered by hand or by another program. Restore the store from a backup, or start with an empty one.`,
      { next: "stop", cause },
    );
    this.entry = entry;
  }
}
