import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { describeActs } from "./describe-acts.ts";
import { describeChanges } from "./describe-changes.ts";
import { describeJournal } from "./describe-journal.ts";
import { describeLeases } from "./describe-leases.ts";
import { describeLedger } from "./describe-ledger.ts";
import { describeLongValues } from "./describe-long-values.ts";
import { describeOutbox } from "./describe-outbox.ts";
import { describeRecords } from "./describe-records.ts";
import { describeReports } from "./describe-reports.ts";
import { describeRetention } from "./describe-retention.ts";
import { describeReviewRoom } from "./describe-review-room.ts";
import { describeReviews } from "./describe-reviews.ts";
import { describeSealing } from "./describe-sealing.ts";
import { describeSealingByTarget } from "./describe-sealing-by-target.ts";
import { describeSessions } from "./describe-sessions.ts";
import { describeTakenClusters } from "./describe-taken-clusters.ts";
import { describeTexts } from "./describe-texts.ts";
import { describeTurnedSettings } from "./describe-turned-settings.ts";
import { describeUpgrades } from "./describe-upgrades.ts";
import { startPostgres, type TestPostgres } from "./start-postgres.ts";

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const makeDatabase = () => server.makeDatabase();
const makeStore = () => server.makeStore();

describeLedger("PostgreSQL", makeDatabase);
describeJournal("PostgreSQL", makeStore);
describeChanges("PostgreSQL", makeStore);
describeLongValues("PostgreSQL", makeStore);
describeTakenClusters("PostgreSQL", makeStore);
describeTurnedSettings("PostgreSQL", makeStore);
describeLeases("PostgreSQL", makeStore);
describeRecords("PostgreSQL", makeStore);
describeOutbox("PostgreSQL", makeStore);
describeActs("PostgreSQL", makeStore);
describeReviews("PostgreSQL", makeStore);
describeReviewRoom("PostgreSQL", makeStore);
describeReports("PostgreSQL", makeStore);
describeTexts("PostgreSQL", makeStore);

describeRetention("PostgreSQL", makeStore);
describeSessions("PostgreSQL", makeStore);
describeSealing("PostgreSQL", makeStore);
describeSealingByTarget("PostgreSQL", makeStore);
describeUpgrades("PostgreSQL", makeDatabase);

async function refusalOf(location: string): Promise<unknown> {
  return openStore(location, ACME).catch((refusal: unknown) => refusal);
}

describe("a store at a postgres:// URL", () => {
  test("a wrong password is an error that shows the server and no secret", async () => {
    const url = new URL(await makeDatabase());
    url.password = "wrong-secret";
    url.searchParams.set("application_name", "secret-too");
    const error = await refusalOf(url.href);
    expect(error).toMatchObject({ code: "store_failed", next: "stop", message: expect.stringContaining(url.host) });
    expect(String(error)).not.toContain("secret");
  });

  test("a server that does not listen is an error to try again", async () => {
    const error = await refusalOf("postgres://keeper:secret@127.0.0.1:1/pools");
    expect(error).toMatchObject({
      code: "store_failed",
      next: "retry",
      message: expect.stringContaining("127.0.0.1:1"),
    });
    expect(String(error)).not.toContain("secret");
  });

  test("a database that does not exist is an error that names it", async () => {
    const error = await refusalOf(server.url("missing"));
    expect(error).toMatchObject({ code: "store_failed", next: "stop", message: expect.stringContaining("missing") });
  });

  test("a URL that can't be read is an error without the URL", async () => {
    const error = await refusalOf("postgres://keeper:secret@[::1/pools");
    expect(error).toMatchObject({ code: "store_failed", next: "stop" });
    expect(String(error)).not.toContain("secret");
  });

  test("an idle connection that the server ends does not end the process, and the next call works", async () => {
    const ledger = await openStore(await makeDatabase(), ACME);
    const client = new Client({ connectionString: server.url("postgres") });
    await client.connect();
    await client.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'poolkeeper'");
    await client.end();
    await expect.poll(() => ledger.readOwned().catch(() => "not yet")).toEqual([]);
    await ledger.close();
  });
});
