import type { OwnedObject } from "../../src/model/ledger/ledger.ts";

/** A queue as it is recorded when it is owned. */
export function makeOwnedQueue(name: string): OwnedObject {
  return {
    address: `queue.${name}`,
    kind: "queue",
    name,
    physical_name: name,
    previous_names: [],
    lifecycle: { prevent_destroy: false, on_remove: "delete" },
    applied: null,
    manifest: null,
    revision: null,
    updated_at: "2026-11-01T12:00:00.000Z",
  };
}
