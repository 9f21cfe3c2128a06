import { expect, test } from "vitest";
import { nameRequest } from "../../../src/model/reviews/name-request.ts";
import { openFaults } from "../../../src/pull-requests/review/isolate-faults.ts";
import { readMissing } from "../../../src/pull-requests/review/read-missing.ts";
import type { ReviewTools } from "../../../src/pull-requests/review/review-tools.ts";
import { openSpending } from "../../../src/pull-requests/review/spending.ts";
import { makeReviewRecord, PAST } from "../../store/make-records.ts";

const CLOSED = { phase: "closed", merged: null, outcome: { kind: "closed" }, unlocked: false, settled: false } as const;

const HEAD = "b".repeat(40);

/** A round's tools with a forge that has none of the requests, and the numbers that it was asked for. */
function openTools() {
  const spending = openSpending({ calls: () => 0, share: () => 1, isLow: () => false });
  const { signal } = new AbortController();
  const asked: number[] = [];
  const readRequest = async (number: number) => {
    asked.push(number);
    return null;
  };
  const pass = { config: { source: { kind: "repository", branch: "main" } } };
  const forge = { readRequest, kind: "gitea", place: "acme/pools on git.example.com" };
  return { spending, asked, tools: { spending, signal, forge, pass } as unknown as ReviewTools };
}

test("a closed request for whose comment no calls are left waits for calls, which is nothing unknown", async () => {
  const { tools, spending, asked } = openTools();
  spending.looks.spend(1_000);
  const closed = makeReviewRecord({ asked_again: PAST }, CLOSED);
  const given = { missing: [closed], base: HEAD, decided: new Set<string>() };
  expect(await readMissing(tools, openFaults(tools.signal), given)).toEqual({ ended: [], waits: true });
  expect(asked).toEqual([]);
});

test("a merged request whose branch was changed since waits for no calls while a comment may be a rejection", async () => {
  const { tools, spending, asked } = openTools();
  spending.looks.spend(1_000);
  const undecided = [{ comment: "1", by: "carol", at: PAST, head: HEAD, digest: null, effects: [] }];
  const merged = { by: "mona", commit: HEAD, at: PAST };
  const closed = makeReviewRecord({ undecided }, { ...CLOSED, merged });
  const name = nameRequest(closed);
  const given = { missing: [closed], base: HEAD, decided: new Set<string>() };
  spending.missing.noteRead(name, HEAD);
  expect((await readMissing(tools, openFaults(tools.signal), given)).waits).toBe(false);
  expect(asked).toEqual([closed.number]);
});
