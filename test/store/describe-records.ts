import { randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Approval, DaemonRecords, OutboxEntry, Pause } from "../../src/model/daemon-records.ts";
import type { PassRecord } from "../../src/model/pass.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { makeKeptPlan } from "./make-kept-plan.ts";

const DIGEST = "0123456789abcdef".repeat(4);
const PAST = "2026-01-01T00:00:00.000Z";
const FUTURE = "2999-01-01T00:00:00.000Z";

/** The records of a store, closed when the test ends. */
async function open(location: string): Promise<DaemonRecords> {
  const database = await openDatabase(location);
  onTestFinished(() => database.close());
  return database.records;
}

const makePass = (set: Partial<PassRecord> = {}): PassRecord => ({
  id: randomUUID(),
  target: "prod",
  trigger: "push",
  started_at: "2026-11-01T12:00:00.000Z",
  ended_at: "2026-11-01T12:00:01.000Z",
  revision: "abc",
  digest: DIGEST,
  outcome: { kind: "refused", message: "größer als ASCII" },
  ...set,
});

const makeApproval = (set: Partial<Approval> = {}): Approval => ({
  id: randomUUID(),
  target: "prod",
  digest: DIGEST,
  revision: "abc",
  by: "ada",
  via: "cli",
  at: "2026-11-01T12:00:00.000Z",
  expires_at: FUTURE,
  overrides: ["window", "freeze"],
  state: "open",
  ...set,
});

const makePause = (set: Partial<Pause> = {}): Pause => ({
  id: randomUUID(),
  target: "prod",
  address: null,
  by: "ada",
  reason: "holiday",
  at: "2026-11-01T12:00:00.000Z",
  until: null,
  ...set,
});

const makeMessage = (set: Partial<OutboxEntry> = {}): OutboxEntry => ({
  id: randomUUID(),
  receiver: "chat",
  key: randomUUID(),
  body: "{}",
  attempts: 0,
  due_at: PAST,
  ...set,
});

const count = (answers: readonly boolean[]) => answers.filter(Boolean).length;

/** What the records of a daemon promise, as tests that every database has to pass. `makeLocation` names a store that is empty. */
export function describeRecords(database: string, makeLocation: () => Promise<string>): void {
  const openEmpty = async () => open(await makeLocation());
  /** Several replicas on one store. */
  const openReplicas = async () => {
    const location = await makeLocation();
    return Promise.all([1, 2, 3, 4].map(() => open(location)));
  };

  describe(`what a daemon keeps in ${database}`, () => {
    test("the state of a target is replaced as a whole, and all are listed by name", async () => {
      const records = await openEmpty();
      const status = { state: "Synced", reason: "NothingToDo", message: "", since: PAST } as const;
      const state = {
        ...{ target: "prod", status, last_pass: makePass(), applied_revision: "abc", good_revision: "abc" },
        ...{
          pinned_revision: null,
          last_success_at: PAST,
          failures: 0,
          drift_since: null,
          looked_at: null,
          drifted: [],
          contests: [],
          objects: [],
          unreachable: [],
          updated_at: PAST,
        },
      };
      expect([await records.readState("prod"), await records.readStates()]).toEqual([null, []]);
      await records.writeState(state);
      await records.writeState({ ...state, target: "dev" });
      await records.writeState({ ...state, failures: 2 });
      expect(await records.readState("prod")).toEqual({ ...state, failures: 2 });
      expect((await records.readStates()).map(({ target }) => target)).toEqual(["dev", "prod"]);
    });

    test("a state that an earlier release wrote has nothing that was set back", async () => {
      const records = await openEmpty();
      const written = JSON.parse('{"target": "prod", "failures": 1}');
      await records.writeState(written);
      const read = { ...written, contests: [] };
      expect([await records.readState("prod"), await records.readStates()]).toEqual([read, [read]]);
    });

    test("passes come newest first, of one target, as many as are asked for, and one by its id", async () => {
      const records = await openEmpty();
      const [old, middle, young] = ["10", "11", "12"].map((hour) =>
        makePass({ started_at: `2026-11-01T${hour}:00:00.000Z` }),
      );
      for (const pass of [middle, young, old, makePass({ target: "dev" })]) if (pass) await records.recordPass(pass);
      expect(await records.readPasses("prod", 2)).toEqual([young, middle]);
      expect([await records.readPass(old?.id ?? ""), await records.readPass("none")]).toEqual([old, null]);
    });

    test("a plan of five megabytes is kept once for each digest and comes back as it was", async () => {
      const records = await openEmpty();
      const plan = makeKeptPlan({ digest: DIGEST, bytes: 5_000_000 });
      await records.keepPlan(plan);
      expect(await records.readLatestPlan("prod")).toEqual(plan);
      const again = { ...plan, revision: "def", made_at: "2026-11-02T12:00:00.000Z" };
      await records.keepPlan(again);
      expect(await records.findPlans(DIGEST)).toEqual([again]);
    });

    test("plans are found by a beginning of eight characters or more, and the latest is the one made last", async () => {
      const records = await openEmpty();
      const [first, second] = [
        makeKeptPlan({ digest: DIGEST }),
        makeKeptPlan({ digest: `0123456789${"f".repeat(54)}` }),
      ];
      await records.keepPlan(second);
      await records.keepPlan({ ...first, made_at: "2026-11-02T12:00:00.000Z" });
      const found = async (digest: string) => (await records.findPlans(digest)).map((plan) => plan.digest);
      expect(await found("0123456")).toEqual([]);
      expect(await found("01234567")).toEqual([first.digest, second.digest]);
      expect(await found("0123456789f")).toEqual([second.digest]);
      expect([await found("0123456%"), await found("0123456_")]).toEqual([[], []]);
      expect((await records.readLatestPlan("prod"))?.digest).toBe(first.digest);
      expect(await records.readLatestPlan("dev")).toBeNull();
    });

    test("requests are there until they are ended, oldest first", async () => {
      const records = await openEmpty();
      const make = (id: string, at: string) => ({ id, target: "prod", by: "ada", at, revision: null });
      const [first, second] = [make("b", PAST), make("a", "2026-02-01T00:00:00.000Z")];
      await records.addRequest(second);
      await records.addRequest(first);
      await records.addRequest(first);
      expect([await records.readRequests("prod"), await records.readRequests("dev")]).toEqual([[first, second], []]);
      await records.endRequests([first.id, "none"]);
      await records.endRequests([]);
      expect(await records.readRequests("prod")).toEqual([second]);
    });

    test("applied revisions and audit come newest first", async () => {
      const records = await openEmpty();
      const applied = { target: "prod", revision: "abc", at: PAST, digest: DIGEST, pass: "1", approval: null };
      await records.recordApplied({ ...applied, pass: "2", at: FUTURE });
      await records.recordApplied(applied);
      await records.recordApplied(applied);
      expect((await records.readApplied("prod", 5)).map(({ pass }) => pass)).toEqual(["2", "1"]);
      expect(await records.readApplied("prod", 1)).toHaveLength(1);
      const entry = {
        id: "1",
        at: PAST,
        target: "prod",
        who: "ada",
        via: "api",
        action: "pause",
        details: { of: ["x"] },
      };
      await records.addAudit(entry);
      await records.addAudit({ ...entry, id: "2", at: FUTURE, target: null });
      expect(await records.readAudit("prod", 5)).toEqual([entry]);
      expect((await records.readAudit(null, 5)).map(({ id }) => id)).toEqual(["2", "1"]);
    });

    test("sightings are replaced as a whole", async () => {
      const records = await openEmpty();
      const sighting = { address: "queue.batch", difference: "x", first_at: PAST, count: 2 } as const;
      expect(await records.readSightings("prod")).toEqual([]);
      await records.writeSightings("prod", [sighting]);
      await records.writeSightings("prod", [{ ...sighting, count: 3 }]);
      expect([await records.readSightings("prod"), await records.readSightings("dev")]).toEqual([
        [{ ...sighting, count: 3 }],
        [],
      ]);
    });
  });

  describe(`an approval in ${database}`, () => {
    test("of several for one digest one counts, until it has ended; another target's is another", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail()] = replicas;
      for (const round of [1, 2, 3]) {
        expect(count(await Promise.all(replicas.map((replica) => replica.addApproval(makeApproval()))))).toBe(1);
        const [newest] = (await records.readApprovals("prod")).filter(({ state }) => state === "open");
        expect(await records.readApprovals("prod")).toHaveLength(round);
        expect(await records.moveApproval(newest?.id ?? "", ["open"], "running")).toBe(true);
        expect(await records.addApproval(makeApproval())).toBe(false);
        expect(await records.moveApproval(newest?.id ?? "", ["open", "running"], "done")).toBe(true);
      }
      expect(await records.addApproval(makeApproval({ target: "dev" }))).toBe(true);
    });

    test("it is moved by one of those who try at once, and only from the states they name", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail()] = replicas;
      const approval = makeApproval();
      await records.addApproval(approval);
      expect(await records.moveApproval(approval.id, ["running", "done"], "open")).toBe(false);
      expect(await records.moveApproval(approval.id, [], "done")).toBe(false);
      const moves = replicas.map((replica) => replica.moveApproval(approval.id, ["open"], "running"));
      expect(count(await Promise.all(moves))).toBe(1);
      expect(await records.readApprovals("prod")).toEqual([{ ...approval, state: "running" }]);
    });

    test("one whose time is over stands in nobody's way", async () => {
      const records = await openEmpty();
      const late = makeApproval({ expires_at: PAST });
      await records.addApproval(late);
      const next = makeApproval({ at: FUTURE });
      expect(await records.addApproval(next)).toBe(true);
      expect(await records.readApprovals("prod")).toEqual([next, { ...late, state: "expired" }]);
    });
  });

  describe(`a pause in ${database}`, () => {
    test("holds until it is over or lifted, for the target and for an address apart", async () => {
      const records = await openEmpty();
      const [whole, one, later] = [
        makePause(),
        makePause({ address: "queue.batch", at: FUTURE }),
        makePause({ until: FUTURE, at: PAST }),
      ];
      for (const pause of [whole, one, later, makePause({ until: PAST })]) await records.addPause(pause);
      expect(await records.readPauses("prod")).toEqual([later, whole, one]);
      expect([await records.endPauses("prod", null), await records.endPauses("dev", null)]).toEqual([2, 0]);
      expect(await records.readPauses("prod")).toEqual([one]);
      expect([await records.endPauses("prod", "queue.batch"), await records.readPauses("prod")]).toEqual([1, []]);
    });
  });

  describe(`the outbox in ${database}`, () => {
    test("a key is taken once for each receiver, also after the message was delivered", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail()] = replicas;
      const add = (receiver: string) =>
        replicas.map((replica) => replica.addOutbox(makeMessage({ receiver, key: "k" })));
      expect(count(await Promise.all([...add("chat"), ...add("mail")]))).toBe(2);
      for (const { id } of await records.takeOutbox(10, 60_000)) await records.endOutbox(id);
      expect(count(await Promise.all(add("chat")))).toBe(0);
    });

    test("what is due is given to one of those who take at once, oldest first, and put off", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail()] = replicas;
      const messages = Array.from({ length: 20 }, () => makeMessage());
      for (const message of messages) await records.addOutbox(message);
      await records.addOutbox(makeMessage({ due_at: FUTURE }));
      const taken: OutboxEntry[] = [];
      for (let round = 0; taken.length < messages.length && round < 20; round += 1) {
        const batches = await Promise.all(replicas.map((replica) => replica.takeOutbox(3, 60_000)));
        taken.push(...batches.flat());
      }
      expect(taken.map(({ id }) => id).sort()).toEqual(messages.map(({ id }) => id).sort());
      expect(taken.every(({ attempts, due_at }) => attempts === 1 && due_at > PAST)).toBe(true);
      expect(await records.takeOutbox(3, 60_000)).toEqual([]);
    });

    test("a message comes again when its time is over or was set, and not after it has ended", async () => {
      const records = await openEmpty();
      const message = makeMessage();
      await records.addOutbox(message);
      expect(await records.takeOutbox(5, 0)).toMatchObject([{ ...message, attempts: 1, due_at: expect.any(String) }]);
      expect(await records.takeOutbox(5, 60_000)).toMatchObject([{ id: message.id, attempts: 2 }]);
      await records.deferOutbox(message.id, PAST);
      expect(await records.takeOutbox(5, 0)).toMatchObject([{ id: message.id, attempts: 3 }]);
      await records.endOutbox(message.id);
      await records.deferOutbox(message.id, PAST);
      expect(await records.takeOutbox(5, 0)).toEqual([]);
    });

    test("a delivery of a webhook is taken once", async () => {
      const replicas = await openReplicas();
      for (const id of ["a", "b"]) {
        expect(count(await Promise.all(replicas.map((replica) => replica.takeDelivery(id))))).toBe(1);
      }
    });
  });

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
      expect(await records.addOutbox(makeMessage({ key: "ended" }))).toBe(false);
      expect(await records.takeDelivery("taken")).toBe(false);
      await records.prune(FUTURE, 100);
      expect(await records.addOutbox(makeMessage({ key: "ended" }))).toBe(true);
      expect(await records.takeDelivery("taken")).toBe(true);
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

    test("of the journal, writes that were settled go and those that are open stay", async () => {
      const location = await makeLocation();
      const all = await openDatabase(location);
      onTestFinished(() => all.close());
      const store = all.storeOf({ org: "acme", endpoint: "https://acme.example.com" });
      const entry = {
        run_id: "1",
        step_id: "s",
        address: "queue.a",
        physical_name: "a",
        op: "o",
        body: null,
        at: PAST,
      } as const;
      const [settled] = [await store.recordIntent(entry), await store.recordIntent(entry)];
      await store.recordOutcome(settled, "confirmed");
      await all.records.prune(FUTURE, 1);
      await expect(store.recordOutcome(settled, "failed")).rejects.toMatchObject({ code: "store_entry_missing" });
      expect(await store.readOpenIntents()).toHaveLength(1);
    });
  });

  test(`the time of ${database} is told as every time is`, async () => {
    expect(await (await openEmpty()).now()).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
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
  await records.addApproval(makeApproval({ digest: "a".repeat(64), at: PAST }));
  await records.addApproval(makeApproval({ digest: "b".repeat(64), at: PAST, state: "done" }));
  for (const pass of ["first", "last"]) {
    const at = pass === "last" ? "2026-01-02T00:00:00.000Z" : PAST;
    await records.recordApplied({ target: "prod", revision: "abc", at, digest: DIGEST, pass, approval: null });
  }
  for (const id of ["old", "young"]) {
    const at = id === "old" ? PAST : FUTURE;
    await records.addAudit({ id, at, target: null, who: "ada", via: "cli", action: "reload", details: {} });
  }
  await records.addRequest({ id: "1", target: "prod", by: "ada", at: PAST, revision: null });
  await records.addPause(makePause({ at: PAST, until: PAST }));
  await records.addPause(makePause({ at: PAST }));
  await records.addOutbox(makeMessage({ id: "ended", key: "ended" }));
  await records.endOutbox("ended");
  await records.addOutbox(makeMessage());
  await records.takeDelivery("taken");
}
