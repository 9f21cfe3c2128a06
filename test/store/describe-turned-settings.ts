import { describe, expect, onTestFinished, test } from "vitest";
import type { IntendedChange } from "../../src/model/ledger/change-log.ts";
import type { Ledger } from "../../src/model/ledger/ledger.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { write } from "./describe-changes.ts";
import { FUTURE, makeApproval, makeAudit, PAST } from "./make-records.ts";
import { writable } from "./writable.ts";

/** A change of the settings of a domain in a run: `queues` are those that they name before and after, null where they name none. */
async function turn(
  ledger: Ledger,
  run_id: string,
  queues: readonly (string | null)[],
  change: Partial<IntendedChange>,
) {
  const [before, after] = queues.map((queue) => ({ settings: { "run.default_queue": queue, "run.other": 1 } }));
  const address = "settings.acme/development" as const;
  const entry = { run_id, address, physical_name: "acme/development", op: "update", phase: null } as const;
  const fields = { kind: "settings", before: before ?? null, after: after ?? null } as const;
  await write(ledger, { ...entry, wrote: null, at: "2026-11-01T12:00:00.000Z" }, { ...fields, ...change });
}

/** A move of a cluster for a commit, in a run. */
async function move(ledger: Ledger, run_id: string, change: Partial<IntendedChange>) {
  const entry = { run_id, address: "cluster.c1", physical_name: "c1", op: "move", phase: null } as const;
  const fields = { kind: "cluster", before: { pool: "pa", region: "eu" }, after: { pool: "pb" } } as const;
  const wrote = { kind: "cluster", set: { pool: "pb" } } as const;
  await write(ledger, { ...entry, wrote, at: "2026-11-01T12:00:00.000Z" }, { ...fields, revision: "abc", ...change });
}

/** A row of a project that names another pool for a commit, in a run whose change is on record. */
async function putRow(ledger: Ledger, run_id: string, change: Partial<IntendedChange>) {
  const address = "cluster_pool_attributes.team1" as const;
  const entry = { run_id, address, physical_name: "team1", op: "update", phase: null, wrote: null } as const;
  const fields = { before: { clusterPoolName: "pa" }, after: { clusterPoolName: "pb" } };
  const at = "2026-11-01T12:00:00.000Z";
  await write(ledger, { ...entry, at }, { kind: "cluster_pool_attributes", ...fields, ...change });
  await ledger.settleOwnWrites(address);
}

/** What a change log has of settings that rollouts made to name another queue, as tests that every database has to pass. `makeLocation` names a store that is empty. */
export function describeTurnedSettings(database: string, makeLocation: () => Promise<string>): void {
  const open = async () => {
    const opened = await openDatabase(await makeLocation());
    onTestFinished(() => opened.close());
    return writable(opened.storeOf(ACME));
  };

  describe(`of settings that were made to name another queue, the change log in ${database}`, () => {
    test("has those of a daemon since the last time that nothing was left to do, and since lost runs were allowed", async () => {
      const store = await open();
      await turn(store, "run-1", ["qa", "qb"], {});
      expect(await store.readTurned()).toEqual([{ name: "acme/development", from: "qa", to: "qb", seq: 1 }]);
      await store.settleChanges();
      expect(await store.readTurned()).toEqual([]);
      await turn(store, "run-2", ["qb", "qc"], {});
      await turn(store, "run-2", ["qc", "qc"], {});
      await turn(store, "run-3", ["qc", null], { overrides: ["apps"] });
      expect(await store.readTurned()).toEqual([
        { name: "acme/development", from: "qb", to: "qc", seq: 2 },
        { name: "acme/development", from: "qc", to: null, seq: 4 },
      ]);
      await turn(store, "run-4", [null, "qd"], { overrides: ["apps", "black-hole"] });
      await turn(store, "run-5", ["qd", "qe"], {});
      expect(await store.readTurned()).toEqual([{ name: "acme/development", from: "qd", to: "qe", seq: 6 }]);
    });

    test("has those before a loss elsewhere was allowed, with what was allowed, as long as they are not whole", async () => {
      const opened = await openDatabase(await makeLocation());
      onTestFinished(() => opened.close());
      const store = await writable(opened.storeOf(ACME));
      await turn(store, "run-1", ["qa", "qb"], {});
      const allowed = { addresses: [], concerns: ["queues.any project in development"] };
      const id = "allows";
      const allowances = [
        { check: "black-hole", ...allowed },
        { check: "apps", addresses: ["queue.q" as const] },
      ];
      await opened.records.addApproval(makeApproval({ id, overrides: ["black-hole"], allowances }), makeAudit({ id }));
      await turn(store, "run-2", ["qb", "qc"], { approval: id, overrides: ["black-hole", "apps"] });
      await turn(store, "run-3", ["qc", "qd"], {});
      await opened.records.moveApproval(id, "begin");
      await opened.records.moveApproval(id, "finish");
      await opened.records.prune(FUTURE, 1, PAST);
      expect(await store.readTurned()).toEqual([
        { name: "acme/development", from: "qa", to: "qb", seq: 1, allowed: [{ ...allowed, seq: 2 }] },
        { name: "acme/development", from: "qb", to: "qc", seq: 2, allowed: [{ ...allowed, seq: 2 }] },
        { name: "acme/development", from: "qc", to: "qd", seq: 3 },
      ]);
      await store.settleChanges();
      await opened.records.prune(FUTURE, 1, PAST);
      expect(await opened.records.readApprovals("prod")).toEqual([]);
    });

    test("has those of the command line as long as its run is unfinished", async () => {
      const store = await open();
      await turn(store, "run-1", ["qa", "qb"], { target: null });
      expect(await store.readTurned()).toEqual([]);
      const move = { run_id: "run-1", address: "cluster.c1", physical_name: "c1", op: "drain", phase: null } as const;
      const wrote = { kind: "cluster", set: {} } as const;
      await write(
        store,
        { ...move, wrote, at: "2026-11-01T12:00:00.000Z" },
        { kind: "cluster", target: null, before: { pool: "pa" }, after: { pool: "pa" } },
      );
      expect(await store.readTurned()).toEqual([{ name: "acme/development", from: "qa", to: "qb", seq: 1 }]);
      await store.settleOwnWrites("cluster.c1");
      expect(await store.readTurned()).toEqual([]);
    });

    test("has all that a daemon wrote for commits to what routing depends on, as it was before, since nothing was left to do", async () => {
      const store = await open();
      await move(store, "run-1", {});
      await store.settleOwnWrites("cluster.c1");
      await move(store, "run-1", { revision: null });
      await move(store, "run-2", { target: null });
      await store.settleOwnWrites("cluster.c1");
      await turn(store, "run-3", ["qa", null], { revision: "abc" });
      await putRow(store, "run-3", { revision: "abc" });
      const moved = { name: "c1", op: "move", before: { pool: "pa" }, after: { pool: "pb" } } as const;
      const written = [
        { ...moved, kind: "cluster", revision: "abc" },
        {
          ...{ kind: "settings", name: "acme/development", op: "update", revision: "abc" },
          ...{ before: { queue: "qa" }, after: { queue: null } },
        },
        {
          ...{ kind: "cluster_pool_attributes", name: "team1", op: "update", revision: "abc" },
          ...{ before: { value: "pa" }, after: { value: "pb" } },
        },
      ];
      expect(await store.readRoutingWrites()).toEqual(written);
      // What was put back was there before.
      await putRow(store, "run-4", { revision: "abc", origin: "drift" });
      expect(await store.readRoutingWrites()).toEqual(written);
      // A rollout of another commit is under way: all that it has written is.
      await move(store, "run-5", { revision: "def" });
      await store.settleOwnWrites("cluster.c1");
      await move(store, "run-6", { revision: "def" });
      const begun = { ...moved, kind: "cluster", revision: "def", unfinished: true };
      expect(await store.readRoutingWrites()).toEqual([...written, begun, begun]);
      await store.settleOwnWrites("cluster.c1");
      await store.settleChanges();
      expect(await store.readRoutingWrites()).toEqual([]);
      await move(store, "run-4", { target: null, before: null });
      expect(await store.readRoutingWrites()).toEqual([]);
    });
  });
}
