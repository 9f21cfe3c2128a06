import type { RunWrites } from "../model/ledger/change-log.ts";
import type { AuditEntry } from "../model/passes/audit-entry.ts";

/**
 * An audit with the writes under each decision, newest first: `runs` are those of each target. Entries of the audit and of one control plane keep
 * their own order, and count as of no time before that of what was written before them: a clock that was set back puts no act below older ones.
 * Targets of one control plane report the same commands: each is listed once.
 */
export function mergeWrites(
  audit: readonly AuditEntry[],
  runs: readonly (readonly RunWrites[])[],
): readonly AuditEntry[] {
  const known = new Map(runs.flatMap((list) => dateAll(list.map(describeWrites))).map((one) => [one.entry.id, one]));
  const writes = [...known.values()].sort((one, other) => Number(one.at < other.at) - Number(one.at > other.at));
  const merged: AuditEntry[] = [];
  let next = 0;
  for (const { entry, at } of dateAll(audit)) {
    for (let write = writes[next]; write !== undefined && write.at > at; write = writes[next]) {
      merged.push(write.entry);
      next += 1;
    }
    merged.push(entry);
  }
  return [...merged, ...writes.slice(next).map(({ entry }) => entry)];
}

/** Each with the latest time of it and of all that is older, in the same order. */
function dateAll(entries: readonly AuditEntry[]) {
  let latest = "";
  return entries
    .toReversed()
    .map((entry) => {
      if (entry.at > latest) latest = entry.at;
      return { entry, at: latest };
    })
    .toReversed();
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
