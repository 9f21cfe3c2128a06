import { describe, expect, onTestFinished, test } from "vitest";
import type { DaemonRecords } from "../../src/model/daemon/daemon-records.ts";
import type { PassRecord } from "../../src/model/passes/pass.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { makeKeptPlan } from "./make-kept-plan.ts";
import {
  DIGEST,
  FUTURE,
  LITTLE_ROOM,
  makeApproval,
  makeAudit,
  makeMessage,
  makePass,
  makePause,
  makeState,
  openRecords,
  PAST,
  writeState,
} from "./make-records.ts";
import { writable } from "./writable.ts";

/** What is removed when, as tests that every database has to pass. */
export function describeRetention(database: string, makeLocation: () => Promise<string>): void {
  const openEmpty = async () => openRecords(await makeLocation());

  describe(`retention in ${database}`, () => {
    test("what is old and settled goes, what is open and each target's latest stays", async () => {
      const records = await openEmpty();
      await fillWithOldRecords(records);
      await records.prune("2026-06-01T00:00:00.000Z", 100);
      expect((await records.readPasses("prod", 10)).map(({ id }) => id)).toEqual(["young"]);
      expect((await records.readApprovals("prod")).map(({ state }) => state)).toEqual(["open"]);
      const kept = await Promise.all(["a", "b", "c"].map((letter) => records.findPlans(letter.repeat(64))));
      expect(kept.map((plans) => plans.length)).toEqual([1, 0, 1]);
      expect((await records.readApplied("prod", 10)).map(({ pass }) => pass)).toEqual(["last"]);
      expect((await records.readAudit(null, 10)).map(({ id }) => id)).toEqual(["young"]);
      expect(await records.readRequests("prod")).toHaveLength(1);
      expect(await records.readPauses("prod")).toHaveLength(1);
      expect(await records.takeOutbox(10, 0)).toHaveLength(1);
      // What ended just now is known as yet.
      expect(await records.addOutbox([makeMessage({ key: "ended" })])).toBe(0);
      expect(await records.takeDelivery("taken", null)).toBe(false);
      await records.prune(FUTURE, 100);
      expect(await records.addOutbox([makeMessage({ key: "ended" })])).toBe(1);
      expect(await records.takeDelivery("taken", null)).toBe(true);
    });

    test("what was written after something that stays is no older than that, whatever the clock said, but no clock that was ahead keeps it", async () => {
      const records = await openEmpty();
      const [behind, until, young] = [
        "2020-01-01T00:00:00.000Z",
        "2026-06-01T00:00:00.000Z",
        "2026-07-01T00:00:00.000Z",
      ];
      for (const [id, at] of Object.entries({
        first: PAST,
        ahead: FUTURE,
        second: PAST,
        young,
        third: behind,
        last: PAST,
      })) {
        await records.recordPass(makePass({ id, ended_at: at }));
        await records.addAudit(makeAudit({ id, at }));
      }
      const read = async () =>
        Promise.all([records.readPasses("prod", 10), records.readAudit(null, 10)]).then((lists) =>
          lists.map((list) => list.map(({ id }) => id)),
        );
      expect(await records.prune(until, 100)).toEqual({ pass_record: 2, audit_entry: 2 });
      const left = ["last", "third", "young", "ahead"];
      expect(await read()).toEqual([left, left]);
      expect(await records.prune(until, 100)).toEqual({});
      expect(await records.prune("2026-08-01T00:00:00.000Z", 100)).toEqual({ pass_record: 3, audit_entry: 3 });
      expect(await read()).toEqual([["ahead"], ["ahead"]]);
    });

    test("whether anything is on record of a span of time is known of all that is written as time passes", async () => {
      const records = await openEmpty();
      expect(await records.isDated("", FUTURE)).toBe(false);
      await records.recordPass(makePass({ ended_at: "2026-07-01T00:00:00.000Z" }));
      await records.addAudit(makeAudit({ at: PAST }));
      expect(await records.isDated(PAST, "2026-01-02T00:00:00.000Z")).toBe(true);
      expect(await records.isDated("2026-01-02T00:00:00.000Z", "2026-07-01T00:00:00.000Z")).toBe(false);
      expect(await records.isDated("2026-01-02T00:00:00.000Z", "2026-07-01T00:00:00.001Z")).toBe(true);
    });

    test("a target that is not configured any more is forgotten once it is older, with all that is known of it", async () => {
      const records = await openEmpty();
      for (const target of ["kept", "gone", "lately"]) await fillTarget(records, target);
      await writeState(records, makeState({ target: "lately", updated_at: FUTURE }));
      expect(await records.forgetTargets(["kept"], "2026-06-01T00:00:00.000Z")).toEqual(["gone"]);
      expect(await readTarget(records, "gone")).toEqual([null, [], null, [], [], [], [], []]);
      expect((await records.readStates()).map(({ target }) => target)).toEqual(["kept", "lately"]);
      for (const target of ["kept", "lately"]) {
        expect((await readTarget(records, target)).map(isThere)).toEqual(Array(8).fill(true));
      }
      // Who did what is told for as long as anything else.
      expect(await records.readAudit("gone", 9)).not.toEqual([]);
      expect(await records.forgetTargets(["kept"], "2026-06-01T00:00:00.000Z")).toEqual([]);
    });

    test("of each target's passes the newest are kept, however many there were", async () => {
      const records = await openEmpty();
      const at = (minute: number) =>
        `2026-11-01T${String(12 + Math.floor(minute / 60))}:${String(minute % 60).padStart(2, "0")}:00.000Z`;
      for (let minute = 0; minute < 600; minute += 1) await records.recordPass(makePass({ started_at: at(minute) }));
      await records.recordPass(makePass({ target: "dev", started_at: PAST }));
      await records.prune(PAST, 7);
      const left = (await records.readPasses("prod", 1000)).map(({ started_at }) => started_at);
      expect(left).toEqual([599, 598, 597, 596, 595, 594, 593].map(at));
      expect(await records.readPasses("dev", 10)).toHaveLength(1);
    });

    test("what was written last stays, whatever the clock said then", async () => {
      const records = await openEmpty();
      const [first, last] = ["a", "b"].map((letter) => makeKeptPlan({ digest: letter.repeat(64) }));
      if (first === undefined || last === undefined) expect.fail();
      const applied = { target: "prod", revision: "abc", digest: DIGEST, approval: null, place: null };
      await records.keepPlan({ ...first, made_at: "2026-01-02T00:00:00.000Z" });
      await records.keepPlan({ ...last, made_at: PAST });
      await records.recordApplied({ ...applied, pass: "first", at: "2026-01-02T00:00:00.000Z" }, makeAudit());
      await records.recordApplied({ ...applied, pass: "last", at: PAST }, makeAudit());
      for (const hour of ["12", "11", "10"]) {
        await records.recordPass(makePass({ id: hour, started_at: `2026-11-01T${hour}:00:00.000Z` }));
      }
      await records.prune("2026-06-01T00:00:00.000Z", 2);
      const kept = await Promise.all([first, last].map(({ digest }) => records.findPlans(digest)));
      expect(kept.map((plans) => plans.length)).toEqual([0, 1]);
      expect((await records.readApplied("prod", 10)).map(({ pass }) => pass)).toEqual(["last"]);
      expect((await records.readPasses("prod", 10)).map(({ id }) => id)).toEqual(["10", "11"]);
    });

    test("of plans that are too long together, the oldest that nothing depends on go as one is written, of its target alone", async () => {
      const records = await openRecords(await makeLocation(), LITTLE_ROOM);
      const digests = [..."0123456789"].map((digit) => digit.repeat(64));
      const [approved = "", waiting = ""] = digests;
      const keep = (digest: string, target: string) =>
        records.keepPlan({ ...makeKeptPlan({ digest, bytes: LITTLE_ROOM / 6 }), target });
      await keep(approved, "dev");
      await records.addApproval(makeApproval({ digest: approved }), makeAudit());
      await writeState(records, makeState({ last_pass: makePass({ digest: waiting }) }));
      for (const digest of digests) await keep(digest, "prod");
      const kept = await Promise.all(digests.map((digest) => records.readPlan("prod", digest)));
      const left = kept.flatMap((plan) => plan?.digest[0] ?? []).join("");
      expect(left).toMatch(/^01[2-9]*9$/);
      expect(left.length).toBeLessThan(8);
      expect(left.length).toBeGreaterThan(4);
      expect(await records.readPlan("dev", approved)).not.toBeNull();
      // One that is too long on its own is kept.
      await records.keepPlan(makeKeptPlan({ digest: DIGEST, bytes: LITTLE_ROOM }));
      expect(await records.readPlan("prod", DIGEST)).not.toBeNull();
      expect(await records.readPlan("prod", "9".repeat(64))).toBeNull();
    });

    test("of passes that are too long together, the oldest go as one is recorded, of its target alone", async () => {
      const records = await openRecords(await makeLocation(), LITTLE_ROOM);
      const message = "m".repeat(LITTLE_ROOM / 4);
      const record = (id: string, set: Partial<PassRecord> = {}) =>
        records.recordPass(makePass({ id, outcome: { kind: "refused", message }, ...set }));
      await record("dev", { target: "dev" });
      for (const id of ["a", "b", "c", "d", "e"]) await record(id);
      expect((await records.readPasses("prod", 9)).map(({ id }) => id)).toEqual(["e", "d", "c"]);
      await record("f", { outcome: { kind: "refused", message: message.repeat(5) } });
      expect((await records.readPasses("prod", 9)).map(({ id }) => id)).toEqual(["f"]);
      expect(await records.readPass("dev")).not.toBeNull();
    });

    test("of the journal, writes that were settled go and those that are open stay", async () => {
      const location = await makeLocation();
      const all = await openDatabase(location);
      onTestFinished(() => all.close());
      const store = await writable(all.storeOf(ACME));
      const entry = {
        run_id: "1",
        step_id: "s",
        address: "queue.a",
        physical_name: "a",
        op: "o",
        phase: null,
        body: null,
        wrote: null,
        at: PAST,
      } as const;
      const [settled] = [await store.recordIntent(entry), await store.recordIntent(entry)];
      await store.recordOutcome(settled, "confirmed");
      await all.records.prune(FUTURE, 1);
      await expect(store.recordOutcome(settled, "failed")).rejects.toMatchObject({ code: "store_entry_missing" });
      expect(await store.readOpenIntents()).toHaveLength(1);
    });

    test("of the journal, what was written in a rollout that is not finished stays", async () => {
      const all = await openDatabase(await makeLocation());
      onTestFinished(() => all.close());
      const store = await writable(all.storeOf(ACME));
      const wrote = { kind: "queue", set: { state: "drained" } } as const;
      const entry = {
        run_id: "1",
        step_id: "s",
        address: "queue.a",
        physical_name: "a",
        op: "drain",
        phase: null,
      } as const;
      const id = await store.recordIntent({ ...entry, body: null, wrote, at: PAST });
      await store.recordOutcome(id, "confirmed");
      await all.records.prune(FUTURE, 1);
      expect(await store.readOwnWrites()).toHaveLength(1);
      await store.settleOwnWrites("queue.a");
      await all.records.prune(FUTURE, 1);
      await expect(store.recordOutcome(id, "failed")).rejects.toMatchObject({ code: "store_entry_missing" });
    });
  });
}

/** One of each that is to go and one that is to stay. */
async function fillWithOldRecords(records: DaemonRecords): Promise<void> {
  await records.recordPass(makePass({ id: "old", ended_at: PAST }));
  await records.recordPass(makePass({ id: "young" }));
  for (const digest of ["a", "b", "c"]) {
    const made_at = digest === "c" ? "2026-01-02T00:00:00.000Z" : PAST;
    await records.keepPlan({ ...makeKeptPlan({ digest: digest.repeat(64) }), made_at });
  }
  await records.addApproval(makeApproval({ digest: "a".repeat(64), at: PAST }), makeAudit());
  await records.addApproval(makeApproval({ digest: "b".repeat(64), at: PAST, state: "done" }), makeAudit());
  for (const pass of ["first", "last"]) {
    const at = pass === "last" ? "2026-01-02T00:00:00.000Z" : PAST;
    await records.recordApplied(
      { target: "prod", revision: "abc", at, digest: DIGEST, pass, approval: null, place: null },
      makeAudit(),
    );
  }
  for (const id of ["old", "young"]) {
    const at = id === "old" ? PAST : FUTURE;
    await records.addAudit({ id, at, target: null, who: "ada", via: "cli", action: "reload", details: {} });
  }
  await records.addRequest(
    { id: "1", target: "prod", by: "ada", at: PAST, destination: { kind: "stay" } },
    makeAudit(),
  );
  await records.addPause(makePause({ at: PAST, until: PAST }), makeAudit());
  await records.addPause(makePause({ at: PAST }), makeAudit());
  await records.addOutbox([makeMessage({ id: "ended", key: "ended" })]);
  await records.endOutbox("ended");
  await records.addOutbox([makeMessage()]);
  await records.takeDelivery("taken", null);
}

/** Something of a target in each of the tables. */
async function fillTarget(records: DaemonRecords, target: string): Promise<void> {
  await writeState(records, makeState({ target }));
  await records.writeSightings(target, [{ address: "queue.batch", difference: "x", first_at: PAST, count: 1 }]);
  await records.keepPlan({ ...makeKeptPlan({ digest: DIGEST }), target });
  await records.recordPass(makePass({ target }));
  await records.addRequest(
    { id: target, target, by: "ada", at: PAST, destination: { kind: "stay" } },
    makeAudit({ target }),
  );
  await records.addApproval(makeApproval({ target }), makeAudit());
  await records.addPause(makePause({ target }), makeAudit());
  const applied = { target, revision: "abc", at: PAST, digest: DIGEST, pass: "1", approval: null, place: null };
  await records.recordApplied(applied, makeAudit());
}

function readTarget(records: DaemonRecords, target: string): Promise<readonly unknown[]> {
  return Promise.all([
    records.readState(target),
    records.readSightings(target),
    records.readPlan(target, DIGEST),
    records.readPasses(target, 9),
    records.readRequests(target),
    records.readApprovals(target),
    records.readPauses(target),
    records.readApplied(target, 9),
  ]);
}

function isThere(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== null;
}
