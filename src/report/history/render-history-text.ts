import type { AppliedRevision } from "../../model/daemon/daemon-records.ts";
import type { RunWrites } from "../../model/ledger/change-log.ts";
import type { PassRecord } from "../../model/passes/pass.ts";
import { showDigest } from "../../model/text/digest-digits.ts";
import { outcomeLine } from "../runs/outcome-line.ts";
import { formatMoment, shortenHash } from "../text/format-moment.ts";
import type { Paint } from "../text/paint.ts";
import { renderTable } from "../text/render-table.ts";
import { joinSections, type Shown, shown } from "../text/shown-text.ts";
import { describeDecided, describeWrites } from "./describe-entry.ts";

/** What was done to a target. */
export interface TargetHistory {
  readonly applied: readonly AppliedRevision[];
  /** Passes and commands that wrote. */
  readonly runs: readonly RunWrites[];
  readonly passes: readonly PassRecord[];
}

/** What was applied to a target, what was written, and what its passes came to, as three tables. */
export function renderHistoryText({ applied, runs, passes }: TargetHistory, paint: Paint): Shown {
  const rows = applied.map(({ at, revision, digest, approval, pass }) =>
    [formatMoment(at), shortenHash(revision), showDigest(digest), approval ?? "-", pass].map((text) => ({ text })),
  );
  const writes = runs.map((run) =>
    [
      formatMoment(run.at),
      describeDecided(run),
      shortenHash(run.revision ?? "-"),
      showDigest(run.digest),
      run.run_id,
      describeWrites(run),
    ].map((text) => ({ text })),
  );
  const lines = passes.map(({ ended_at, trigger, revision, digest, id, outcome }) =>
    [
      formatMoment(ended_at),
      trigger,
      shortenHash(revision ?? "-"),
      showDigest(digest ?? "-"),
      id,
      outcomeLine(outcome),
    ].map((text) => ({ text })),
  );
  const tables = [
    renderTable("Applied", ["AT", "REVISION", "PLAN", "APPROVAL", "PASS"], rows, paint),
    renderTable("Writes", ["AT", "DECIDED", "REVISION", "PLAN", "RUN", "WROTE"], writes, paint),
    renderTable("Passes", ["ENDED", "BY", "REVISION", "PLAN", "PASS", "CAME TO"], lines, paint),
  ];
  return rows.length + writes.length + lines.length === 0 ? shown`No history yet.\n` : joinSections(tables);
}
