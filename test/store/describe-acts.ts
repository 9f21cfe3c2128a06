import { describe, expect, test } from "vitest";
import type { DaemonRecords } from "../../src/model/daemon/daemon-records.ts";
import type { AuditEntry } from "../../src/model/passes/audit-entry.ts";
import {
  DIGEST,
  FUTURE,
  makeApproval,
  makeAudit,
  makeDecision,
  makePause,
  makeReviewRecord,
  makeState,
  openRecords,
  PAST,
  writeState,
} from "./make-records.ts";

/** What an act and its audit entry promise, as tests that every database has to pass. */
export function describeActs(database: string, makeLocation: () => Promise<string>): void {
  const openEmpty = async () => openRecords(await makeLocation());

  describe(`an act in ${database}`, () => {
    const request = {
      id: "1",
      target: "prod",
      by: "ada",
      at: PAST,
      destination: { kind: "pin", revision: "abc" } as const,
    };
    const applied = {
      target: "prod",
      revision: "abc",
      at: PAST,
      digest: DIGEST,
      pass: "1",
      approval: null,
      place: null,
    };
    type Act = (records: DaemonRecords, audit: AuditEntry) => Promise<unknown>;
    const acts: readonly (readonly [string, Act])[] = [
      ["an approval", (records, audit) => records.addApproval(makeApproval({ digest: "f".repeat(64) }), audit)],
      ["a rejection", (records, audit) => records.addRejection(makeDecision(), audit)],
      ["a pause", (records, audit) => records.addPause(makePause({ address: "queue.batch" }), audit)],
      ["the end of a pause", (records, audit) => records.endPauses("prod", null, audit)],
      [
        "holds that are taken over",
        (records, audit) => {
          const decision = { ...makeDecision({ target: "prod" }), seq: 7, reason: null };
          const pauses = [makePause({ address: "queue.any" })];
          const holds = { pauses, decisions: [decision], applied: [applied], audit: [audit] };
          return writeState(records, makeState(), { holds });
        },
      ],
      ["a request", (records, audit) => records.addRequest(request, audit)],
      ["an applied revision", (records, audit) => records.recordApplied(applied, audit)],
    ];
    const readAll = (records: DaemonRecords) =>
      Promise.all([
        records.readApprovals("prod"),
        records.readPauses("prod"),
        records.readRequests("prod"),
        records.readDecisions("prod"),
        records.readState("prod"),
        records.readApplied("prod", 5),
        records.readAudit(null, 9),
      ]);
    const openScene = async () => {
      const records = await openEmpty();
      await records.addApproval(makeApproval(), makeAudit({ id: "taken" }));
      await records.addPause(makePause(), makeAudit());
      return records;
    };

    test.each(acts)("that is %s is not there when its audit entry can't be written", async (_, act) => {
      const records = await openScene();
      const before = await readAll(records);
      await expect(act(records, makeAudit({ id: "taken" }))).rejects.toMatchObject({ code: "store_failed" });
      expect(await readAll(records)).toEqual(before);
      await act(records, makeAudit());
      expect(await readAll(records)).not.toEqual(before);
    });

    test.each(acts)("that is %s is in the audit", async (_, act) => {
      const records = await openScene();
      const audit = makeAudit({ target: "prod" });
      await act(records, audit);
      expect(await records.readAudit("prod", 5)).toMatchObject([audit]);
    });

    test("that is refused is not in the audit, and the end of pauses says there how many there were", async () => {
      const records = await openScene();
      expect(await records.addApproval(makeApproval(), makeAudit({ target: "prod" }))).toBe(false);
      expect(await records.readAudit("prod", 5)).toEqual([]);
      expect(await records.endPauses("prod", null, makeAudit({ target: "prod" }))).toBe(1);
      expect(await records.readAudit("prod", 5)).toMatchObject([{ details: { of: ["x"], ended: 1 } }]);
    });

    test("that pins its target or ends its pin is found among any number of others", async () => {
      const records = await openEmpty();
      const add = (action: string, at: string, details: AuditEntry["details"]) =>
        records.addAudit(makeAudit({ target: "prod", action, at, details }));
      const pass = { revision: null, reason: 'of "revision":"abc"' };
      const times = Array.from({ length: 4 }, (_, index) => `2026-01-0${index + 1}T00:00:00.000Z`);
      const [first = "", second = "", third = "", last = ""] = times;
      await add("reconcile", last, pass);
      await add("pause", last, { revision: "abc", what: "pin" });
      await add("take-over", last, { what: "pause", reason: '"what":"pin"' });
      expect(await records.readPinnedAt("prod")).toBeNull();
      const pins = [
        ["reconcile", first, { revision: "abc" }],
        ["reconcile", second, { revision: "" }],
        ["take-over", third, { what: "pin", from: "dev", revision: null }],
      ] as const;
      for (const [action, at, details] of pins) {
        await add(action, at, details);
        await add("reconcile", last, pass);
        expect(await records.readPinnedAt("prod")).toBe(at);
      }
      expect(await records.readPinnedAt("dev")).toBeNull();
    });

    test("that is a rejection ends every approval of its target that counts, and none of another one", async () => {
      const records = await openScene();
      const running = makeApproval({ digest: "f".repeat(64), at: PAST });
      await records.addApproval(running, makeAudit());
      await records.moveApproval(running.id, "begin");
      await records.addApproval(makeApproval({ target: "dev" }), makeAudit());
      await records.addRejection(makeDecision({ digest: "e".repeat(64) }), makeAudit());
      const stateOf = async (target: string) => (await records.readApprovals(target)).map(({ state }) => state);
      expect([await stateOf("prod"), await stateOf("dev")]).toEqual([["rejected", "rejected"], ["open"]]);
      expect(await records.addApproval(makeApproval(), makeAudit())).toBe(true);
    });
  });

  describe(`a decision in ${database}`, () => {
    const MARK = { effects: [], lifts: [], known: 0 };

    test("has a number of its own, whoever records at once, and those of another target have theirs", async () => {
      const location = await makeLocation();
      const replicas = await Promise.all([openRecords(location), openRecords(location), openRecords(location)]);
      const acts = replicas.flatMap((records, place) =>
        [0, 1, 2, 3, 4].map((round) =>
          round % 2 === 0
            ? records.addRejection(makeDecision(), makeAudit())
            : records.addApproval(makeApproval({ digest: `${place}${round}`.repeat(32) }), makeAudit()),
        ),
      );
      await Promise.all(acts);
      const [records] = replicas;
      await records?.addRejection(makeDecision({ target: "dev" }), makeAudit());
      const numbers = (await records?.readDecisions("prod"))?.map(({ seq }) => seq) ?? [];
      expect(numbers).toHaveLength(15);
      expect([new Set(numbers).size, numbers.toSorted((one, other) => one - other)]).toEqual([15, numbers]);
      expect(await records?.readDecisions("dev")).toMatchObject([{ seq: 1 }]);
    });

    test("is recorded once, and a rejection that is recorded again ends nothing that came after it", async () => {
      const records = await openEmpty();
      const rejection = makeDecision();
      await records.addRejection(rejection, makeAudit());
      expect(await records.addApproval(makeApproval(), makeAudit())).toBe(true);
      await records.addRejection(rejection, null);
      await records.writeReviewAct(makeReviewRecord(), makeAudit(), rejection);
      expect((await records.readApprovals("prod")).map(({ state }) => state)).toEqual(["open"]);
      expect((await records.readDecisions("prod")).map(({ kind }) => kind)).toEqual(["reject", "approve"]);
    });

    test("that is an approval is refused where a rejection was recorded that its giver could not know of", async () => {
      const location = await makeLocation();
      const [records, replica] = [await openRecords(location), await openRecords(location)];
      const early = { ...makeDecision({ kind: "approve", request: "#7", revision: null }), knows: 0 };
      const given = await Promise.all([
        replica.addRejection(makeDecision(), makeAudit()),
        records.addApproval(makeApproval(), makeAudit(), { mark: MARK }),
        records.writeReviewAct(makeReviewRecord(), makeAudit(), early),
      ]);
      const decisions = await records.readDecisions("prod");
      const isLast = decisions.at(-1)?.kind === "reject";
      const before = decisions.slice(
        0,
        decisions.findIndex(({ kind }) => kind === "reject"),
      );
      expect(isLast).toBe(true);
      expect(given.filter((one) => one === true)).toHaveLength(before.length);
      expect((await records.readApprovals("prod")).filter(({ state }) => state === "open")).toEqual([]);
      expect(await records.addApproval(makeApproval(), makeAudit(), { mark: MARK })).toBe(false);
      expect(await records.writeReviewAct(makeReviewRecord(), makeAudit(), early)).toBe(false);
      const known = decisions.length;
      expect(await records.addApproval(makeApproval(), makeAudit(), { mark: { ...MARK, known } })).toBe(true);
    });

    test("that is taken over gets another number where a decision of its target has its own by then, and is taken over once", async () => {
      const records = await openEmpty();
      await records.addApproval(makeApproval(), makeAudit());
      const given = { ...makeDecision(), id: "of the former name", reason: "never this", seq: 1 };
      const approved = { ...given, id: "what it approves", kind: "approve", lifts: [1], seq: 1 } as const;
      const holds = { pauses: [], decisions: [given, approved], applied: [], audit: [] };
      for (const updated_at of [PAST, FUTURE]) await writeState(records, makeState({ updated_at }), { holds });
      const kept = (await records.readDecisions("prod")).map(({ seq, kind, reason }) => [seq, kind, reason]);
      expect(kept).toEqual([
        [1, "approve", null],
        [2, "reject", "never this"],
      ]);
    });

    test("on an open request ends no approval of what the branch has, and gets the effects that it is found to be about", async () => {
      const records = await openEmpty();
      await records.addApproval(makeApproval(), makeAudit());
      const rejection = makeDecision({ request: "#7", head: "a".repeat(40), revision: null, reason: "not now" });
      expect(await records.writeReviewAct(makeReviewRecord(), makeAudit(), rejection)).toBe(true);
      expect((await records.readApprovals("prod")).map(({ state }) => state)).toEqual(["open"]);
      await records.extendDecision("prod", 2, ["queue.b fedcba9876543210", ...rejection.effects]);
      expect((await records.readDecisions("prod"))[1]).toEqual({
        ...rejection,
        seq: 2,
        effects: [...rejection.effects, "queue.b fedcba9876543210"],
      });
      await records.prune(FUTURE, 1);
      expect(await records.readDecisions("prod")).toHaveLength(2);
    });
  });
}
