import { expect, test } from "vitest";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { makeMessage, openRecords, PAST } from "../store/make-records.ts";
import { explainReads } from "./explain-reads.ts";

test("what is sent next is found by indices alone, however many messages wait or have ended", async () => {
  const records = await openRecords(makeTemporaryFolder());
  const plans = explainReads(/^(select|update|insert)/, "outbox_entry");
  const message = makeMessage();
  await records.addOutbox([message]);
  for (let round = 0; round < 2; round += 1) {
    expect(await records.takeOutbox(5, 60_000)).toHaveLength(1);
    await records.deferOutbox(message.id, PAST, true);
  }
  await records.endOutbox(message.id);
  expect(plans.length).toBeGreaterThan(4);
  const steps = plans.flatMap((plan) => plan.split("; "));
  const scans = steps.filter((step) => /SCAN (entry|later|served|outbox_entry)/.test(step));
  // Of the first, the first row alone is read; the other one has those that are being sent.
  expect([...new Set(scans)].sort()).toEqual([
    "SCAN outbox_entry USING INDEX outbox_entry_line",
    "SCAN outbox_entry USING INDEX outbox_entry_sender",
  ]);
});
