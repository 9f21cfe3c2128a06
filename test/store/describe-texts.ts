import { describe, expect, test } from "vitest";
import { makeAudit, makeDecision, makePause, openRecords, PAST } from "./make-records.ts";

/** Signs that a server can send as parts of a text, and that no text of a database may have. */
const SPOILT = "a\u0000b\ud800c";
const KEPT = "a\ufffdb\ufffdc";

/** What becomes of texts that not every database can keep, as tests that every database has to pass. */
export function describeTexts(database: string, makeLocation: () => Promise<string>): void {
  describe(`a text from outside in ${database}`, () => {
    test("is kept with a replacement for each sign that is no text, and found by what it was", async () => {
      const records = await openRecords(await makeLocation());
      const report = { place: SPOILT, comment: SPOILT, written: PAST, number: 7, by: SPOILT, said: SPOILT, at: PAST };
      for (const _again of [1, 2]) await records.noteReported(report);
      const kept = { ...report, place: KEPT, comment: KEPT, by: KEPT, said: KEPT };
      expect(await records.readReported(SPOILT, 7)).toEqual([kept]);
      const audit = makeAudit({ who: SPOILT, details: { reason: SPOILT } });
      expect(await records.takeDelivery(SPOILT, audit)).toBe(true);
      expect(await records.takeDelivery(SPOILT, audit)).toBe(false);
      expect(await records.readAudit(audit.target, 10)).toEqual([{ ...audit, who: KEPT }]);
      await records.addPause(makePause({ reason: SPOILT }), makeAudit());
      expect(await records.readPauses("prod")).toMatchObject([{ reason: KEPT }]);
      await records.addRejection(makeDecision({ by: SPOILT, reason: SPOILT }), null);
      expect(await records.readDeciders(["prod"])).toEqual(new Set([KEPT]));
    });
  });
}
