import { describe, expect, test } from "vitest";
import type { OwnedObject } from "../../../src/model/ledger/ledger.ts";
import type { OtherWrite } from "../../../src/model/passes/other-write.ts";
import type { OwnershipClaim } from "../../../src/model/plan/plan.ts";
import { findOtherWrites, type OtherWriteFacts } from "../../../src/plan/policy/find-other-writes.ts";
import { followOtherWrites, judgeOtherWrites } from "../../../src/plan/policy/follow-other-writes.ts";
import { change, planOf } from "./plan-of.ts";

const at = (hour: number) => new Date(Date.UTC(2026, 5, 1, hour)).toISOString();
const BY = { changed_by: "deploy@example.com", changed_at: at(0) };
const taken = (revision: string, address: OtherWrite["address"] = "queue.a") =>
  ({ kind: "forestalled", address, fields: ["depth"], revision, ...BY }) as const;
const undone = (address: OtherWrite["address"] = "queue.a", fields: readonly string[] = ["depth"]) =>
  ({ kind: "undone", address, fields, revision: "c0ffee", ...BY }) as const;

/** Plays passes, each so many hours after the start, with what it found. */
const play = (...passes: readonly (readonly [number, ...Omit<OtherWrite, "at">[]])[]) =>
  passes.reduce<readonly OtherWrite[]>((known, [hour, ...found]) => followOtherWrites(known, found, at(hour)), []);

describe("traces of another writer", () => {
  test("of one commit may be chance, whatever it changed; those of two are told, with who wrote and when", () => {
    expect(judgeOtherWrites(play([1, taken("r1"), taken("r1", "queue.b")], [2, taken("r1")]))).toBeNull();
    const told = judgeOtherWrites(play([1, taken("r1")], [5, taken("r2", "queue.b")]));
    expect(told).toMatchObject({ since: at(1), writes: [{ revision: "r1" }, { revision: "r2" }] });
    expect(told?.message).toContain("2 revisions asked for was live already");
    expect(told?.message).toContain(`queue.b of r2 at ${BY.changed_at} by deploy@example.com`);
  });

  test("of one field are told from the third change on; of different fields they are none", () => {
    expect(judgeOtherWrites(play([1, undone()], [2, undone()]))).toBeNull();
    expect(judgeOtherWrites(play([1, undone()], [2, undone()], [3, undone("queue.a", ["priority"])]))).toBeNull();
    expect(judgeOtherWrites(play([1, undone()], [2, undone()], [3, undone()]))?.message).toContain("changed 3 times");
  });

  test("end a day after the last of them, and not before", () => {
    const known = play([1, taken("r1")], [5, taken("r2")]);
    expect(judgeOtherWrites(followOtherWrites(known, [], at(28)))).not.toBeNull();
    expect(followOtherWrites(known, [], at(29))).toEqual([]);
    const renewed = followOtherWrites(known, [taken("r3")], at(28));
    expect(judgeOtherWrites(followOtherWrites(renewed, [], at(40)))).toMatchObject({ since: at(1) });
  });

  test("stay few, however long it goes on", () => {
    const passes = Array.from({ length: 500 }, (_, index) => [index / 60, undone(), taken(`r${index}`)] as const);
    expect(play(...passes)).toHaveLength(40);
  });
});

const RECORD: OwnedObject = {
  ...{ address: "queue.a", kind: "queue", name: "a", physical_name: "a", previous_names: [], revision: null },
  ...{
    lifecycle: { prevent_destroy: false, on_remove: "delete" },
    applied: { depth: 1 },
    manifest: { depth: 1 },
    updated_at: "",
  },
};
const CLAIM: OwnershipClaim = {
  ...{ address: "queue.a", physical_name: "a", previous_names: [], lifecycle: RECORD.lifecycle },
  ...{ applied: { depth: 2 }, manifest: { depth: 2 }, renamed_from: null },
};
const claiming = (rest: Partial<OwnershipClaim>) =>
  planOf({ ownership: { claim: [{ ...CLAIM, ...rest }], release: [], settle: [] } });
const LIVE = { pools: [], clusters: [], queues: [{ name: "a", ...BY }] } as unknown as OtherWriteFacts["live"];
const SEEN = { address: "queue.a", difference: "d", first_at: at(0), count: 1 } as const;
const find = (facts: Partial<OtherWriteFacts> = {}) =>
  findOtherWrites({
    plan: planOf({ ownership: { claim: [CLAIM], release: [], settle: [] } }),
    ...{ owned: [RECORD], taken: [], live: LIVE, before: [], now: [], ...facts },
  });

describe("what a commit asks for and is there already", () => {
  test("was written by somebody else", () => expect(find()).toEqual([taken("c0ffee")]));

  test.each<readonly [string, Partial<OtherWriteFacts>]>([
    ["was changed by hand before it was committed", { before: [SEEN] }],
    ["is an object that is taken in", { owned: [] }],
    ["is asked for by no commit", { owned: [{ ...RECORD, manifest: CLAIM.manifest }] }],
    ["was applied by an earlier release, which kept no manifest", { owned: [{ ...RECORD, manifest: null }] }],
    [
      "is what the manifest leaves alone",
      { plan: claiming({ manifest: { lifecycle: { ignore_changes: ["depth"] } } }) },
    ],
    ["was applied", { owned: [{ ...RECORD, applied: { depth: 2 } }] }],
    ["has a field that was not known when it was applied", { owned: [{ ...RECORD, applied: { priority: "low" } }] }],
    [
      "is what an interrupted run has begun",
      { plan: planOf({ ownership: { claim: [CLAIM], release: [], settle: ["queue.a"] } }) },
    ],
    ["was moved by this store, for a rollout that waits for something else", { taken: [{ address: "queue.a" }] }],
    [
      "is not all that it asks for",
      { plan: planOf({ changes: [change("queue.a")], ownership: { claim: [CLAIM], release: [], settle: [] } }) },
    ],
  ])("is no trace where it %s", (_, facts) => expect(find(facts)).toEqual([]));
});

test("what was in order and is changed outside is a trace; what was seen before is none", () => {
  const plan = planOf({ changes: [change("queue.a", { origin: "drift", before: { depth: 9 }, ...BY })] });
  expect(find({ plan, now: [SEEN] })).toEqual([undone()]);
  expect(find({ plan, now: [SEEN], before: [SEEN] })).toEqual([]);
});
