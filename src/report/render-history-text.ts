import type { AppliedRevision } from "../model/daemon-records.ts";
import type { PassRecord } from "../model/pass.ts";
import { showDigest } from "../model/show-digest.ts";
import { describeOutcome } from "./describe-outcome.ts";
import { formatMoment, shortenHash } from "./format-moment.ts";
import type { Paint } from "./paint.ts";
import { renderTable } from "./render-table.ts";
import { joinSections, type Shown, shown } from "./shown-text.ts";

/** What was done to a target. */
export interface TargetHistory {
  readonly applied: readonly AppliedRevision[];
  readonly passes: readonly PassRecord[];
}

/** What was applied to a target, and what its passes came to, as two tables. */
export function renderHistoryText({ applied, passes }: TargetHistory, paint: Paint): Shown {
  const rows = applied.map(({ at, revision, digest, approval, pass }) =>
    [formatMoment(at), shortenHash(revision), showDigest(digest), approval ?? "-", pass].map((text) => ({ text })),
  );
  const lines = passes.map(({ ended_at, trigger, revision, digest, id, outcome }) =>
    [
      formatMoment(ended_at),
      trigger,
      shortenHash(revision ?? "-"),
      showDigest(digest ?? "-"),
      id,
      describeOutcome(outcome),
    ].map((text) => ({ text })),
  );
  const tables = [
    renderTable("Applied", ["AT", "REVISION", "PLAN", "APPROVAL", "PASS"], rows, paint),
    renderTable("Passes", ["ENDED", "BY", "REVISION", "PLAN", "PASS", "CAME TO"], lines, paint),
  ];
  return rows.length + lines.length === 0 ? shown`Nothing has been done yet.\n` : joinSections(tables);
}
