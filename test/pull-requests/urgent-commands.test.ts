import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { type Charges, chargeRound } from "../../src/pull-requests/review/charges.ts";
import { openDecided } from "../../src/pull-requests/review/read-missing.ts";
import type { ReviewTools } from "../../src/pull-requests/review/review-tools.ts";
import { openSpending } from "../../src/pull-requests/review/spending.ts";
import { reviewRequests } from "../../src/pull-requests/review-requests.ts";
import { isUrgent } from "../../src/pull-requests/urgent-reports.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { LEFT, makeReviewRecord, openRecords, PAST } from "../store/make-records.ts";

/** More than a list of the newest has. */
const MANY = 1_040;

/** A target with an open request, and what reports of approvals make of its rounds. */
async function openReported() {
  const records = await openRecords(makeTemporaryFolder());
  const record = makeReviewRecord();
  await records.writeReview(record, null);
  const spending = openSpending({ calls: () => 0, share: () => 1, isLow: () => false });
  const config = { name: record.target, policy: { approval: { approvers: ["Carol"] } } };
  const tools = { spending, pass: { records, config } } as unknown as ReviewTools;
  const { refusals } = spending;
  /** Of rounds that do not fail. */
  const charges: Charges = {
    hurry: (login) => refusals.note("hurry", login),
    free: (login) => refusals.note("free", login),
  };
  const report = (by: string, number: number, at: string) => {
    const comment = { place: record.place, comment: randomUUID(), written: at, number };
    return records.noteReported({ ...comment, by, said: "poolkeeper approve 0", at });
  };
  /** Whether a report makes a round urgent, so many times. */
  const reportOften = async (who: string, request: number, times: number) => {
    const urgent: boolean[] = [];
    for (let time = 0; time < times; time += 1) {
      const at = await records.now();
      await report(who, request, at);
      spending.last.at = at;
      urgent.push(await isUrgent(tools, charges));
    }
    return urgent;
  };
  return { records, record, spending, tools, charges, report, reportOften };
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

test("an account that is kept out of rounds keeps no one else out by the number of its commands", async () => {
  const { records, record, report, reportOften } = await openReported();
  expect(await reportOften("stranger", record.number, 4)).toEqual([true, true, true, false]);
  const now = await records.now();
  await report("boss", record.number, now);
  for (let time = 0; time < MANY; time += 1) await report("stranger", record.number, now);
  expect(await reportOften("stranger", record.number, 1)).toEqual([true]);
});

test("an account frees few requests before it has shown that it may decide, and an approver that is named any number", async () => {
  const { records, record, spending, tools, charges, report } = await openReported();
  const at = await records.now();
  const requests = Array.from({ length: 6 }, (_, index) => ({ ...record, number: record.number + index }));
  const countFree = async () => {
    const isDecided = openDecided(tools, charges);
    let free = 0;
    // What is free stays so for its round.
    for (const _time of [1, 2]) for (const one of requests) if (await isDecided(one)) free += 1;
    return free / 2;
  };
  for (const { number } of requests) await report("boss", number, at);
  expect([await countFree(), await countFree()]).toEqual([3, 0]);
  spending.refusals.forget("free", "Boss");
  expect(await countFree()).toBe(3);
  for (const { number } of requests) await report("carol", number, at);
  expect([await countFree(), await countFree()]).toEqual([6, 6]);
});

test("an approval stays urgent until it is read, also where the round that was to do so fails", async () => {
  const { records, record, tools, charges, report } = await openReported();
  await report("boss", record.number, PAST);
  const fetch = () => Promise.reject(new Error("the repository is gone"));
  const config = { name: record.target, source: { kind: "repository", branch: "main" } };
  const failing = { ...tools, pass: { records, config, source: { fetch } } } as unknown as ReviewTools;
  await expect(reviewRequests(failing)).rejects.toThrow("the repository is gone");
  expect(await isUrgent(tools, charges)).toBe(true);
  await records.writeReview({ ...record, read: { moved: "", at: await records.now() } }, null);
  expect(await isUrgent(tools, charges)).toBe(false);
});

test("an account does not pay for rounds that fail, a few times in an hour", async () => {
  const { records, record, tools, report } = await openReported();
  await report("boss", record.number, await records.now());
  /** Whether a round that fails is made, and looks at the request, because of what the account reported. */
  const isMade = async () => {
    const made: boolean[] = [];
    const round = chargeRound(tools, async (charges) => {
      made.push(await isUrgent(tools, charges), await openDecided(tools, charges)(record));
      throw new Error("no answer");
    });
    await expect(round).rejects.toThrow("no answer");
    return made;
  };
  for (let round = 0; round < 23; round += 1) expect(await isMade()).toEqual([true, true]);
  expect(await isMade()).toEqual([false, false]);
});

test("an account pays for what was read in a round that fails elsewhere", async () => {
  const { records, record, tools, report } = await openReported();
  for (let round = 0; round < 4; round += 1) {
    await report("boss", record.number, await records.now());
    const failing = chargeRound(tools, async (charges) => {
      expect(await openDecided(tools, charges)(record)).toBe(round < 3);
      const read = { moved: "", at: new Date(Date.parse(await records.now()) + 1).toISOString() };
      await records.writeReview({ ...record, read }, null);
      throw new Error("no answer");
    });
    await expect(failing).rejects.toThrow("no answer");
  }
});
