import { describe, expect, onTestFinished, test } from "vitest";
import type { Address } from "../../src/model/address.ts";
import type { Ledger, Outcome } from "../../src/model/ledger/ledger.ts";
import { listOwnDrains } from "../../src/model/ledger/own-drains.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { makeChange } from "./make-change.ts";
import { INTENT, open } from "./open-ledger.ts";
import { writable } from "./writable.ts";

function isOutcome(text: string): text is Outcome {
  return ["confirmed", "failed", "unknown"].includes(text);
}

/** What a journal promises, as tests that every database has to pass. */
export function describeJournal(database: string, makeLocation: () => Promise<string>): void {
  describe(`the journal in ${database}`, () => {
    test("an intent is open until its outcome is known", async () => {
      const ledger = await open(await makeLocation());
      const id = await ledger.recordIntent(INTENT);
      expect(await ledger.readOpenIntents()).toEqual([{ ...INTENT, id, status: "intent" }]);
      await ledger.recordSent(id, 0);
      expect(await ledger.readOpenIntents()).toEqual([{ ...INTENT, id, status: "sent" }]);
      await ledger.recordOutcome(id, "confirmed");
      expect(await ledger.readOpenIntents()).toEqual([]);
    });

    test("the last write of an address is the newest that may have been carried out, settled or not", async () => {
      const ledger = await open(await makeLocation());
      expect(await ledger.readLastWrites()).toEqual({});
      const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;
      const [first, second, third] = [at(1), at(2), at(3)];
      await ledger.recordOutcome(await ledger.recordIntent({ ...INTENT, at: first }), "confirmed");
      expect(await ledger.readLastWrites()).toEqual({ [INTENT.address]: first });
      await ledger.recordOutcome(await ledger.recordIntent({ ...INTENT, at: third }), "failed");
      expect(await ledger.readLastWrites()).toEqual({ [INTENT.address]: first });
      await ledger.recordIntent({ ...INTENT, at: second });
      expect(await ledger.readLastWrites()).toEqual({ [INTENT.address]: second });
    });

    test("which runs have written for changes is known until these are on record as applied, by run, of that control plane", async () => {
      const opened = await openDatabase(await makeLocation());
      onTestFinished(() => opened.close());
      const store = await writable(opened.storeOf(ACME));
      const other = await writable(opened.storeOf({ ...ACME, org: "other" }));
      const send = async (ledger: Ledger, run_id: string, address: Address, outcome: Outcome) => {
        const id = await ledger.recordIntent({ ...INTENT, run_id, address });
        await ledger.recordSent(id, 0);
        await ledger.recordOutcome(id, outcome);
      };
      await send(store, "one", "queue.a", "confirmed");
      await send(store, "one", "queue.a", "confirmed");
      await send(store, "two", "queue.a", "unknown");
      await send(store, "two", "queue.b", "confirmed");
      await send(store, "two", "queue.c", "failed");
      await store.recordIntent({ ...INTENT, run_id: "three" });
      await send(other, "four", "queue.a", "confirmed");
      await store.settleOwnWrites("queue.b");
      const begun = await store.readBegunWrites();
      expect(begun.map(({ run_id, address }) => `${run_id} ${address}`).sort()).toEqual(["one queue.a", "two queue.a"]);
    });

    test("what is in place by another writer ends an own drain, and is in no change log", async () => {
      const store = await open(await makeLocation());
      const write = async (op: string, state: string, outcome: Outcome) => {
        const wrote = { kind: "queue", set: { state } } as const;
        const id = await store.recordIntent({ ...INTENT, op, wrote, phase: null }, makeChange());
        await store.recordSent(id, 3_600_000);
        await store.recordOutcome(id, outcome);
      };
      await write("drain", "drained", "confirmed");
      await write("activate", "active", "unknown");
      expect(listOwnDrains(await store.readOwnWrites())).toMatchObject([{ name: INTENT.physical_name }]);
      await write("activate", "active", "in_place");
      expect(listOwnDrains(await store.readOwnWrites())).toEqual([]);
      const changes = await store.readChanges({ patterns: [], limit: 10, order: "oldest" });
      expect(changes.map(({ op }) => op)).toEqual(["drain"]);
      expect((await store.readUnderWay()).map(({ intent }) => intent.status)).toEqual(["unknown"]);
    });

    test("an unknown outcome stays open until it is settled", async () => {
      const ledger = await open(await makeLocation());
      const id = await ledger.recordIntent(INTENT);
      await ledger.recordOutcome(id, "unknown", "the connection was cut after the request");
      expect(await ledger.readOpenIntents()).toEqual([{ ...INTENT, id, status: "unknown" }]);
      await ledger.recordOutcome(id, "failed", "the queue is as it was");
      expect(await ledger.readOpenIntents()).toEqual([]);
    });

    test("what a run has written, or may have written, is told by its name; what was refused or never sent is not", async () => {
      const ledger = await open(await makeLocation());
      const { run_id, address } = INTENT;
      for (const physical_name of ["confirmed", "failed", "unknown", "sent", "never sent"]) {
        const id = await ledger.recordIntent({ ...INTENT, physical_name, phase: "park" });
        if (physical_name === "sent") await ledger.recordSent(id, 0);
        else if (isOutcome(physical_name)) await ledger.recordOutcome(id, physical_name);
      }
      await ledger.recordSent(await ledger.recordIntent({ ...INTENT, run_id: "another" }), 0);
      const written = (await ledger.readWritten(run_id)).toSorted((one, other) =>
        one.physical_name < other.physical_name ? -1 : 1,
      );
      const told = ["confirmed", "sent", "unknown"].map((physical_name) => ({ phase: "park", address, physical_name }));
      expect(written).toEqual(told);
    });

    test("open intents come in the order in which they were written, whatever the clock said", async () => {
      const ledger = await open(await makeLocation());
      for (const minute of ["02", "00", "01"]) {
        await ledger.recordIntent({
          ...INTENT,
          step_id: minute,
          physical_name: minute,
          at: `2026-11-01T12:${minute}:00.000Z`,
        });
      }
      expect((await ledger.readOpenIntents()).map((intent) => intent.step_id)).toEqual(["02", "00", "01"]);
      for (const { id } of await ledger.readOpenIntents()) await ledger.recordOutcome(id, "confirmed");
      const written = await ledger.readWritten(INTENT.run_id);
      expect(written.map(({ physical_name }) => physical_name)).toEqual(["02", "00", "01"]);
    });

    test("an entry can't be settled through another target's ledger", async () => {
      const location = await makeLocation();
      const ledger = await open(location);
      const id = await ledger.recordIntent(INTENT);
      const stranger = await open(location, { org: "globex" });
      await expect(stranger.recordOutcome(id, "confirmed")).rejects.toMatchObject({ code: "store_entry_missing" });
      expect(await ledger.readOpenIntents()).toHaveLength(1);
    });

    test("intents recorded at once each get an entry", async () => {
      const ledger = await open(await makeLocation());
      const ids = await Promise.all(Array.from({ length: 10 }, () => ledger.recordIntent(INTENT)));
      expect(new Set(ids).size).toBe(10);
      expect(await ledger.readOpenIntents()).toHaveLength(10);
    });
  });
}
