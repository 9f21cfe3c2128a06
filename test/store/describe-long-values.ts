import { describe, expect, onTestFinished, test } from "vitest";
import { type ChangeQuery, MOST_VALUES } from "../../src/model/ledger/change-log.ts";
import type { JournalEntry } from "../../src/model/ledger/ledger.ts";
import type { StoredRow } from "../../src/store/database/stored-row.ts";
import { type Database, openDatabase } from "../../src/store/open-store.ts";
import { readBlame } from "../../src/store/read-blame.ts";
import { ACME } from "./acme.ts";
import { ALL, write, yieldAll } from "./describe-changes.ts";
import { makeChange, makeIntent } from "./make-change.ts";
import { writable } from "./writable.ts";

/** What a change log promises of long values, as tests that every database has to pass. `makeLocation` names a store that is empty. */
export function describeLongValues(database: string, makeLocation: () => Promise<string>): void {
  const open = async (): Promise<Database> => {
    const opened = await openDatabase(await makeLocation());
    onTestFinished(() => opened.close());
    return opened;
  };

  describe(`long values of the change log in ${database}`, () => {
    test("what a control plane says beyond what objects have is in it by length and hash, and all else of the same object whole", async () => {
      const store = await writable((await open()).storeOf(ACME));
      const clusters = ["c1", "c".repeat(1_500_000)];
      const labels = { team: "ml", a: "x".repeat(500_000) };
      await write(store, {}, { before: { state: "active", clusters }, after: { state: "drained", clusters } });
      await write(
        store,
        {},
        { kind: "settings", before: { settings: { labels } }, after: { settings: { labels: {} } } },
      );
      const many = Object.fromEntries(Array.from({ length: 90_000 }, (_, index) => [`label-${index}`, "x"]));
      await write(store, {}, { kind: "settings", before: { settings: { labels: many, queue: "any" } }, after: null });
      const read = await store.readChanges(ALL);
      expect(read.map(({ before }) => JSON.stringify(before).length).filter((length) => length > 65_536)).toEqual([]);
      const cut = (length: string) =>
        expect.stringMatching(`^.too long to keep: ${length} characters, SHA-256 [0-9a-f]{64}.$`);
      expect(read[0]).toMatchObject({ before: { state: "active", clusters: cut("1,500,009") } });
      expect(read[0]?.after).toEqual({ state: "drained", clusters: read[0]?.before?.clusters });
      expect(read[1]?.before).toEqual({ settings: { labels: { team: "ml", a: cut("500,002") } } });
      expect(read[2]?.before).toMatchObject({
        settings: { queue: "any", labels: { "(more)": cut("[0-9,]+") } },
      });
    });

    test("what a queue had before that is too long to keep is not known, and all else that decides where work goes is", async () => {
      const store = await writable((await open()).storeOf(ACME));
      await write(
        store,
        {},
        { before: { state: "active", clusters: ["c".repeat(100_000)] }, after: { state: "drained" } },
      );
      expect(await store.readRoutingWrites()).toMatchObject([
        { before: { state: "active" }, after: { state: "drained" } },
      ]);
      expect((await store.readRoutingWrites())[0]?.before).not.toHaveProperty("clusters");
    });

    test("a write that is tried again and again without an answer has long values once, and each try is in it", async () => {
      const store = await writable((await open()).storeOf(ACME));
      const attempt = async (set: Partial<JournalEntry>, letter: string, revision = "abc", length = 5_000) => {
        const before = { state: "active", clusters: [letter.repeat(length)] };
        const id = await store.recordIntent(
          makeIntent(set),
          makeChange({ before, after: { state: "drained" }, revision }),
        );
        await store.recordSent(id, 0);
        await store.recordOutcome(id, "unknown", "no answer");
        return id;
      };
      const unanswered = async (...attempted: Parameters<typeof attempt>) =>
        store.recordChange(await attempt(...attempted), "unanswered");
      await unanswered({ run_id: "other", step_id: "another" }, "o");
      await unanswered({ run_id: "1" }, "a");
      await unanswered({ run_id: "2" }, "b", "abc", 10);
      await unanswered({ run_id: "3" }, "c", "def");
      await unanswered({ run_id: "4" }, "d");
      // Its outcome could not be read since.
      await attempt({ run_id: "5" }, "e");
      const last = await attempt({ run_id: "6" }, "f");
      const read = async () =>
        (await store.readChanges(ALL)).map(({ run_id, before, after, left_out }) => [
          run_id,
          ...(left_out === true ? [before, after] : [String(before?.clusters).slice(0, 1)]),
        ]);
      const entered = [
        ["other", "o"],
        ["1", null, null],
        ["2", "b"],
        ["3", "c"],
        ["4", null, null],
      ];
      expect(await read()).toEqual(entered);
      await store.recordOutcome(last, "confirmed");
      expect(await read()).toEqual([...entered, ["6", "f"]]);
      expect(await store.readRoutingWrites()).toHaveLength(7);
      const blame = await readBlame(store, { address: "queue.a", patterns: [], look: async () => null });
      expect(blame?.fields).toMatchObject([{ path: "state", value: "drained" }]);
    });

    test("long values are read some at a time, from either end, and one that is too long not at all; a blame needs the newest alone", async () => {
      const opened = await open();
      const long = MOST_VALUES / 4;
      const lengths = [long, long, long, long, MOST_VALUES, long, 1];
      for (const [index] of lengths.entries())
        await write(await writable(opened.storeOf(ACME)), {}, { before: null, after: { note: `${index}` } });
      // As earlier releases have kept them.
      const rows: StoredRow[] = [];
      for await (const { table, row } of opened.snapshot()) {
        const after = () => JSON.stringify({ note: "a".repeat(lengths[Number(row.seq) - 1] ?? 0) });
        rows.push({ table, row: table === "change_entry" ? { ...row, after: after() } : row });
      }
      await opened.restore(yieldAll(rows), true);
      const store = opened.storeOf(ACME);
      const seqs = async (query: Partial<ChangeQuery>) =>
        (await store.readChanges({ ...ALL, ...query })).map(({ seq, too_large }) =>
          too_large === undefined ? seq : `${seq} long`,
        );
      expect(await seqs({})).toEqual([1, 2, 3]);
      expect(await seqs({ after: 3 })).toEqual([4, "5 long", 6, 7]);
      expect(await seqs({ order: "newest" })).toEqual([7, 6, "5 long", 4, 3]);
      expect(await seqs({ order: "newest", limit: 2 })).toEqual([7, 6]);
      expect(await seqs({ bytes: 1 })).toEqual([1]);
      expect(await seqs({ after: 4, limit: 1 })).toEqual(["5 long"]);
      const blame = await readBlame(store, { address: "queue.a", patterns: [], look: async () => null });
      expect(blame?.fields).toMatchObject([
        { path: "note", value: "a", source: { kind: "written", entry: { seq: 7 } } },
      ]);
    });
  });
}
