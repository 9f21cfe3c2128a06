import { describe, expect, onTestFinished, test } from "vitest";
import type { Kind } from "../../src/kinds/registry.ts";
import type { Address } from "../../src/model/address.ts";
import type { ChangeQuery, IntendedChange } from "../../src/model/ledger/change-log.ts";
import type { JournalEntry, Ledger } from "../../src/model/ledger/ledger.ts";
import type { Sealing } from "../../src/model/secrets/sealing.ts";
import { RULES_VERSION } from "../../src/sealing/describe-sealing.ts";
import { sealFiles } from "../../src/sealing/seal-files.ts";
import type { StoredRow } from "../../src/store/database/stored-row.ts";
import { type Database, openDatabase } from "../../src/store/open-store.ts";
import { readBlame } from "../../src/store/read-blame.ts";
import { ACME } from "./acme.ts";
import { makeChange, makeIntent } from "./make-change.ts";
import { FUTURE, PAST } from "./make-records.ts";
import { writable } from "./writable.ts";

export const ALL: ChangeQuery = { patterns: [], limit: 1000, order: "oldest" };

/** Records a write as a run does, to its end. */
export async function write(ledger: Ledger, entry: Partial<JournalEntry> = {}, change: Partial<IntendedChange> = {}) {
  const id = await ledger.recordIntent(makeIntent(entry), makeChange(change));
  await ledger.recordSent(id, 0);
  await ledger.recordOutcome(id, "confirmed");
  return id;
}

export async function* yieldAll<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

/** What a change log promises, as tests that every database has to pass. `makeLocation` names a store that is empty. */
export function describeChanges(database: string, makeLocation: () => Promise<string>): void {
  const open = async (): Promise<Database> => {
    const opened = await openDatabase(await makeLocation());
    onTestFinished(() => opened.close());
    return opened;
  };

  describe(`the change log in ${database}`, () => {
    test("a write enters it with its outcome, and says what it changed and who decided it", async () => {
      const store = await writable((await open()).storeOf(ACME));
      const id = await store.recordIntent(
        makeIntent(),
        makeChange({ decided_by: "approval", by: "ada", approval: "7", overrides: ["window"] }),
      );
      await store.recordSent(id, 0);
      expect(await store.readChanges(ALL)).toEqual([]);
      await store.recordOutcome(id, "confirmed");
      expect(await store.readChanges(ALL)).toEqual([
        {
          ...{ seq: 1, at: "2026-11-01T12:00:00.000Z", run_id: "run-1", step_id: "queue.a/update" },
          ...{ address: "queue.a", kind: "queue", physical_name: "a", op: "update", place: null, origin: "commit" },
          ...{ before: { depth: 1 }, after: { depth: 2 }, revision: "abc", digest: "d".repeat(64) },
          ...{ target: "prod", via: "daemon", decided_by: "approval", by: "ada", approval: "7", overrides: ["window"] },
          result: "confirmed",
        },
      ]);
    });

    test("what failed is not in it, nor what was never sent, nor a write without a cause; an unknown outcome may come later", async () => {
      const store = await writable((await open()).storeOf(ACME));
      const failed = await store.recordIntent(makeIntent(), makeChange());
      await store.recordOutcome(failed, "failed", "refused");
      const unsent = await store.recordIntent(makeIntent(), makeChange());
      await store.closeIntent(unsent, "settled by a later run");
      const silent = await store.recordIntent(makeIntent());
      await store.recordOutcome(silent, "confirmed");
      const unknown = await store.recordIntent(makeIntent({ step_id: "late" }), makeChange());
      await store.recordOutcome(unknown, "unknown", "no answer");
      expect(await store.readChanges(ALL)).toEqual([]);
      await store.recordChange(unknown, "unanswered");
      await store.closeIntent(unknown, "settled by a later run");
      expect(await store.readChanges(ALL)).toMatchObject([{ step_id: "late", result: "unanswered" }]);
    });

    test("a write enters it once, however often it is recorded", async () => {
      const store = await writable((await open()).storeOf(ACME));
      const id = await write(store);
      await store.recordOutcome(id, "confirmed");
      await store.recordChange(id, "unanswered");
      await store.closeIntent(id);
      expect(await store.readChanges(ALL)).toMatchObject([{ seq: 1, result: "confirmed" }]);
    });

    test("writes that end at the same time have numbers without a gap, of each control plane by itself", async () => {
      const opened = await open();
      const store = await writable(opened.storeOf(ACME));
      const other = await writable(opened.storeOf({ ...ACME, org: "other" }));
      await write(other);
      await Promise.all(Array.from({ length: 30 }, (_, index) => write(store, { step_id: `s${index}` })));
      const entries = await store.readChanges(ALL);
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
      expect(new Set(entries.map(({ step_id }) => step_id)).size).toBe(30);
      expect(await other.readChanges(ALL)).toMatchObject([{ seq: 1 }]);
    });

    test("it is read by target with what commands wrote, by address, between numbers, and from either end", async () => {
      const store = await writable((await open()).storeOf(ACME));
      await write(store, {}, { target: "prod" });
      await write(store, {}, { target: "dev" });
      const b = { address: "queue.b", physical_name: "b" } as const;
      await write(store, b, { target: null, via: "cli", decided_by: "command" });
      await write(store, b, { target: "prod" });
      const seqs = async (query: Partial<ChangeQuery>) =>
        (await store.readChanges({ ...ALL, ...query })).map(({ seq }) => seq);
      expect(await seqs({ target: "prod" })).toEqual([1, 3, 4]);
      expect(await seqs({ target: "prod", former: ["dev"] })).toEqual([1, 2, 3, 4]);
      expect(await seqs({ address: "queue.b" })).toEqual([3, 4]);
      expect(await seqs({ after: 1, before: 4 })).toEqual([2, 3]);
      expect(await seqs({ order: "newest", limit: 2 })).toEqual([4, 3]);
    });

    test("it is read by object under every name that it had, with what was written to others for its sake", async () => {
      const store = await writable((await open()).storeOf(ACME));
      const change = (address: Address, physical_name: string, kind: Kind = "cluster") =>
        write(store, { address, physical_name }, { kind });
      await change("cluster.a", "a");
      await change("cluster.renamed", "a");
      await change("cluster.renamed", "a-dev");
      await change("cluster.renamed", "any", "queue");
      await change("queue.any", "any", "queue");
      await change("cluster.other", "b");
      const seqs = async (address: Address) => (await store.readChanges({ ...ALL, address })).map(({ seq }) => seq);
      for (const name of ["a", "renamed", "a-dev"] as const)
        expect(await seqs(`cluster.${name}`)).toEqual([1, 2, 3, 4]);
      expect(await seqs("queue.any")).toEqual([4, 5]);
      expect(await seqs("cluster.none")).toEqual([]);
    });

    test("it tells the runs that wrote, by decision, those that wrote last first, with what they wrote to", async () => {
      const store = await writable((await open()).storeOf(ACME));
      const byAda = { decided_by: "approval", by: "ada", approval: "7", overrides: ["window"] } as const;
      for (let index = 0; index < 25; index += 1) await write(store, { physical_name: `q${index}` }, byAda);
      await write(store, { physical_name: "b", at: "2026-11-01T13:00:00.000Z" }, { decided_by: "drift" });
      await write(store, { run_id: "run-2" }, { target: "dev" });
      await write(
        store,
        { run_id: "run-3", op: "delete" },
        { target: null, via: "cli", decided_by: "command", by: "me" },
      );
      const runs = await store.readRuns({ target: "prod", limit: 10 });
      const auto = { approval: null, overrides: [], revision: "abc", digest: "d".repeat(64) };
      expect(runs).toEqual([
        {
          ...{ ...auto, run_id: "run-3", target: null, via: "cli", decided_by: "command", by: "me" },
          ...{ at: "2026-11-01T12:00:00.000Z", first_seq: 28, last_seq: 28, writes: 1, objects: ["queue.a"] },
        },
        {
          ...{ ...auto, run_id: "run-1", target: "prod", via: "daemon", decided_by: "drift", by: "poolkeeper" },
          ...{ at: "2026-11-01T13:00:00.000Z", first_seq: 26, last_seq: 26, writes: 1, objects: ["queue.b"] },
        },
        {
          ...{ ...auto, ...byAda, run_id: "run-1", target: "prod", via: "daemon", at: "2026-11-01T12:00:00.000Z" },
          ...{ first_seq: 1, last_seq: 25, writes: 25 },
          objects: Array.from({ length: 20 }, (_, index) => `queue.q${index}`),
        },
      ]);
      expect((await store.readRuns({ limit: 2 })).map(({ run_id }) => run_id)).toEqual(["run-3", "run-2"]);
    });

    test("it has a retention of its own, and what is not in it yet stays", async () => {
      const opened = await open();
      const store = await writable(opened.storeOf(ACME));
      await write(store, { at: PAST, step_id: "old" });
      await write(store, { at: FUTURE, step_id: "young" });
      const open_ = await store.recordIntent(makeIntent({ at: PAST, step_id: "open" }), makeChange());
      await opened.records.prune(FUTURE, 1, "2025-01-01T00:00:00.000Z");
      expect(await store.readChanges(ALL)).toHaveLength(2);
      await opened.records.prune(FUTURE, 1, "2026-10-01T00:00:00.000Z");
      await store.recordChange(open_, "unanswered");
      expect((await store.readChanges(ALL)).map(({ step_id }) => step_id)).toEqual(["young", "open"]);
    });

    test("of each control plane, what was written after an entry that stays does so too, whatever the clock said", async () => {
      const opened = await open();
      const [acme, other] = [opened.storeOf(ACME), opened.storeOf({ ...ACME, org: "other" })];
      const [store, another] = [await writable(acme), await writable(other)];
      await write(store, { at: PAST, step_id: "old" });
      for (const ledger of [store, another]) {
        await write(ledger, { step_id: "young" });
        await write(ledger, { at: PAST, step_id: "misdated" });
      }
      await write(await writable(opened.storeOf({ ...ACME, org: "third" })), { at: PAST });
      const removed = await opened.records.prune(PAST, 1, "2026-10-01T00:00:00.000Z");
      expect(removed).toEqual({ change_entry: 2 });
      for (const ledger of [store, another])
        expect((await ledger.readChanges(ALL)).map(({ step_id }) => step_id)).toEqual(["young", "misdated"]);
    });

    test("what was written at one place is told from what was at another one, and where a field comes from by the place that counts", async () => {
      const opened = await open();
      const storeAt = (flyteadmin: string) => opened.storeOf({ ...ACME, flyteadmin });
      const row = { address: "cluster_pool_attributes.a", physical_name: "a" } as const;
      for (const [place, after] of [
        ["https://one", { cluster_pool: "x", depth: 1 }],
        ["https://two", { cluster_pool: "y" }],
      ] as const) {
        await write(await writable(storeAt(place)), row, { kind: "cluster_pool_attributes", before: {}, after });
      }
      await write(await writable(storeAt("https://two")));
      const store = storeAt("https://two");
      const read = async (query: Partial<ChangeQuery>) =>
        (await store.readChanges({ ...ALL, ...query })).map(({ seq, place }) => [seq, place]);
      const all = [
        [1, "https://one"],
        [2, "https://two"],
        [3, null],
      ];
      expect(await read({})).toEqual(all);
      expect(await read({ address: row.address })).toEqual(all.slice(0, 2));
      expect(await read({ address: row.address, place: "https://one" })).toEqual(all.slice(0, 1));
      expect(await read({ here: true })).toEqual(all.slice(1));
      const blame = await readBlame(store, { address: row.address, patterns: [], look: async () => null });
      expect(blame?.fields).toMatchObject([{ path: "cluster_pool", value: "y", source: { entry: { seq: 2 } } }]);
    });

    test("who reads on over a restore misses nothing that is written after it, here and in another store", async () => {
      const opened = await open();
      const [acme, other] = [ACME, { ...ACME, org: "other" }];
      for (const step_id of ["1", "2"]) await write(await writable(opened.storeOf(acme)), { step_id });
      const journal = await writable(opened.storeOf(acme));
      const unsent = await journal.recordIntent(makeIntent(), makeChange());
      const sent = await journal.recordIntent(makeIntent({ step_id: "sent" }), makeChange());
      await journal.recordSent(sent, 0);
      const backup: StoredRow[] = [];
      for await (const row of opened.snapshot()) backup.push(row);
      for (const step_id of ["3", "4"])
        for (const ledger of [acme, other]) await write(await writable(opened.storeOf(ledger)), { step_id });
      const last = async (ledger: typeof ACME) => (await opened.storeOf(ledger).readChanges(ALL)).at(-1)?.seq ?? 0;
      const seen = new Map([
        [acme, await last(acme)],
        [other, await last(other)],
      ]);
      for (const restored of [opened, await open()]) {
        await restored.restore(yieldAll(backup), true);
        for (const [ledger, after] of seen) {
          const store = await writable(restored.storeOf(ledger));
          await write(store, { step_id: "5" });
          const news = await store.readChanges({ ...ALL, after });
          expect(news).toMatchObject([{ step_id: "5" }]);
          seen.set(ledger, news.at(-1)?.seq ?? 0);
        }
        const store = await writable(restored.storeOf(acme));
        for (const id of [unsent, sent]) await store.recordChange(id, "unanswered");
        const steps = (await store.readChanges(ALL)).map(({ step_id }) => step_id);
        expect(steps).toEqual(["1", "2", "5", "sent"]);
      }
    });

    const VALUES = { settings: { annotations: { note: "canary", other: "shown" } } };
    const SETTINGS = { kind: "settings", before: null, after: VALUES } as const;
    const sealingOf = (patterns: readonly string[], own = {}): Sealing => ({ rules: RULES_VERSION, patterns, own });

    test("a value that was sealed by fewer rules than count is not shown, and the next pass seals it", async () => {
      const store = await writable((await open()).storeOf(ACME));
      await store.vaultKey();
      const sealed_by = await store.noteSealing(sealingOf([]));
      await write(store, { address: "settings.acme" }, { ...SETTINGS, sealed_by });
      expect(await store.readChanges(ALL)).toMatchObject([{ after: VALUES }]);
      const strict = { ...ALL, patterns: ["*.note"] };
      expect(await store.readChanges(strict)).toMatchObject([{ after: null, withheld: true }]);
      const required = { sealing: sealingOf(["*.note"]), isWhole: true };
      await store.sealLedger({ ...required, target: "prod", seal: sealFiles });
      const [entry] = await store.readChanges(strict);
      expect(entry).toMatchObject({
        after: { settings: { annotations: { note: { sealed: true }, other: "shown" } } },
      });
      expect(entry).not.toHaveProperty("withheld");
    });

    test("a credential in an address that a release before did not seal is not shown either, and the next pass seals it", async () => {
      const store = await writable((await open()).storeOf(ACME));
      await store.vaultKey();
      const sealed_by = await store.noteSealing({ ...sealingOf([]), rules: RULES_VERSION - 1 });
      const after = { settings: { "storage.raw_data_path": "https://a.example.com/raw?sv=1&sig=canary" } };
      await write(store, { address: "settings.acme" }, { ...SETTINGS, after, sealed_by });
      expect(await store.readChanges(ALL)).toMatchObject([{ after: null, withheld: true }]);
      await store.sealLedger({ sealing: sealingOf([]), isWhole: true, target: "prod", seal: sealFiles });
      const sealed = { settings: { "storage.raw_data_path": { sealed: true } } };
      expect(await store.readChanges(ALL)).toMatchObject([{ after: sealed }]);
    });

    test("targets with other rules for one control plane agree: what one has sealed, another one leaves as it is", async () => {
      const opened = await open();
      const store = await writable(opened.storeOf(ACME));
      await store.vaultKey();
      const sealed_by = await store.noteSealing(sealingOf([]));
      await write(store, { address: "settings.acme" }, { ...SETTINGS, sealed_by });
      const readRows = async () => {
        const rows: unknown[] = [];
        for await (const { table, row } of opened.snapshot()) if (table === "change_entry") rows.push(row);
        return rows;
      };
      const sealBy = (target: string, sealing: Sealing) =>
        store.sealLedger({ target, sealing, isWhole: true, seal: sealFiles });
      const [one, two] = [sealingOf(["*.note"]), sealingOf([], { "settings.acme": ["annotations.other"] })];
      await sealBy("one", one);
      await sealBy("two", two);
      const rows = await readRows();
      expect(JSON.stringify(rows)).not.toMatch(/canary|shown/);
      await sealBy("one", one);
      await sealBy("two", two);
      expect(await readRows()).toEqual(rows);
    });
  });
}
