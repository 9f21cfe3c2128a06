import { describe, expect, test } from "vitest";
import { readReviewBody, writeReviewBody } from "../../../src/store/records/review-body.ts";
import { LEFT, MERGED, makeReviewRecord } from "../make-records.ts";

const AT = "2026-10-01T00:00:00.000Z";
const MERGE = { by: "mona", commit: "c".repeat(40), at: AT, approves: true } as const;

/** As the release before this one writes a request that it has just seen for the first time. */
const FORMER = {
  ...{ target: "prod", place: "gitea acme/pools on git.example.com", number: 7, opened: AT, author: "mona" },
  ...{ url: "https://git.example.com/acme/pools/pulls/7", title: "More queues", head: "a".repeat(40) },
  ...{ verdict: "skipped", digest: null, addresses: [], needs_approval: false, approvals: [], rejected: [], spent: [] },
  ...{ outcome: null, merged: null, unlocked: false, asked: false, comment: null, said: "", told: null },
  ...{ statuses: makeReviewRecord().statuses, shown_plan: null, read: { moved: "", at: "" }, handled: [] },
  ...{ settled: false, updated_at: AT },
};

describe("a request of the release before", () => {
  const read = (set: object) => readReviewBody(JSON.stringify({ ...FORMER, ...set }), "prod");

  test("is read with what it does not know as unknown", () => {
    const { outcome, merged, unlocked, settled, ...facts } = FORMER;
    const open = { phase: "open", outcome, merged, unlocked, settled };
    expect(read({})).toEqual({ ...facts, ...open, said: null, read: null });
    const known = { said: "hash", read: { moved: AT, at: AT } };
    expect(read(known)).toMatchObject(known);
  });

  test.each([
    ["merged", { merged: MERGE }],
    ["merged", { merged: MERGE, unlocked: true, outcome: { kind: "waiting", by: "mona", message: "soon" } }],
    ["done", { merged: MERGE, settled: true, outcome: { kind: "applied", by: "mona", revision: "c", at: AT } }],
    ["closed", { outcome: { kind: "closed" } }],
    ["closed", { outcome: { kind: "closed", base: "other" }, merged: MERGE }],
    ["left", { outcome: { kind: "closed" }, settled: true }],
  ])("is %s by what was written of it", (phase, set) => {
    expect(read(set)).toMatchObject({ phase, ...set });
  });

  test.each([
    ["an open one that was unlocked is open", { unlocked: true }, "open", { unlocked: false }],
    [
      "an open one with what a merge led to is looked at again",
      { outcome: { kind: "failed", by: null, message: "x" } },
      "open",
      { outcome: null },
    ],
    ["one that was dropped without a word was closed", { settled: true }, "left", { outcome: { kind: "closed" } }],
    ["or else merged", { settled: true, merged: MERGE }, "done", { outcome: { kind: "merged", by: "mona" } }],
  ])("that can't be so is so no more: %s", (_why, set, phase, rest) => {
    expect(read(set)).toMatchObject({ phase, ...rest });
  });

  test.each([
    ["open", makeReviewRecord()],
    ["merged", makeReviewRecord({ said: "hash" }, MERGED)],
    ["left", makeReviewRecord({ read: null }, LEFT)],
  ])("can be written by this one: it reads its own form of one that is %s", (_phase, record) => {
    const body = JSON.parse(writeReviewBody(record));
    expect(
      Object.keys(FORMER)
        .filter((field) => !(field in body))
        .sort(),
    ).toEqual(["opened", "shown_plan", "title", "told"]);
    expect(Object.keys(body)).not.toContain("phase");
    expect([typeof body.said, typeof body.read.at]).toEqual(["string", "string"]);
    expect(readReviewBody(JSON.stringify(body), "prod")).toEqual(record);
  });
});
