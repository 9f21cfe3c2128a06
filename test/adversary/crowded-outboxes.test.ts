import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import type { Alarm } from "../../src/model/daemon/alarm.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { ENDED_ROOM } from "../../src/store/records/trim-ended.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { makeMessage, makeState, openRecords, PAST, writeState } from "../store/make-records.ts";
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

test("of messages that have ended and alarms that are over a target keeps the newest, of each receiver; what is found again is not sent again", async () => {
  const records = await openRecords(makeTemporaryFolder());
  const known = makeMessage({ key: "prod/approval_needed/1" });
  const makeAlarm = (subject: string, at: number): Alarm => {
    const time = new Date(Date.parse(PAST) + at).toISOString();
    return { target: "prod", type: "queue_unreachable", subject, serial: 1, since: time, ended_at: time };
  };
  const own = { ...makeAlarm("", 0), type: "failed" } as const;
  const open = { ...makeAlarm("open", 0), ended_at: null };
  const stall = { ...makeAlarm("https://former.example.com", 0), type: "stalled" } as const;
  await records.addOutbox(
    [known, makeMessage({ receiver: "mail" }), makeMessage({ key: "dev/failed/1" })],
    [own, open, stall],
  );
  const end = async () => {
    for (let taken = await records.takeOutbox(9, 0); taken.length > 0; taken = await records.takeOutbox(9, 0))
      for (const { id } of taken) await records.endOutbox(id);
  };
  const [rounds, each] = [15, ENDED_ROOM.between];
  for (let round = 0; round < rounds; round += 1) {
    const names = Array.from({ length: each }, (_, index) => `q${round}-${index}`);
    const messages = names.map((name) => makeMessage({ key: `prod/queue_unreachable/${name}` }));
    await records.addOutbox(
      [...messages, known],
      names.map((name, index) => makeAlarm(name, round * each + index + 1)),
    );
    await end();
  }
  await records.addOutbox([makeMessage({ receiver: "last" })]);
  const keys = (newest: number) =>
    Array.from({ length: each }, (_, index) => `prod/queue_unreachable/q${newest}-${index}`);
  const kept = async (newest: number) => (await records.findMessages(["chat"], keys(newest))).length;
  expect([await kept(rounds - 1), await kept(0)]).toEqual([each, 0]);
  expect(await records.addOutbox([known])).toBe(0);
  const alarms = await records.readAlarms("prod");
  expect(alarms.length).toBeLessThan(ENDED_ROOM.rows + 2 * each);
  expect(alarms).toEqual(
    expect.arrayContaining([own, open, stall, makeAlarm(`q${rounds - 1}-0`, (rounds - 1) * each + 1)]),
  );
});

test("what was written stays written where no room can be made, which is tried again with the next, and warned of once", async () => {
  const directory = makeTemporaryFolder();
  const warnings: string[] = [];
  const database = await openDatabase(directory, { warn: (warning) => warnings.push(warning) });
  onTestFinished(() => database.close());
  const { records } = database;
  const makeMessages = (length: number) =>
    Array.from({ length }, () => makeMessage({ key: `prod/failed/${randomUUID()}` }));
  const file = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
  onTestFinished(() => file.close());
  await records.addOutbox(makeMessages(ENDED_ROOM.rows + 1));
  file.exec("update outbox_entry set ended_at = added_at");
  file.exec("create trigger refused before delete on outbox_entry begin select raise(abort, 'no deletes'); end");
  expect(await records.addOutbox(makeMessages(ENDED_ROOM.between))).toBe(ENDED_ROOM.between);
  await writeState(records, makeState(), { messages: makeMessages(1), alarms: [] });
  expect(await records.readState("prod")).not.toBeNull();
  expect(warnings).toEqual([expect.stringMatching(/^Ended messages and alarms of prod can't be removed.*no deletes/)]);
  file.exec("drop trigger refused");
  await records.addOutbox(makeMessages(1));
  const { left } = file.prepare("select count(*) as left from outbox_entry where ended_at is not null").get() ?? {};
  expect(left).toBe(ENDED_ROOM.rows);
});
