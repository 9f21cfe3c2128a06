import { expect, test } from "vitest";
import { openFaults } from "../../../src/pull-requests/review/isolate-faults.ts";
import { readMissing } from "../../../src/pull-requests/review/read-missing.ts";
import type { ReviewTools } from "../../../src/pull-requests/review/review-tools.ts";
import { openSpending } from "../../../src/pull-requests/review/spending.ts";
import { makeReviewRecord, PAST } from "../../store/make-records.ts";

const CLOSED = { phase: "closed", merged: null, outcome: { kind: "closed" }, unlocked: false, settled: false } as const;

test("a closed request for whose comment no calls are left waits for calls, which is nothing unknown", async () => {
  const spending = openSpending({ calls: () => 0, share: () => 1, isLow: () => false });
  spending.looks.spend(1_000);
  const { signal } = new AbortController();
  const asked: number[] = [];
  const readRequest = async (number: number) => {
    asked.push(number);
    return null;
  };
  const pass = { config: { source: { kind: "repository", branch: "main" } } };
  const tools = { spending, signal, forge: { readRequest }, pass } as unknown as ReviewTools;
  const closed = makeReviewRecord({ asked_again: PAST }, CLOSED);
  const given = { missing: [closed], base: "b".repeat(40), decided: new Set<string>() };
  expect(await readMissing(tools, openFaults(signal), given)).toEqual({ ended: [], waits: true });
  expect(asked).toEqual([]);
});
