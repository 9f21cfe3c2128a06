import { describe, expect, onTestFinished, test } from "vitest";
import type { ChangeQuery, IntendedChange } from "../../src/model/ledger/change-log.ts";
import type { Ledger } from "../../src/model/ledger/ledger.ts";
import { type Database, openDatabase } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { write } from "./describe-changes.ts";
import { makeChange, makeIntent } from "./make-change.ts";
import { FUTURE, makeApproval, makeAudit, PAST } from "./make-records.ts";
import { writable } from "./writable.ts";

const ALL: ChangeQuery = { patterns: [], limit: 1000, order: "oldest" };

/** Changes of clusters in a run for a commit: `pools` are those before and after, null where it is not there. */
function clustersOf(ledger: Ledger, change: Partial<IntendedChange> = {}) {
  return async (
    [run_id, revision]: readonly [string, string | null],
    physical_name: string,
    op: string,
    pools: readonly (string | null)[],
    at = "2026-11-01T12:00:00.000Z",
  ) => {
    const [before, after] = pools.map((pool) => (pool === null ? null : { pool }));
    const address = `cluster.${physical_name}` as const;
    const wrote = { kind: "cluster", set: {} } as const;
    const entry = { run_id, address, physical_name, op, phase: null, wrote, at } as const;
    await write(ledger, entry, {
      ...{ kind: "cluster", revision, before: before ?? null, after: after ?? null },
      ...change,
    });
    return address;
  };
}

/** What a change log has of clusters that rollouts took out of pools, as tests that every database has to pass. `makeLocation` names a store that is empty. */
export function describeTakenClusters(database: string, makeLocation: () => Promise<string>): void {
  const open = async (): Promise<Database> => {
    const opened = await openDatabase(await makeLocation());
    onTestFinished(() => opened.close());
    return opened;
  };

  describe(`of clusters that were taken out of pools, the change log in ${database}`, () => {
    test("has those that were taken for the commit of an unfinished write, or in its run, also if they are settled", async () => {
      const store = await writable((await open()).storeOf(ACME));
      const change = clustersOf(store, { target: null });
      await store.settleOwnWrites(await change(["run-1", "a"], "c0", "move", ["pa", "pb"]));
      expect(await store.readTaken()).toEqual([]);
      await store.settleOwnWrites(await change(["run-1", "b"], "c8", "move", ["pa", "pb"]));
      await store.settleOwnWrites(await change(["run-2", "b"], "c1", "move", ["pa", "pb"]));
      const waiting = await change(["run-2", "b"], "c2", "drain", ["pb", "pb"]);
      await store.settleOwnWrites(await change(["run-3", "b"], "c3", "delete", ["pc", null]));
      await store.settleOwnWrites(await change(["run-3", "b"], "c4", "delete", [null, null]));
      await store.settleOwnWrites(await change(["run-4", "c"], "c5", "move", ["pa", "pb"]));
      await store.settleOwnWrites(await change(["run-5", null], "c6", "move", ["pa", "pb"]));
      const sent = makeIntent({ run_id: "run-6", address: "cluster.c7", physical_name: "c7", op: "move" });
      const unanswered = await store.recordIntent(
        { ...sent, at: FUTURE, wrote: { kind: "cluster", set: {} } },
        makeChange({ kind: "cluster", target: null, revision: "b", before: { pool: "pa" }, after: { pool: "pb" } }),
      );
      await store.recordSent(unanswered, 0);
      expect(await store.readTaken()).toEqual([
        { address: "cluster.c1", cluster: "c1", from: "pa", to: "pb", seq: 3 },
        { address: "cluster.c3", cluster: "c3", from: "pc", to: null, seq: 5 },
        { address: "cluster.c7", cluster: "c7", from: "pa", to: "pb" },
      ]);
      await store.recordOutcome(unanswered, "failed");
      await store.settleOwnWrites(waiting);
      expect(await store.readTaken()).toEqual([]);
    });

    test("has all of a daemon since the last time that nothing was left to do, but for what was allowed", async () => {
      const opened = await open();
      const store = await writable(opened.storeOf(ACME));
      const as = (overrides: readonly string[], more: Partial<IntendedChange> = {}) =>
        clustersOf(store, { overrides, ...more });
      const change = as([]);
      const names = async () => (await store.readTaken()).map(({ cluster }) => cluster);
      await store.settleOwnWrites(await change(["run-1", "a"], "c1", "move", ["pa", "pb"]));
      expect(await names()).toEqual(["c1"]);
      await store.settleChanges();
      await store.settleChanges();
      expect(await names()).toEqual([]);
      await store.settleOwnWrites(await change(["run-2", "b"], "c2", "move", ["pa", "pb"]));
      await store.settleOwnWrites(await change(["run-3", "c"], "c3", "delete", ["pc", null]));
      await store.settleOwnWrites(await as(["black-hole"])(["run-4", "d"], "c4", "move", ["pa", "pb"]));
      await store.settleOwnWrites(await change(["run-5", "e"], "c5", "move", ["pa", "pb"]));
      await store.settleOwnWrites(await as([], { target: null })(["run-5", "e"], "c6", "move", ["pa", "pb"]));
      expect(await names()).toEqual(["c3", "c5"]);
      const allowed = { addresses: ["queue.q", "cluster.c7"], concerns: ["queue.theirs"] };
      const allowances = [
        { check: "black-hole", ...allowed },
        { check: "max-disruption-share", addresses: ["cluster.c8"] },
      ];
      const id = "allows";
      await opened.records.addApproval(makeApproval({ id, overrides: ["black-hole"], allowances }), makeAudit({ id }));
      const approved = as(["black-hole"], { approval: id });
      const waiting = await approved(["run-6", "f"], "c7", "move", ["pa", "pb"]);
      await store.settleOwnWrites(await approved(["run-6", "f"], "c8", "move", ["pd", "pb"]));
      expect(await names()).toEqual(["c3", "c5", "c7", "c8"]);
      await store.settleOwnWrites(waiting);
      await opened.storeOf({ ...ACME, endpoint: "https://other.example.com" }).settleChanges();
      await opened.records.moveApproval(id, "begin");
      await opened.records.moveApproval(id, "finish");
      await opened.records.prune(FUTURE, 1, PAST);
      expect(await store.readTaken()).toMatchObject([
        { cluster: "c3" },
        { cluster: "c5" },
        { cluster: "c7", from: "pa", allowed: [{ ...allowed, seq: 7 }] },
        { cluster: "c8", from: "pd", allowed: [{ ...allowed, seq: 8 }] },
      ]);
      await store.settleChanges();
      expect(await names()).toEqual([]);
      await opened.records.prune(FUTURE, 1, PAST);
      expect(await opened.records.readApprovals("prod")).toEqual([]);
    });

    test("has none that a commit took away before its unfinished run, whatever an older rollout has left unfinished", async () => {
      const store = await writable((await open()).storeOf(ACME));
      const change = clustersOf(store, { target: null });
      await change(["run-1", "w"], "c1", "drain", ["pa", "pa"]);
      await store.settleOwnWrites(await change(["run-2", "x"], "c2", "move", ["pa", "pb"]));
      await store.settleOwnWrites(await change(["run-3", "x"], "c3", "delete", ["pc", null]));
      const waiting = await change(["run-3", "x"], "c4", "drain", ["pd", "pd"]);
      await store.settleOwnWrites(await change(["run-4", "w"], "c5", "move", ["pa", "pb"]));
      const names = async () => (await store.readTaken()).map(({ cluster }) => cluster);
      expect(await names()).toEqual(["c3", "c5"]);
      await store.settleOwnWrites(waiting);
      expect(await names()).toEqual(["c5"]);
    });

    test("has those of a rollout, and these alone, though it has nothing of an older one any more", async () => {
      const opened = await open();
      const store = await writable(opened.storeOf(ACME));
      const change = clustersOf(store, { target: null });
      await change(["run-1", "w"], "c1", "drain", ["pa", "pa"], PAST);
      await store.settleOwnWrites(await change(["run-0", "x"], "c0", "move", ["pa", "pb"]));
      await store.settleOwnWrites(await change(["run-2", "x"], "c2", "move", ["pa", "pb"]));
      await change(["run-2", "x"], "c3", "drain", ["pb", "pb"]);
      await store.settleOwnWrites(await change(["run-3", "x"], "c4", "move", ["pa", "pb"]));
      await store.settleOwnWrites(await change(["run-4", null], "c5", "move", ["pa", "pb"]));
      await change(["run-4", null], "c6", "drain", ["pb", "pb"]);
      await opened.records.prune(PAST, 1, "2026-10-01T00:00:00.000Z");
      expect(await store.readChanges({ ...ALL, address: "cluster.c1" })).toEqual([]);
      expect((await store.readTaken()).map(({ cluster }) => cluster)).toEqual(["c2", "c4", "c5"]);
    });

    test("has one alone of a rollout whose only write has no answer yet", async () => {
      const store = await writable((await open()).storeOf(ACME));
      await store.settleOwnWrites(
        await clustersOf(store, { target: null })(["run-1", "x"], "c1", "move", ["pa", "pb"]),
      );
      const intent = makeIntent({ run_id: "run-2", address: "cluster.c2", physical_name: "c2", op: "move" });
      const moved = {
        kind: "cluster",
        target: null,
        revision: "x",
        before: { pool: "pb" },
        after: { pool: "pa" },
      } as const;
      const id = await store.recordIntent({ ...intent, wrote: { kind: "cluster", set: {} } }, makeChange(moved));
      await store.recordSent(id, 0);
      expect((await store.readTaken()).map(({ cluster }) => cluster)).toEqual(["c2"]);
    });
  });
}
