import { describe, expect, test } from "vitest";
import type { AuditEntry } from "../../src/model/passes/audit-entry.ts";
import type { ReportedComment } from "../../src/model/reviews/reported-comment.ts";
import { makeAudit, makeDecision, makeReviewRecord, openRecords } from "./make-records.ts";

const PLACE = "gitea acme/pools on git.example.com";
const BOSS = { approvers: ["Boss"], targets: [] };
const at = (minute: number) => new Date(Date.parse("2026-11-01T00:00:00.000Z") + minute * 60_000).toISOString();

const LONG = "x".repeat(50_000);

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

    test.each(["restore_comment", "restore_statuses", "ignore_commands"])(
      "leave at most a thousand entries of %s for a target, the newest, and four megabytes; none of others go",
      async (action) => {
        const records = await openEmpty();
        const write = (target: string, nth: number, set: Partial<AuditEntry> = {}) =>
          records.writeReviewAct(
            makeReviewRecord({ target }),
            makeAudit({ target, who: "poolkeeper", via: "gitea", action, details: { nth }, ...set }),
          );
        const read = async (target = "prod") =>
          (await records.readAudit(target, 5_000)).filter((entry) => entry.action === action);
        await records.addAudit(makeAudit({ target: "prod", action: "alter_comment", via: "webhook" }));
        await write("dev", 0);
        await write("prod", 0, { action: "approve" });
        for (let nth = 0; nth < 1_150; nth += 1) await write("prod", nth);
        const kept = await read();
        expect(kept.length).toBeLessThanOrEqual(1_000);
        expect(kept[0]?.details).toEqual({ nth: 1_149 });
        for (let nth = 2_000; nth < 2_250; nth += 1) await write("prod", nth, { details: { nth, said: LONG } });
        const large = await read();
        expect(large.length).toBeLessThan(200);
        expect(large[0]?.details).toMatchObject({ nth: 2_249 });
        expect((await records.readAudit("prod", 5_000)).filter((entry) => entry.action !== action)).toHaveLength(2);
        expect(await read("dev")).toHaveLength(1);
      },
    );
  });
}
