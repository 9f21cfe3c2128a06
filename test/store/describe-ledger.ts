import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JournalEntry, Outcome, OwnedObject } from "../../src/model/ledger/ledger.ts";
import { holdLease } from "../../src/store/leases/hold-lease.ts";
import { openStore } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { makeChange } from "./make-change.ts";
import { makeOwnedQueue } from "./make-owned-queue.ts";
import { INTENT, OWNED, open, run } from "./open-ledger.ts";
import { writable } from "./writable.ts";

const LEFT: OwnedObject = {
  ...OWNED,
  ...{ address: "queue.batch", kind: "queue", name: "batch", physical_name: "batch-research" },
  left_names: ["batch", "batch-gpu"],
};

const HOUR = 3_600_000;

/** Starts a process that opens the store and records `count` owned queues of its own. */
async function writeInOtherProcess(location: string, writer: string, count: number): Promise<void> {
  await run(process.execPath, [join(import.meta.dirname, "write-owned-queues.ts"), location, writer, String(count)]);
}

/** What a ledger promises, as tests that every database has to pass. `makeLocation` names a store that is empty. */
export function describeLedger(database: string, makeLocation: () => Promise<string>): void {
  describe(`ownership in ${database}`, () => {
    test("a new store owns nothing", async () => {
      expect(await (await open(await makeLocation())).readOwned()).toEqual([]);
    });

    test("what was recorded comes back as it was, after the store was closed and opened again", async () => {
      const location = await makeLocation();
      const first = await writable(await openStore(location, ACME));
      await first.recordOwned(OWNED);
      await first.close();
      expect(await (await open(location)).readOwned()).toEqual([OWNED]);
    });

    test("recording an address again replaces what it had", async () => {
      const ledger = await open(await makeLocation());
      await ledger.recordOwned(OWNED);
      const later = { ...OWNED, physical_name: "gpu-1", previous_names: [], applied: null };
      await ledger.recordOwned(later);
      expect(await ledger.readOwned()).toEqual([later]);
    });

    test("the names that a queue left are kept with it, and as it is recorded last", async () => {
      const ledger = await open(await makeLocation());
      await ledger.recordOwned(LEFT);
      expect(await ledger.readOwned()).toEqual([LEFT]);
      const later = { ...LEFT, left_names: ["batch"] };
      await ledger.recordAllOwned([later]);
      expect(await ledger.readOwned()).toEqual([later]);
    });

    test("what was released is owned no more and known still, as it was applied last, until it is owned or gone", async () => {
      const ledger = await open(await makeLocation());
      const applied = { settings: { annotations: { note: "sealed" } } };
      const address = "settings.acme/development" as const;
      const settings: OwnedObject = { ...OWNED, kind: "settings", name: "acme/development", address, applied };
      for (const object of [settings, OWNED]) {
        await ledger.recordOwned(object);
        await ledger.releaseOwned(object.address);
      }
      expect(await ledger.readOwned()).toEqual([]);
      // Of other kinds nothing is sensitive.
      expect(await ledger.readReleased()).toEqual([{ address, applied }]);
      await ledger.recordOwned(settings);
      expect(await ledger.readOwned()).toEqual([settings]);
      expect(await ledger.readReleased()).toEqual([]);
      await ledger.releaseOwned(address);
      await ledger.forgetOwned(address);
      expect(await ledger.readReleased()).toEqual([]);
    });

    test("owned objects are sorted by address, whatever the order they were recorded in", async () => {
      const ledger = await open(await makeLocation());
      for (const name of ["b", "a-b", "ab", "a"]) {
        await ledger.recordOwned({ ...OWNED, name, address: `cluster.${name}` });
      }
      const addresses = (await ledger.readOwned()).map((object) => object.address);
      expect(addresses).toEqual(["cluster.a", "cluster.a-b", "cluster.ab", "cluster.b"]);
    });

    test("many objects are recorded at once, in place of what their addresses had", async () => {
      const ledger = await open(await makeLocation());
      await ledger.recordOwned(makeOwnedQueue("q-0001"));
      const objects = Array.from({ length: 500 }, (_, index) => ({
        ...makeOwnedQueue(`q-${String(index).padStart(4, "0")}`),
        applied: { index },
      }));
      await ledger.recordAllOwned(objects);
      await ledger.recordAllOwned([]);
      expect(await ledger.readOwned()).toEqual(objects);
    });

    test("of many objects all are recorded or none", async () => {
      const ledger = await open(await makeLocation());
      const damaged = { ...makeOwnedQueue("b"), updated_at: null } as unknown as OwnedObject;
      await expect(ledger.recordAllOwned([makeOwnedQueue("a"), damaged])).rejects.toMatchObject({
        code: "store_failed",
      });
      expect(await ledger.readOwned()).toEqual([]);
    });

    test("records that exchange addresses do so at once, with what is journaled for them and not over", async () => {
      const ledger = await open(await makeLocation());
      const [a, b] = [makeOwnedQueue("a"), makeOwnedQueue("b")];
      const begin = async (name: string, wrote: JournalEntry["wrote"], outcome: Outcome | null) => {
        const entry = { ...INTENT, address: `queue.${name}`, physical_name: name, wrote } as const;
        const id = await ledger.recordIntent(entry);
        await ledger.recordSent(id, 0);
        if (outcome !== null) await ledger.recordOutcome(id, outcome);
      };
      await ledger.recordAllOwned([a, b, makeOwnedQueue("c")]);
      for (const name of ["a", "b", "c"]) {
        await begin(name, INTENT.wrote, "confirmed");
        await begin(name, null, null);
        await begin(name, null, "confirmed");
      }
      const over = await ledger.readLastWrites();
      const [first, second] = [
        { ...a, address: b.address, name: b.name },
        { ...b, address: a.address, name: a.name },
      ];
      await ledger.moveOwned([
        { from: a.address, object: first },
        { from: b.address, object: second },
      ]);
      await ledger.moveOwned([]);
      expect(await ledger.readOwned()).toEqual([second, first, makeOwnedQueue("c")]);
      const unsettled = (await ledger.readOpenIntents()).map(({ address, physical_name }) => [address, physical_name]);
      expect(unsettled).toEqual([
        ["queue.b", "a"],
        ["queue.a", "b"],
        ["queue.c", "c"],
      ]);
      const written = (await ledger.readOwnWrites()).map(({ address, physical_name }) => [address, physical_name]);
      expect(written).toEqual(unsettled);
      expect(await ledger.readLastWrites()).toEqual(over);
    });

    test("an object that is recorded in place of another one ends that record with the same write", async () => {
      const ledger = await open(await makeLocation());
      await ledger.recordAllOwned([makeOwnedQueue("a"), makeOwnedQueue("b"), makeOwnedQueue("c")]);
      await ledger.recordOwned(makeOwnedQueue("d"), ["queue.a", "queue.c"]);
      expect(await ledger.readOwned()).toEqual([makeOwnedQueue("b"), makeOwnedQueue("d")]);
    });

    test("what revisions have taken in is owned from before once they are settled, of this target and of no other", async () => {
      const location = await makeLocation();
      const [ledger, other] = [await open(location), await open(location, { org: "other" })];
      const taken = (name: string, revision: string | null) => ({ ...makeOwnedQueue(name), revision });
      await ledger.recordAllOwned([taken("a", "one"), taken("b", "two"), taken("c", "three"), taken("d", null)]);
      await other.recordOwned(taken("a", "one"));
      await ledger.settleOwned(["one", "two"]);
      await ledger.settleOwned([]);
      expect((await ledger.readOwned()).map(({ revision }) => revision)).toEqual([null, null, "three", null]);
      expect((await other.readOwned()).map(({ revision }) => revision)).toEqual(["one"]);
    });

    test("who has lost the lease changes nothing that is owned, whatever it believes", async () => {
      const store = await open(await makeLocation());
      const lease = await holdLease(store.leases);
      const ours = store.under(lease.record);
      await ours.recordOwned(OWNED);
      await ours.recordAllOwned([makeOwnedQueue("a")]);
      await lease.release();
      const next = await holdLease(store.leases);
      const changes = [
        ours.recordOwned(makeOwnedQueue("late")),
        ours.recordAllOwned([makeOwnedQueue("b"), makeOwnedQueue("c")]),
        ours.moveOwned([{ from: OWNED.address, object: makeOwnedQueue("moved") }]),
        ours.forgetOwned(OWNED.address),
        ours.settleOwned(["c0ffee"]),
        ours.settleOwnWrites(OWNED.address),
      ];
      for (const change of await Promise.allSettled(changes)) {
        expect(change).toMatchObject({ status: "rejected", reason: { code: "lease_lost" } });
      }
      expect(await store.readOwned()).toEqual([OWNED, makeOwnedQueue("a")]);
      await store.under(next.record).forgetOwned(OWNED.address);
      expect(await store.readOwned()).toEqual([makeOwnedQueue("a")]);
      await next.release();
    });

    test("nor anything of the journal and the change log, its own entries included", async () => {
      const store = await open(await makeLocation());
      const lease = await holdLease(store.leases);
      const ours = store.under(lease.record);
      const id = await ours.recordIntent(INTENT, makeChange());
      await ours.recordSent(id, 0);
      await lease.release();
      const next = await holdLease(store.leases);
      const taken = await store.readOpenIntents();
      const changes = [
        () => ours.recordIntent({ ...INTENT, step_id: "late" }, makeChange()),
        () => ours.recordSent(id, 0),
        () => ours.recordOutcome(id, "failed"),
        () => ours.recordOutcome(id, "confirmed"),
        () => ours.recordChange(id, "unanswered"),
        () => ours.replaceBody(id, {}),
        () => ours.closeIntent(id),
      ];
      for (const change of changes) await expect(change()).rejects.toMatchObject({ code: "lease_lost" });
      expect(await store.readOpenIntents()).toEqual(taken);
      expect(await store.readChanges({ patterns: [], limit: 10, order: "oldest" })).toEqual([]);
      await store.under(next.record).recordChange(id, "unanswered");
      await store.under(next.record).closeIntent(id);
      expect(await store.readOpenIntents()).toEqual([]);
      await next.release();
    });

    test("a write that was sent is on its way until it is answered, or can't arrive any more", async () => {
      const store = await open(await makeLocation());
      const begin = (step_id: string) => store.recordIntent({ ...INTENT, step_id });
      const sent = async (step_id: string, writeMs = HOUR) => {
        const id = await begin(step_id);
        await store.recordSent(id, writeMs);
        return id;
      };
      await begin("intent");
      await sent("over", 0);
      await store.recordOutcome(await sent("confirmed"), "confirmed");
      await store.recordOutcome(await sent("failed"), "failed");
      await store.recordChange(await sent("stays-open"), "confirmed");
      await store.recordOutcome(await sent("unknown"), "unknown");
      const again = await sent("sent", 0);
      await store.recordSent(again, HOUR);
      const found = await store.readUnderWay();
      expect(found.map(({ intent }) => intent.step_id)).toEqual(["unknown", "sent"]);
      for (const { overInMs } of found) expect([overInMs > 0, overInMs <= HOUR]).toEqual([true, true]);
    });

    test("a write that was sent and is not in the change log is known until it is entered there, or refused", async () => {
      const store = await open(await makeLocation());
      const begin = async (step_id: string, change = true) => {
        const id = await store.recordIntent({ ...INTENT, step_id }, change ? makeChange() : null);
        await store.recordSent(id, 0);
        return id;
      };
      await store.recordIntent({ ...INTENT, step_id: "never sent" }, makeChange());
      await begin("without a cause", false);
      await store.recordOutcome(await begin("confirmed"), "confirmed");
      await store.recordOutcome(await begin("failed"), "failed");
      const unknown = await begin("unknown");
      await store.recordOutcome(unknown, "unknown");
      await begin("sent");
      const { after, revision } = makeChange();
      const found = await store.readUnlogged();
      expect(found.map(({ intent, ...rest }) => [intent.step_id, rest])).toEqual([
        ["unknown", { after, revision }],
        ["sent", { after, revision }],
      ]);
      await store.recordChange(unknown, "found");
      expect((await store.readUnlogged()).map(({ intent }) => intent.step_id)).toEqual(["sent"]);
    });

    test("what was written counts as unfinished until its address is settled, unless it was refused", async () => {
      const store = await open(await makeLocation());
      const write = async (entry: Partial<JournalEntry>, outcome: Outcome) => {
        const id = await store.recordIntent({ ...INTENT, ...entry });
        await store.recordSent(id, 0);
        await store.recordOutcome(id, outcome);
      };
      const wrote = { kind: "cluster", set: { state: "drained" } } as const;
      const later = { address: "cluster.c1", physical_name: "c1", wrote, at: "2026-11-01T12:00:01.000Z" } as const;
      await write({ op: "update", phase: null }, "confirmed");
      await write({ ...later, op: "drain", phase: null }, "unknown");
      await write({ op: "activate", phase: null }, "failed");
      await store.recordIntent({ ...INTENT, op: "delete", phase: null });
      const { address, physical_name } = INTENT;
      const drained = {
        address: "cluster.c1",
        physical_name: "c1",
        op: "drain",
        phase: null,
        ...wrote,
        has_arrived: false,
      };
      const updated = { address, physical_name, op: "update", phase: null, ...INTENT.wrote, has_arrived: true };
      expect(await store.readOwnWrites()).toEqual([updated, drained]);
      await store.settleOwnWrites(address);
      expect(await store.readOwnWrites()).toEqual([drained]);
    });

    test("a write that was closed before it was sent is none that took effect", async () => {
      const store = await open(await makeLocation());
      await store.closeIntent(await store.recordIntent(INTENT), "settled by a later run");
      expect([await store.readOpenIntents(), await store.readOwnWrites(), await store.readLastWrites()]).toEqual([
        [],
        [],
        {},
      ]);
    });

    test("a refusal is told until it ends, with what is left to put back, and is neither open nor a write", async () => {
      const store = await open(await makeLocation());
      const { run_id, step_id, address, physical_name, at } = INTENT;
      const drained = [{ kind: "queue", name: physical_name, address }] as const;
      const body = { kind: "queue", wanted: { [address]: "hash" }, drained, grounds: null } as const;
      const refused = { address, physical_name, op: "delete", at, message: "settings name it" };
      const id = await store.recordRefusal({ run_id, step_id, ...refused, body });
      expect(await store.readRefusals()).toEqual([{ id, ...refused, ...body }]);
      expect([await store.readOpenIntents(), await store.readOwnWrites(), await store.readLastWrites()]).toEqual([
        [],
        [],
        {},
      ]);
      await store.replaceBody(id, { ...body, drained: [] });
      expect(await store.readRefusals()).toEqual([{ id, ...refused, ...body, drained: [] }]);
      await store.endRefusal(id);
      expect(await store.readRefusals()).toEqual([]);
    });

    test("a forgotten address is not owned any more, and forgetting it twice is no error", async () => {
      const ledger = await open(await makeLocation());
      await ledger.recordOwned(OWNED);
      await ledger.forgetOwned(OWNED.address);
      await ledger.forgetOwned(OWNED.address);
      expect(await ledger.readOwned()).toEqual([]);
    });

    test("targets that differ by org or endpoint do not see each other", async () => {
      const location = await makeLocation();
      const ledger = await open(location);
      await ledger.recordOwned(OWNED);
      for (const other of [{ org: "globex" }, { endpoint: "https://globex.example.com" }]) {
        const stranger = await open(location, other);
        await stranger.forgetOwned(OWNED.address);
        expect(await stranger.readOwned()).toEqual([]);
      }
      expect(await ledger.readOwned()).toEqual([OWNED]);
    });

    test("what is of flyteadmin or delivered is of that place: elsewhere it does not count, and back there it does", async () => {
      const location = await makeLocation();
      const at = (name: string) => open(location, { flyteadmin: `https://${name}`, delivery: `/${name}` });
      const [one, other, none] = [await at("one"), await at("other"), await open(location)];
      const row = {
        ...makeOwnedQueue("p"),
        kind: "cluster_pool_attributes",
        address: "cluster_pool_attributes.p",
      } as const;
      const files = { ...makeOwnedQueue("f"), kind: "flyte_clusters", address: "flyte_clusters.f" } as const;
      const intent = { ...INTENT, address: "execution_cluster_label.l", wrote: null } as const;
      await one.recordAllOwned([row, files, OWNED]);
      const id = await one.recordIntent(intent);
      const left = [
        { address: files.address, place: "/one" },
        { address: row.address, place: "https://one" },
        { address: intent.address, place: "https://one" },
      ];
      for (const ledger of [other, none]) {
        expect(await ledger.readOwned()).toEqual([OWNED]);
        expect([await ledger.readOpenIntents(), await ledger.readLastWrites()]).toEqual([[], {}]);
        expect(await ledger.readElsewhere()).toEqual(expect.arrayContaining(left));
        await ledger.forgetOwned(row.address);
      }
      await other.recordOwned({ ...row, physical_name: "another" });
      await other.clear();
      expect(await one.readOwned()).toEqual([row, files]);
      expect(await one.readOpenIntents()).toEqual([{ ...intent, id, status: "intent" }]);
      expect(await one.readElsewhere()).toEqual([]);
    });

    test("processes that open a new store at once and write to it lose nothing", async () => {
      const location = await makeLocation();
      await Promise.all(["a", "b", "c"].map((writer) => writeInOtherProcess(location, writer, 20)));
      expect(await (await open(location)).readOwned()).toHaveLength(60);
    });
  });

  test(`what is cleared in ${database} is one target's, ledger and journal, and its leases count on`, async () => {
    const location = await makeLocation();
    const [store, other] = [await open(location), await open(location, { org: "globex" })];
    for (const each of [store, other]) {
      await each.recordOwned(OWNED);
      await each.recordIntent(INTENT);
      await (await holdLease(each.leases)).release();
    }
    const last = await store.leases.read();
    await store.clear();
    expect([await store.readOwned(), await store.readOpenIntents()]).toEqual([[], []]);
    expect((await holdLease(store.leases)).record.fencing_number).toBe(1 + (last?.fencing_number ?? 0));
    expect([await other.readOwned(), await other.readOpenIntents()]).toMatchObject([[OWNED], [INTENT]]);
  });
}
