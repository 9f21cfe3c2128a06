import type { RunWrites } from "../model/ledger/change-log.ts";
import type { AuditEntry } from "../model/passes/audit-entry.ts";

/**
 * An audit with the writes under each decision, newest first. Entries keep their own order, independent of clocks. Targets of one control
 * plane report the same commands: each is listed once.
 */
export function mergeWrites(audit: readonly AuditEntry[], runs: readonly RunWrites[]): readonly AuditEntry[] {
  const known = new Map(runs.map(describeWrites).map((entry) => [entry.id, entry]));
  const writes = [...known.values()].sort((one, other) => (one.at < other.at ? 1 : -1));
  const merged: AuditEntry[] = [];
  for (const entry of audit) {
    while (writes[0] !== undefined && writes[0].at > entry.at) merged.push(...writes.splice(0, 1));
    merged.push(entry);
  }
  return [...merged, ...writes];
}

const NONE: readonly string[] = [];

/** Who wrote what, and by which decision. What is left out of the details is null. */
function describeWrites(run: RunWrites): AuditEntry {
  const { at, target, by, via, run_id, digest, revision, decided_by, approval, overrides, writes, objects } = run;
  const details = {
    run_id,
    digest,
    revision,
    decided_by,
    approval,
    overrides: overrides.length === 0 ? NONE : overrides,
    writes,
    objects,
  };
  const shown = Object.entries(details).filter(([, value]) => value !== null && value !== NONE);
  return {
    // The number of its first entry is that of no other one at the control plane.
    id: `write/${run_id}/${run.first_seq}`,
    ...{ at, target, who: by, via, action: "write", details: Object.fromEntries(shown) },
  };
}
