import { expect, test } from "vitest";
import { mergeWrites } from "../../src/daemon/merge-writes.ts";
import type { RunWrites } from "../../src/model/ledger/change-log.ts";
import { makeAudit } from "../store/make-records.ts";

const at = (time: string) => `2026-11-01T${time}:00.000Z`;
const run = (run_id: string, time: string): RunWrites => ({
  ...{ run_id, target: "prod", via: "daemon", digest: "d", revision: "abc", decided_by: "drift", by: "poolkeeper" },
  ...{ approval: null, overrides: [], at: at(time), first_seq: 1, last_seq: 1, writes: 1, objects: [] },
});
const act = (id: string, time: string) => makeAudit({ id, at: at(time) });

test("what was written after a clock was set back is listed before what was done earlier", () => {
  const audit = [act("approved", "19:03"), act("paused", "19:00")];
  const runs = [run("reverted", "18:03"), run("applied", "19:04"), run("first", "19:01")];
  const merged = mergeWrites(audit, [runs, runs, [run("elsewhere", "19:02")]]).map(({ id }) => id);
  expect(merged).toEqual([
    "write/reverted/1",
    "write/applied/1",
    "approved",
    "write/elsewhere/1",
    "write/first/1",
    "paused",
  ]);
});
