import type { ChangeEntry, RunWrites } from "../../../src/model/ledger/change-log.ts";
import { makeEntry } from "../../model/make-entry.ts";
import { minutesAgo, REVISION } from "./build-targets.ts";

/** What was written to one queue, from its beginning to now, by each who can decide it; values and names are `text` where that is given. */
export function buildChanges(text = "gpu"): readonly ChangeEntry[] {
  const all = { revision: REVISION, address: "queue.batch", physical_name: "batch" } as const;
  const approved = { decided_by: "approval", by: text, approval: "41f0", overrides: ["window"] } as const;
  return [
    { before: null, after: null, withheld: true } as const,
    { op: "create", before: null, after: { depth: 100, cluster_pool: text, labels: { team: text } } } as const,
    {
      ...approved,
      before: { depth: 100, labels: { team: text } },
      after: { depth: 200, labels: { team: `${text}2` } },
    },
    { ...approved, address: "cluster.east", before: { clusters: ["*"] }, after: { clusters: [text] } } as const,
    { decided_by: "drift", before: { depth: 900 }, after: { depth: 200 } } as const,
    { decided_by: "command", by: text, via: "cli", target: null, revision: null, result: "unanswered" } as const,
  ].map((set, index) => makeEntry({ ...all, seq: index + 1, at: minutesAgo(600 - 60 * index), ...set }));
}

/** The runs that wrote it. */
export function buildRuns(text = "gpu"): readonly RunWrites[] {
  return buildChanges(text).map(
    ({ run_id, target, via, digest, revision, decided_by, by, approval, overrides, at, seq }) => ({
      ...{ run_id, target, via, digest, revision, decided_by, by, approval, overrides, at },
      ...{ first_seq: seq, last_seq: seq, writes: 1, objects: ["queue.batch"] },
    }),
  );
}
