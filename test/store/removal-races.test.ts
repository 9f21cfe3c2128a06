import { Client } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Alarm } from "../../src/model/daemon/alarm.ts";
import { ENDED_ROOM } from "../../src/store/records/trim-ended.ts";
import { FUTURE, LEFT, makeReviewRecord, openRecords, PAST } from "./make-records.ts";
import { startPostgres, type TestPostgres } from "./start-postgres.ts";

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const OLD: Alarm = {
  ...{ target: "prod", type: "queue_unreachable", subject: "reopened", serial: 1, since: PAST, ended_at: PAST },
};

/** A store, and a change by another replica that a removal meets before it is committed. */
async function openRace() {
  const location = await server.makeStore();
  const records = await openRecords(location);
  const client = new Client({ connectionString: location });
  await client.connect();
  onTestFinished(() => client.end());
  const countWaiting = async () => {
    // Other than pg_stat_activity it is read each time within a transaction.
    const { rowCount } = await client.query("select from pg_locks where not granted");
    return rowCount;
  };
  return {
    records,
    race: async (change: string, removal: () => Promise<unknown>) => {
      await client.query("begin");
      await client.query(change);
      const removing = removal();
      await expect.poll(countWaiting).toBe(1);
      await client.query("commit");
      await removing;
    },
  };
}

const REOPENED = "update alarm set ended_at = null, serial = 2 where subject = 'reopened'";

test("an alarm that is opened again while old ones are pruned stays", async () => {
  const { records, race } = await openRace();
  await records.addOutbox([], [OLD]);
  await race(REOPENED, () => records.prune(FUTURE, 100));
  expect(await records.readAlarms("prod")).toEqual([{ ...OLD, serial: 2, ended_at: null }]);
});

test("an alarm that is opened again while those beyond the room are trimmed stays", async () => {
  const { records, race } = await openRace();
  const later = Array.from({ length: ENDED_ROOM.rows + 1 }, (_, index) => ({
    ...{ ...OLD, subject: `q${index}`, ended_at: FUTURE },
  }));
  await records.addOutbox([], [OLD]);
  await race(REOPENED, () => records.addOutbox([], later));
  expect((await records.readAlarms("prod")).filter(({ ended_at }) => ended_at === null)).toHaveLength(1);
});

test("a settled request that is unsettled while old ones are pruned stays", async () => {
  const { records, race } = await openRace();
  await records.writeReview(makeReviewRecord({}, LEFT), null);
  await race("update request_review set settled = 0", () => records.prune(FUTURE, 100));
  expect(await records.readReviews("prod")).toHaveLength(1);
});
