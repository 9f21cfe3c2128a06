import type { ChangeEntry } from "../../src/model/ledger/change-log.ts";
import { makeChange, makeIntent } from "../store/make-change.ts";

/** An entry of the change log; `set` says what it is instead of an update of `queue.a` that the policy let run. */
export function makeEntry(set: Partial<ChangeEntry> = {}): ChangeEntry {
  const { sealed_by: _sealed, ...change } = makeChange();
  const { run_id, step_id, address, physical_name, at } = makeIntent();
  const entry = { ...change, run_id, step_id, address, physical_name, at, revision: "abcdef123456".padEnd(40, "0") };
  return { ...entry, op: "update", place: null, seq: 1, result: "confirmed", ...set };
}
