import { describe, expect, test } from "vitest";
import { FUTURE, makeAudit, openRecords, PAST } from "./make-records.ts";

/** What is known of sessions that were ended, as tests that every database has to pass. */
export function describeSessions(database: string, makeLocation: () => Promise<string>): void {
  describe(`sessions in ${database}`, () => {
    test("one that was ended is known to every replica at once, and ending it again changes nothing", async () => {
      const location = await makeLocation();
      const [one, other] = [await openRecords(location), await openRecords(location)];
      expect(await other.readSession("alex", "s-1")).toEqual({ epoch: 0, ended: false });
      await Promise.all([one.endSession("s-1", FUTURE), other.endSession("s-1", FUTURE)]);
      for (const records of [one, other]) {
        expect(await records.readSession("alex", "s-1")).toEqual({ epoch: 0, ended: true });
        expect(await records.readSession("alex", "s-2")).toEqual({ epoch: 0, ended: false });
      }
    });

    test("those of a token are ended together: two that ask at once count twice, other tokens are left alone", async () => {
      const location = await makeLocation();
      const [one, other] = [await openRecords(location), await openRecords(location)];
      await Promise.all([one.endSessions("alex", makeAudit()), other.endSessions("alex", makeAudit())]);
      expect((await one.readSession("alex", "s-1")).epoch).toBe(2);
      expect((await one.readSession("sam", "s-1")).epoch).toBe(0);
      expect(await one.readAudit(null, 10)).toHaveLength(2);
    });

    test("one that was over by itself for long is forgotten, one that was not stays", async () => {
      const records = await openRecords(await makeLocation());
      await records.endSession("over", PAST);
      await records.endSession("kept", FUTURE);
      await records.endSessions("alex", makeAudit());
      await records.prune("2026-06-01T00:00:00.000Z", 100);
      const known = await Promise.all(["over", "kept"].map((id) => records.readSession("alex", id)));
      expect(known).toEqual([
        { epoch: 1, ended: false },
        { epoch: 1, ended: true },
      ]);
    });
  });
}
