import type { AttributesKind } from "../../kinds/registry.ts";
import type { AttributesRow, AttributesScope } from "../../model/objects/attributes.ts";

/**
 * Everything that changes flyteadmin, one HTTP call a method. A first write that met another one of the same row (`aborted`) is sent again;
 * nothing else is. Each throws an OperationalError on failure, with `outcomeUnknown` when the write may have taken effect all the same;
 * both can be sent again without harm once that is settled by reading. Scopes that HTTP cannot name (a slash in the workflow, all projects,
 * a launch plan) are `scope_unwritable` before anything is sent.
 */
export interface FlyteadminWriter {
  /** Writes the row unconditionally: flyteadmin has no optimistic lock, the last write wins. */
  putRow(row: AttributesRow): Promise<void>;
  /**
   * Deletes the row and, for a project or one of its domains, **every row of that kind below it**: a caller that wants to keep those writes
   * them again. A row that is not there is no failure.
   */
  deleteRow(kind: AttributesKind, scope: AttributesScope): Promise<void>;
}
