import type { IntendedChange } from "../../src/model/ledger/change-log.ts";
import type { JournalEntry } from "../../src/model/ledger/ledger.ts";

/** A write to a queue that the policy let run. */
export const makeChange = (set: Partial<IntendedChange> = {}): IntendedChange => ({
  ...{ target: "prod", via: "daemon", digest: "d".repeat(64), sealed_by: "", revision: "abc", origin: "commit" },
  ...{ decided_by: "auto_apply", by: "poolkeeper", approval: null, overrides: [] },
  ...{ kind: "queue", before: { depth: 1 }, after: { depth: 2 } },
  ...set,
});

/** The intent of that write. */
export const makeIntent = (set: Partial<JournalEntry> = {}): JournalEntry => ({
  ...{
    run_id: "run-1",
    step_id: "queue.a/update",
    address: "queue.a",
    physical_name: "a",
    op: "update",
    phase: null,
    body: null,
  },
  ...{ wrote: null, at: "2026-11-01T12:00:00.000Z" },
  ...set,
});
