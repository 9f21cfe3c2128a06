import { expect, test } from "vitest";
import type { OwnWrite } from "../../src/model/ledger/ledger.ts";
import { listStillNarrowed } from "../../src/plan/find-own-writes.ts";

const write = (clusters: readonly string[]): OwnWrite => ({
  ...{ address: "cluster.c1", kind: "queue", physical_name: "any", op: "update", set: { clusters: [...clusters] } },
  has_arrived: true,
});
const narrowedWhere = (clusters: readonly string[], written: readonly OwnWrite[]) =>
  listStillNarrowed({ narrowed: ["any"], written, live: { queues: [{ name: "any", spec: { clusters } }] } });

test.each([
  { how: "as it was written out", live: ["c4", "c2"], written: [write(["c2", "c4"])] },
  {
    how: "as it was, where its restore was sent and never arrived",
    live: ["c2", "c4"],
    written: [write(["c2", "c4"]), write(["*"])],
  },
  {
    how: "in a way that was forgotten, where its restore was sent and never arrived",
    live: ["c2"],
    written: [write(["*"])],
  },
  { how: "in a way of which nothing is on record", live: ["c2"], written: [] },
])("a queue that is written out $how is still so", ({ live, written }) => {
  expect(narrowedWhere(live, written)).toEqual(["any"]);
});

test("a queue that somebody has set to something else since is not written out any more", () => {
  expect(narrowedWhere(["c4"], [write(["c2", "c4"]), write(["*"])])).toEqual([]);
});
