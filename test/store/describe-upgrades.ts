import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { STORE_FILE } from "../../src/store/database/store-schema.ts";
import { holdLease } from "../../src/store/leases/hold-lease.ts";
import { type Database, type DatabaseOptions, openDatabase } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { makeOwnedQueue } from "./make-owned-queue.ts";

/** Leaves a store as a newer release has it, beside those that have it open. */
export const upgradeByNewer = (location: string) =>
  execute(location, "insert into store_migration (version) values (99)");

/** Makes a store one of the last release whose daemons don't notice an upgrade. */
const AS_BEFORE =
  "drop table settled_change; drop index told_comment_at; drop index outbox_entry_line; drop index outbox_entry_ended; drop index outbox_entry_sender; drop index outbox_entry_served; drop index outbox_entry_turn; drop index outbox_entry_seq; alter table outbox_entry drop column target; alter table outbox_entry drop column seq; alter table outbox_entry drop column turn; alter table outbox_entry drop column rests; alter table outbox_entry drop column left_out; alter table alarm drop column untold; drop index audit_entry_action; drop index audit_entry_target; alter table shown_plan drop column author; drop index request_review_head; drop index request_review_name; drop index request_review_undecided; alter table request_review drop column head; alter table request_review drop column undecided; alter table owned_object drop column unconfirmed; alter table lease rename to writer_lease; delete from store_migration where version > 38";

async function execute(location: string, statements: string): Promise<void> {
  if (!location.startsWith("postgres")) {
    const database = new DatabaseSync(join(location, STORE_FILE));
    database.exec(statements);
    database.close();
    return;
  }
  const client = new Client({ connectionString: location });
  await client.connect();
  await client.query(statements).finally(() => client.end());
}

async function open(location: string, options?: DatabaseOptions): Promise<Database> {
  const database = await openDatabase(location, options);
  onTestFinished(() => database.close());
  return database;
}

/** What an upgrade of a store promises beside those that use it, as tests that every database has to pass. */
export function describeUpgrades(database: string, makeLocation: () => Promise<string>): void {
  describe(`an upgrade of a store in ${database}`, () => {
    test("by a newer release ends the leases and writes of those that had it open", async () => {
      const location = await makeLocation();
      const { records, storeOf } = await open(location);
      const store = storeOf(ACME);
      const held = await holdLease(store.leases);
      const ledger = store.under(held.record);
      await ledger.recordOwned(makeOwnedQueue("a"));
      await upgradeByNewer(location);
      const refused = { code: "store_too_new", message: expect.stringContaining("upgraded by a newer release") };
      await expect(ledger.recordOwned(makeOwnedQueue("b"))).rejects.toMatchObject(refused);
      await expect(records.proveWrite()).rejects.toMatchObject(refused);
      await expect(held.confirm()).rejects.toMatchObject(refused);
      expect(held.lost.aborted).toBe(true);
      expect(() => held.check()).toThrow("upgraded by a newer release");
      await held.release();
      await expect(holdLease(store.leases)).rejects.toMatchObject(refused);
      expect((await store.readOwned()).map(({ name }) => name)).toEqual(["a"]);
      expect(await store.leases.read()).toMatchObject({ released: true, fencing_number: 1 });
    });

    test("does not happen while a daemon of the release before is running on it, but by a daemon", async () => {
      const location = await makeLocation();
      const { records } = await open(location);
      await records.proveWrite();
      await execute(location, AS_BEFORE);
      for (const _again of [1, 2]) {
        await expect(openDatabase(location)).rejects.toMatchObject({
          code: "store_not_upgraded",
          message: expect.stringMatching(
            /version 38.*Use the poolkeeper of that daemon's release, or replace the daemon/,
          ),
        });
      }
      await execute(location, "select fencing_number from writer_lease");
      await (await open(location, { isDaemon: true })).records.proveWrite();
      // That one takes no lease any more.
      await expect(execute(location, "select fencing_number from writer_lease")).rejects.toThrow("writer_lease");
      await open(location);
    });

    test("is not what a backup does", async () => {
      const location = await makeLocation();
      await open(location);
      await execute(location, AS_BEFORE);
      await expect(openDatabase(location, { keepsVersion: true })).rejects.toMatchObject({
        code: "store_not_upgraded",
        message: expect.stringMatching(
          /version 38.*Nothing was changed. Make the backup with the poolkeeper of that release/,
        ),
      });
      await execute(location, "select fencing_number from writer_lease");
      const warnings: string[] = [];
      const warn = (warning: string) => void warnings.push(warning);
      await open(location, { warn });
      expect(warnings).toEqual([expect.stringMatching(/is upgraded from version 38 to \d+: earlier releases/)]);
      await open(location, { warn, keepsVersion: true });
      expect(warnings).toHaveLength(1);
    });

    test("happens once no daemon is running on it", async () => {
      const location = await makeLocation();
      await (await open(location)).records.proveWrite();
      await execute(location, AS_BEFORE);
      await execute(location, "update store_probe set at = '2026-01-01T00:00:00.000Z'");
      await (await open(location)).records.proveWrite();
    });
  });
}
