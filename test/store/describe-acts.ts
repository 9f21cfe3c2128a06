import { describe, expect, test } from "vitest";
import type { AuditEntry, DaemonRecords } from "../../src/model/daemon-records.ts";
import { DIGEST, FUTURE, makeApproval, makeAudit, makePause, openRecords, PAST } from "./make-records.ts";

/** What an act and its audit entry promise, as tests that every database has to pass. */
export function describeActs(database: string, makeLocation: () => Promise<string>): void {
  const openEmpty = async () => openRecords(await makeLocation());

  describe(`an act in ${database}`, () => {
    const request = { id: "1", target: "prod", by: "ada", at: PAST, revision: "abc" };
    const applied = { target: "prod", revision: "abc", at: PAST, digest: DIGEST, pass: "1", approval: null };
    type Act = (records: DaemonRecords, audit: AuditEntry) => Promise<unknown>;
    const acts: readonly (readonly [string, Act])[] = [
      ["an approval", (records, audit) => records.addApproval(makeApproval({ digest: "f".repeat(64) }), audit)],
      ["a rejection", (records, audit) => records.addRejection(makeApproval({ state: "rejected" }), audit)],
      ["a pause", (records, audit) => records.addPause(makePause({ address: "queue.batch" }), audit)],
      ["the end of a pause", (records, audit) => records.endPauses("prod", null, audit)],
      ["a request", (records, audit) => records.addRequest(request, audit)],
      ["an applied revision", (records, audit) => records.recordApplied(applied, audit)],
    ];
    const readAll = (records: DaemonRecords) =>
      Promise.all([
        records.readApprovals("prod"),
        records.readPauses("prod"),
        records.readRequests("prod"),
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

    test("that is a rejection ends every approval of its target that counts, and none of another one", async () => {
      const records = await openScene();
      const running = makeApproval({ digest: "f".repeat(64), at: PAST });
      await records.addApproval(running, makeAudit());
      await records.moveApproval(running.id, ["open"], "running");
      await records.addApproval(makeApproval({ target: "dev" }), makeAudit());
      await records.addRejection(makeApproval({ digest: "e".repeat(64), at: FUTURE, state: "rejected" }), makeAudit());
      const stateOf = async (target: string) => (await records.readApprovals(target)).map(({ state }) => state);
      expect([await stateOf("prod"), await stateOf("dev")]).toEqual([["rejected", "rejected", "rejected"], ["open"]]);
      expect(await records.addApproval(makeApproval(), makeAudit())).toBe(true);
    });
  });
}
