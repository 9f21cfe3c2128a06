import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { COMMAND_ACTION } from "../../src/model/reviews/review-record.ts";
import { isUrgent } from "../../src/pull-requests/read-comments.ts";
import type { ReviewTools } from "../../src/pull-requests/review/review-tools.ts";
import { openSpending } from "../../src/pull-requests/review/spending.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { LEFT, makeReviewRecord, openRecords } from "../store/make-records.ts";

/** A target with an open request, and what reports of approvals make of its rounds. */
async function openReported() {
  const records = await openRecords(makeTemporaryFolder());
  const record = makeReviewRecord();
  await records.writeReview(record, null);
  const spending = openSpending({ calls: () => 0, share: () => 1 });
  const tools = { spending, pass: { records, config: { name: record.target } } } as unknown as ReviewTools;
  const report = async (who: string, request: number) => {
    const at = await records.now();
    const details = { request, comment: randomUUID(), command: "approve", digest: "" };
    const entry = { ...{ id: randomUUID(), at, target: record.target, who }, via: "webhook", action: COMMAND_ACTION };
    await records.addAudit({ ...entry, details });
    spending.last.at = at;
  };
  /** Whether a report makes a round urgent, so many times. */
  const reportOften = async (who: string, request: number, times: number) => {
    const urgent: boolean[] = [];
    for (let time = 0; time < times; time += 1) {
      await report(who, request);
      urgent.push(await isUrgent(tools));
    }
    return urgent;
  };
  return { records, record, spending, reportOften };
}

test("an approval is urgent on a request that is open or followed, and on nothing else", async () => {
  const { records, record, reportOften } = await openReported();
  expect(await reportOften("boss", record.number + 1, 1)).toEqual([false]);
  expect(await reportOften("boss", record.number, 1)).toEqual([true]);
  await records.writeReview({ ...record, ...LEFT }, null);
  expect(await reportOften("boss", record.number, 1)).toEqual([false]);
});

test("an account makes few rounds urgent before it has shown that it may decide, and keeps no one else out", async () => {
  const { record, spending, reportOften } = await openReported();
  expect(await reportOften("stranger", record.number, 5)).toEqual([true, true, true, false, false]);
  expect(await reportOften("boss", record.number, 1)).toEqual([true]);
  for (let time = 0; time < 5; time += 1) {
    spending.refusals.forget("hurry", "Boss");
    expect(await reportOften("boss", record.number, 1)).toEqual([true]);
  }
});
