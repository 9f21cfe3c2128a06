import { describe, expect, test } from "vitest";
import type { ReportedComment } from "../../src/model/reviews/reported-comment.ts";
import { makeAudit, makeDecision, openRecords } from "./make-records.ts";

const PLACE = "gitea acme/pools on git.example.com";
const BOSS = { approvers: ["Boss"], targets: [] };
const at = (minute: number) => new Date(Date.parse("2026-11-01T00:00:00.000Z") + minute * 60_000).toISOString();

/** A report in the given minute. */
const makeReport = (minute: number, set: Partial<ReportedComment> = {}): ReportedComment => ({
  ...{ place: PLACE, comment: `c${minute}`, written: at(minute), number: 7, by: `made-up-${minute}` },
  ...{ said: "poolkeeper reject", at: at(minute), ...set },
});

/** How much is kept of what webhooks report, as tests that every database has to pass. */
export function describeReports(database: string, makeLocation: () => Promise<string>): void {
  const openEmpty = async () => openRecords(await makeLocation());

  describe(`reports in ${database}`, () => {
    test("of one request are at most a thousand: the oldest go of who has the most, and none of deciders for others", async () => {
      const records = await openEmpty();
      await records.addRejection(makeDecision({ by: "carol" }), null);
      const deciders = { approvers: ["Boss"], targets: ["prod"] };
      const single = ["boss", "CAROL", "newcomer"];
      for (const [minute, by] of single.entries()) await records.noteReported(makeReport(minute, { by }), deciders);
      for (let minute = 10; minute < 1_310; minute += 1)
        await records.noteReported(makeReport(minute, { by: "mallory" }), deciders);
      const kept = await records.readReported(PLACE, 7);
      expect(kept.slice(0, 3).map(({ by }) => by)).toEqual(single);
      expect(kept.length).toBeGreaterThan(900);
      expect(kept.length).toBeLessThanOrEqual(1_000);
      expect(kept.at(-1)?.comment).toBe("c1309");
      for (let minute = 2_000; minute < 3_200; minute += 1) await records.noteReported(makeReport(minute), deciders);
      const left = await records.readReported(PLACE, 7);
      expect(left.slice(0, 2).map(({ by }) => by)).toEqual(["boss", "CAROL"]);
      expect(left.length).toBeLessThanOrEqual(1_002);
      expect(left[2]?.by).toMatch(/^made-up/);
    });

    test("leave at most ten thousand entries of the audit for a target, and none of others go", async () => {
      const records = await openEmpty();
      const entry = (minute: number) =>
        makeAudit({ target: "prod", who: "mallory", via: "webhook", action: "write_command", at: at(minute) });
      await records.addAudit(makeAudit({ target: "prod", who: "mallory", action: "approve" }));
      await records.addAudit({ ...entry(0), target: "dev" });
      await records.addAudit({ ...entry(0), who: "boss" });
      const take = (minute: number) => records.takeDelivery(`prod:${minute}`, entry(minute), BOSS);
      for (let from = 0; from < 10_100; from += 50)
        await Promise.all(Array.from({ length: 50 }, (_, of) => take(from + of)));
      const audit = await records.readAudit("prod", 20_000);
      const commands = audit.filter(({ action }) => action === "write_command");
      expect(commands.length).toBeLessThanOrEqual(10_000);
      expect(commands.at(-1)?.who).toBe("boss");
      expect(commands.some((one) => one.at === at(10_099))).toBe(true);
      expect(audit.filter(({ action }) => action === "approve")).toHaveLength(1);
      expect(await records.readAudit("dev", 10)).toHaveLength(1);
      expect(await records.takeDelivery("prod:0", null)).toBe(true);
      expect(await records.takeDelivery("prod:10099", null)).toBe(false);
    });
  });
}
