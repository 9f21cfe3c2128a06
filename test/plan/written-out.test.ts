import { expect, test } from "vitest";
import type { OwnWrite } from "../../src/model/ledger/ledger.ts";
import { listStillNarrowed } from "../../src/plan/decide/find-own-writes.ts";

const write = (clusters: readonly string[]): OwnWrite => ({
  ...{ address: "cluster.c1", kind: "queue", physical_name: "any", op: "update", set: { clusters: [...clusters] } },
  phase: null,
  has_arrived: true,
});
const deletion: OwnWrite = {
  ...{ address: "cluster.c2", kind: "cluster", physical_name: "c2", op: "delete", set: {} },
  phase: null,
  has_arrived: false,
};
const ALL = ["c1", "c2", "c3", "c4"];
const narrowedWhere = (clusters: readonly string[], written: readonly OwnWrite[], there: readonly string[] = ALL) =>
  listStillNarrowed({
    narrowed: ["any"],
    written,
    live: { queues: [{ name: "any", spec: { clusters } }], clusters: there.map((name) => ({ name })) },
  });

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
  { how: "as others of which one is gone", live: ["c4"], written: [write(["c2", "c4"])], there: ["c4"] },
  { how: "as others that are all gone", live: [], written: [write(["c2", "c4"])], there: [] },
  { how: "as others of which one was deleted and came again", live: ["c4"], written: [write(["c2", "c4"]), deletion] },
])("a queue that is written out $how is still so", ({ live, written, there = ALL }) => {
  expect(narrowedWhere(live, written, there)).toEqual(["any"]);
});

test("a queue that somebody has set to something else since is not written out any more", () => {
  expect(narrowedWhere(["c4"], [write(["c2", "c4"]), write(["*"])])).toEqual([]);
  expect(narrowedWhere(["c3"], [write(["c2", "c4"])], ["c3"])).toEqual([]);
  expect(narrowedWhere([], [write(["c2"]), write(["*"])])).toEqual([]);
});
