import { randomBytes, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { nameRequest } from "../../src/model/reviews/name-request.ts";
import type { Review } from "../../src/model/reviews/review.ts";
import { makeKeptPlan } from "./make-kept-plan.ts";
import {
  LEFT,
  LITTLE_ROOM,
  MERGED,
  makeAudit,
  makeDecision,
  makeGroupRecord,
  makeReviewRecord,
  openRecords,
  PAST,
} from "./make-records.ts";

const REVIEW: Review = {
  ...{ target: "prod", head: "a".repeat(40), base: null, outcome: null, approval: "merge", approved: null },
  ...{ verdict: { kind: "conflict", files: ["größer.yaml"] }, made_at: PAST, version: "0.0.0", page: null },
};

/** As if these were all that are configured. */
const ALL = { targets: ["dev", "prod"] };

const SEVENTH = nameRequest(makeReviewRecord());

/** What is kept of pull requests, as tests that every database has to pass. */
export function describeReviews(database: string, makeLocation: () => Promise<string>): void {
  describe(`a review in ${database}`, () => {
    test("is there by target and number, with the last that was said", async () => {
      const records = await openRecords(await makeLocation());
      expect(await records.readReview("prod", SEVENTH)).toBeNull();
      await records.writeReview(makeReviewRecord(), REVIEW);
      await records.writeReview(makeReviewRecord({ comment: "13" }), null);
      expect(await records.readReview("prod", SEVENTH)).toEqual({
        record: makeReviewRecord({ comment: "13" }),
        review: REVIEW,
      });
      expect(await records.readReview("dev", SEVENTH)).toBeNull();
    });

    test("of a target takes no more room than all are given, and of an author than one is, what is settled apart", async () => {
      const records = await openRecords(await makeLocation(), LITTLE_ROOM);
      const large = (number: number, author: string) =>
        makeReviewRecord({ number, author, title: "t".repeat(LITTLE_ROOM / 5) });
      for (const number of [1, 2, 3, 4]) await records.writeReview(large(number, `author-${number}`), null);
      const full = (who: string) => ({ code: "requests_full", message: expect.stringContaining(who) });
      await expect(records.writeReview(large(5, "mona"), null)).rejects.toMatchObject(full("author-"));
      const longer = { ...large(3, "author-3"), title: "t".repeat(LITTLE_ROOM) };
      await expect(records.writeReview(longer, null)).rejects.toMatchObject(full("author-"));
      const hasRoom = (author: string) => records.hasRoom({ target: "prod", author });
      expect([await hasRoom("mona"), await hasRoom("author-1")]).toEqual([true, true]);
      await records.writeReview({ ...large(1, "author-1"), title: "t".repeat(LITTLE_ROOM / 4) }, null);
      expect([await hasRoom("mona"), await hasRoom("author-1")]).toEqual([true, false]);
      expect(await records.readReviews("prod")).toHaveLength(4);
      await records.writeReview({ ...large(1, "author-1"), ...LEFT }, null);
      await records.readReviews("prod");
      expect(await hasRoom("author-1")).toBe(true);
    });

    test("has room for what approvers say of it, whatever the others take", async () => {
      const records = await openRecords(await makeLocation(), LITTLE_ROOM);
      const small = makeReviewRecord({ number: 9 });
      await records.writeReview(small, null);
      const rest = LITTLE_ROOM - 8_000 - JSON.stringify(small).length;
      await records.writeReview(makeReviewRecord({ number: 1, author: "mallory", title: "t".repeat(rest) }), null);
      await expect(records.hasRoom({ target: "prod", author: "mona" })).rejects.toMatchObject({
        message: expect.stringContaining("mallory"),
      });
      await records.writeReview({ ...small, title: "t".repeat(6_000) }, null);
      await records.writeReviewAct({ ...small, title: "u".repeat(6_000) }, makeAudit());
      expect((await records.readRecord("prod", nameRequest(small)))?.title).toBe("u".repeat(6_000));
    });

    test("that used an approval is found among all of its commit", async () => {
      const records = await openRecords(await makeLocation());
      const open = [7, 8].map((number) => makeReviewRecord({ number, title: '"spent":["' }));
      const used = makeReviewRecord({ number: 10, spent: ["d".repeat(64)] }, MERGED);
      for (const record of [...open, used]) await records.writeReview(record, REVIEW);
      const which = { ...ALL, besides: null, most: null } as const;
      expect(await records.readReviewsAt(used.place, used.head, { ...which, spent: true })).toEqual([used]);
      expect(await records.readReviewsAt(used.place, used.head, which)).toEqual([...open, used]);
    });

    test("has each account once that was reported to decide about it since then, as long as something is to be said of it", async () => {
      const records = await openRecords(await makeLocation());
      const record = makeReviewRecord();
      const { place, number } = record;
      const report = (by: string, at: string, about: object = {}) =>
        records.noteReported({ ...{ place, number, comment: randomUUID(), written: at, by, said: "", at }, ...about });
      const [before, early, late] = ["2026-01-01", "2026-01-02", "2026-01-03"].map((day) => `${day}T00:00:00.000Z`);
      if (before === undefined || early === undefined || late === undefined) expect.fail();
      for (const at of [late, before, early]) await report("ada", at);
      await report("mona", early);
      await report("carol", before);
      await report("boss", late, { number: number + 1 });
      await report("boss", late, { place: "elsewhere" });
      expect(await records.readReporters("prod", "")).toEqual([]);
      await records.writeReview(record, null);
      await records.writeReview({ ...record, target: "dev", ...LEFT }, null);
      const found = await records.readReporters("prod", early);
      expect(found.toSorted((one, other) => (one.by < other.by ? -1 : 1))).toEqual([
        { place, number, by: "ada", at: late },
        { place, number, by: "mona", at: early },
      ]);
      expect(await records.readReporters("prod", "")).toHaveLength(3);
      expect(await records.readReporters("dev", "")).toEqual([]);
    });

    test("that was asked for again is not settled by who read it before that, with an act neither", async () => {
      const records = await openRecords(await makeLocation());
      const read = async () => (await records.readRecord("prod", SEVENTH)) ?? expect.fail();
      const ask = (name: string) => records.askAgain("prod", makeReviewRecord(), name);
      await ask("before there is one");
      await records.writeReview(makeReviewRecord(), REVIEW);
      const former = await read();
      await ask("a comment");
      await records.writeReview({ ...former, ...LEFT, title: "late" }, null);
      expect(await read()).toMatchObject({ settled: false, title: "late", asked_again: "a comment" });
      await records.writeReviewAct({ ...former, ...LEFT }, makeAudit());
      expect(await records.readReviews("prod")).toHaveLength(1);
      const known = await read();
      await records.writeReview({ ...known, ...LEFT }, null);
      await ask("a comment");
      expect(await records.readReviews("prod")).toEqual([]);
      await ask("another one");
      expect(await records.readReviews("prod")).toHaveLength(1);
    });

    test("keeps its plan only as long as a target's plans have room, the smallest ones first, and is not reported again", async () => {
      const records = await openRecords(await makeLocation(), LITTLE_ROOM);
      const LARGE = (LITTLE_ROOM * 2) / 3;
      const planned = (bytes: number): Review => {
        const { plan } = makeKeptPlan({ digest: "a".repeat(64) });
        const parts = { request: [], drift: [], both: [] };
        const large = { ...plan, unmanaged: ["ö".repeat(bytes / 2)] };
        return { ...REVIEW, verdict: { kind: "planned", plan: large, parts, overlaps: [] } };
      };
      const ofNumber = (number: number) => makeReviewRecord({ number, said: "all of it" });
      const read = async (number: number) => {
        const kept = await records.readReview("prod", nameRequest(ofNumber(number)));
        const verdict = kept?.review?.verdict;
        return [verdict?.kind === "failed" ? verdict.code : verdict?.kind, kept?.record.said];
      };
      const other = makeReviewRecord({ number: 1, target: "dev" });
      await records.writeReview(other, planned(LARGE));
      for (const number of [1, 2]) await records.writeReview(ofNumber(number), planned(LARGE + number * 100));
      await records.writeReview(ofNumber(3), planned(10_000));
      expect(await Promise.all([1, 2, 3].map(read))).toEqual([
        ["planned", "all of it"],
        ["too_large", "all of it"],
        ["planned", "all of it"],
      ]);
      expect((await records.readReview("dev", nameRequest(other)))?.review?.verdict.kind).toBe("planned");
    });

    test("keeps all that it has shown, and takes no other large plan from an author whose plans have no room", async () => {
      const records = await openRecords(await makeLocation(), LITTLE_ROOM);
      const LARGE = Math.floor((LITTLE_ROOM * 2) / 3);
      const makeLarge = () => [randomBytes((LARGE * 3) / 4).toString("base64")];
      const [first, second] = [makeLarge(), makeLarge()];
      const other = nameRequest(makeReviewRecord({ number: 8 }));
      const note = (target: string, request: string, author: string, digest: string, effects: readonly string[]) =>
        records.noteShown(target, request, { digest, effects, author });
      expect([
        await note("dev", SEVENTH, "mallory", "a", first),
        await note("prod", SEVENTH, "mallory", "a", first),
        await note("prod", other, "Mallory", "b", second),
        await note("prod", SEVENTH, "mallory", "a", second),
        await note("prod", SEVENTH, "mona", "c", first),
        await note("prod", other, "mallory", "d", ["cluster.a 0"]),
      ]).toEqual(["kept", "kept", "author_full", "kept", "kept", "kept"]);
      const read = (target: string, request: string, digest: string) => records.readShown(target, request, digest);
      expect(await read("dev", SEVENTH, "a")).toEqual(first);
      expect(await read("prod", SEVENTH, "a")).toEqual(second);
      expect(await read("prod", other, "b")).toBeNull();
      expect(await read("prod", SEVENTH, "c")).toEqual(first);
      expect(await read("prod", other, "d")).toEqual(["cluster.a 0"]);
    });

    test("keeps what a plan of very many changes does in a part of the room that it takes as text", async () => {
      const records = await openRecords(await makeLocation(), LITTLE_ROOM);
      const of = (index: number) => `settings.acme/development/pools-${index % 40} ${randomBytes(8).toString("hex")}`;
      const effects = Array.from({ length: LITTLE_ROOM / 40 }, (_, index) => of(index)).sort();
      expect(JSON.stringify(effects).length).toBeGreaterThan(LITTLE_ROOM);
      expect(await records.noteShown("prod", SEVENTH, { digest: "a", effects, author: "mona" })).toBe("kept");
      expect(await records.readShown("prod", SEVENTH, "a")).toEqual(effects);
    });

    test("has no plan where a release wrote it in a format that this one does not read", async () => {
      const records = await openRecords(await makeLocation());
      const { plan } = makeKeptPlan({ digest: "a".repeat(64) });
      const planned = (format_version: string): Review => ({
        ...REVIEW,
        verdict: {
          ...{ kind: "planned", plan: { ...plan, format_version: format_version as "3.0" } },
          ...{ parts: { request: [], drift: [], both: [] }, overlaps: [] },
        },
      });
      const read = async () => (await records.readReview("prod", SEVENTH))?.review;
      await records.writeReview(makeReviewRecord(), planned("2.0"));
      expect(await read()).toMatchObject({ verdict: { kind: "failed", code: "unknown_format" } });
      await records.writeReview(makeReviewRecord(), planned("3.0"));
      expect(await read()).toEqual(planned("3.0"));
    });

    test("is listed by target and by repository until it is settled, by number", async () => {
      const records = await openRecords(await makeLocation());
      const other = makeReviewRecord({ target: "dev" });
      const elsewhere = makeReviewRecord({ target: "far", place: "github acme/pools on github.com" });
      const early = makeReviewRecord({ number: 2 });
      for (const record of [makeReviewRecord(), other, elsewhere, early]) await records.writeReview(record, REVIEW);
      await records.writeReview(makeReviewRecord({ number: 3 }, LEFT), REVIEW);
      expect(await records.readReviews("prod")).toEqual([early, makeReviewRecord()]);
      const { place, head } = other;
      expect(await records.readReviewsAt(place, head, { ...ALL, besides: null, most: 9 })).toEqual([
        ...[early, other, makeReviewRecord()],
      ]);
      expect(await records.readReviewsAt(place, head, { targets: ["dev"], besides: null, most: 9 })).toEqual([other]);
      expect(await records.readReviewsOf(SEVENTH)).toEqual([other, makeReviewRecord()]);
      expect((await records.readReviewsOf(nameRequest({ ...other, number: 3 }))).map(({ settled }) => settled)).toEqual(
        [true],
      );
    });

    test("is found by its newest commit, by its number and the id of its comment, and by comments that are to be judged", async () => {
      const records = await openRecords(await makeLocation());
      const no = { comment: "5", by: "mona", at: PAST, head: "a".repeat(40), digest: null, effects: [] };
      const own = makeReviewRecord({ comment: "13" });
      const next = makeReviewRecord({ number: 8, comment: "1_" });
      const pushed = makeReviewRecord({ number: 9, head: "c".repeat(40), undecided: [no] });
      for (const record of [own, next, pushed]) await records.writeReview(record, REVIEW);
      const at = (record: typeof own, besides: string | null, most = 9) =>
        records.readReviewsAt(record.place, record.head, { ...ALL, besides, most });
      expect([await at(own, null), await at(own, SEVENTH), await at(own, null, 1)]).toEqual([
        [own, next],
        [next],
        [own],
      ]);
      expect(await at(pushed, null)).toEqual([pushed]);
      const find = (number: number, comment: string) => records.findCommented("prod", number, comment);
      expect([await find(7, "13"), await find(8, "1_"), await find(8, "13"), await find(7, "5")]).toEqual([
        ...[own, next],
        ...[null, null],
      ]);
      expect(await records.readUndecided("prod")).toEqual([pushed]);
      await records.writeReview({ ...pushed, head: own.head, undecided: [] }, null);
      expect(await records.readUndecided("prod")).toEqual([]);
      expect(await at(pushed, null)).toEqual([]);
      expect(await at(own, SEVENTH)).toEqual([next, { ...pushed, head: own.head, undecided: [] }]);
    });

    test("is not that of another request that had or gets its number, on this forge or another one", async () => {
      const records = await openRecords(await makeLocation());
      const own = makeReviewRecord({ opened: PAST });
      const restored = makeReviewRecord({ opened: "2026-09-02T09:00:00.000Z", updated_at: "2026-12-01T00:00:00.000Z" });
      const moved = makeReviewRecord({ opened: PAST, place: "gitea acme/pools on new.example.com" });
      for (const record of [own, restored, moved]) await records.writeReview(record, REVIEW);
      for (const record of [own, restored, moved]) {
        expect(await records.readRecord("prod", nameRequest(record))).toEqual(record);
      }
      expect(await records.readReviewsOf(nameRequest(moved))).toEqual([moved]);
      expect((await records.findReview("prod", 7))?.record).toEqual(restored);
    });

    test("gets its name where an older release had another one, and its decisions do, once", async () => {
      const records = await openRecords(await makeLocation());
      const former = makeReviewRecord();
      const own = makeReviewRecord({ opened: PAST, place: "gitea acme/pools on git.example.com/gitea" });
      await records.writeReview(former, REVIEW);
      await records.addRejection(makeDecision({ request: nameRequest(former) }), null);
      await records.addRejection(makeDecision({ request: "#7" }), null);
      for (let times = 0; times < 2; times++) await records.renameRequest("prod", ["#7", nameRequest(former)], own);
      expect(await records.readReviews("prod")).toEqual([own]);
      expect(await records.readReview("prod", nameRequest(own))).toEqual({ record: own, review: REVIEW });
      expect(await records.readReview("prod", nameRequest(former))).toBeNull();
      const requests = (await records.readDecisions("prod")).map(({ request }) => request);
      expect(requests).toEqual([nameRequest(own), nameRequest(own)]);
      await records.writeReview(makeReviewRecord({ head: "c".repeat(40) }), null);
      await records.renameRequest("prod", [nameRequest(former)], own);
      expect((await records.readReview("prod", nameRequest(own)))?.record).toEqual(own);
    });

    test("keeps what each of its plans did under its name of now, and as long as it is kept", async () => {
      const records = await openRecords(await makeLocation());
      const own = makeReviewRecord({ opened: PAST });
      const [first, second] = ["1".repeat(64), "2".repeat(64)];
      await records.writeReview(makeReviewRecord(), REVIEW);
      const author = "mona";
      for (const effects of [["a"], ["b", "c"]]) {
        await records.noteShown("prod", SEVENTH, { digest: first, effects, author });
      }
      await records.noteShown("prod", SEVENTH, { digest: second, effects: [], author });
      await records.noteShown("prod", nameRequest(own), { digest: second, effects: ["d"], author });
      await records.renameRequest("prod", [SEVENTH], own);
      const read = (digest: string) => records.readShown("prod", nameRequest(own), digest);
      expect([await read(first), await read(second), await read("3".repeat(64))]).toEqual([["b", "c"], ["d"], null]);
      await records.prune("2026-10-01T00:00:00.000Z", 100);
      expect(await read(first)).toEqual(["b", "c"]);
      await records.writeReview({ ...own, ...LEFT }, null);
      await records.prune("2026-10-01T00:00:00.000Z", 100);
      expect([await read(first), await records.readShown("prod", SEVENTH, second)]).toEqual([null, null]);
    });

    test("is written with the audit of what somebody did, or neither is", async () => {
      const records = await openRecords(await makeLocation());
      await records.writeReviewAct(makeReviewRecord(), makeAudit({ id: "taken" }));
      expect(await records.readReview("prod", SEVENTH)).toEqual({ record: makeReviewRecord(), review: null });
      const again = records.writeReviewAct(makeReviewRecord({ asked: true }), makeAudit({ id: "taken" }));
      await expect(again).rejects.toMatchObject({ code: "store_failed" });
      expect((await records.readReview("prod", SEVENTH))?.record.asked).toBe(false);
    });

    test("that is settled is removed after long, and one that is open or merged stays until it is settled", async () => {
      const records = await openRecords(await makeLocation());
      const open = makeReviewRecord();
      const merged = makeReviewRecord({ number: 8 }, MERGED);
      const settled = makeReviewRecord({ number: 9 }, LEFT);
      const lately = makeReviewRecord({ number: 10, updated_at: "2026-11-01T00:00:00.000Z" }, LEFT);
      for (const record of [open, merged, settled, lately]) await records.writeReview(record, REVIEW);
      await records.prune("2026-10-01T00:00:00.000Z", 100);
      expect(await records.readReviews("prod")).toEqual([open, merged]);
      expect(await records.readReview("prod", nameRequest(settled))).toBeNull();
      expect((await records.readReview("prod", nameRequest(lately)))?.record).toEqual(lately);
    });
  });

  describe(`who opened the requests that a branch has, in ${database},`, () => {
    test("is unknown at first, and then what was written last, for each target", async () => {
      const records = await openRecords(await makeLocation());
      expect(await records.readAuthors("prod")).toBeNull();
      const requests = [{ number: 7, author: "mona" }];
      const known = { target: "prod", from: "a".repeat(40), revisions: ["b".repeat(40)], requests };
      await records.writeAuthors(known);
      await records.writeAuthors({ ...known, target: "dev" });
      const later = { ...known, from: "b".repeat(40), requests: [] };
      await records.writeAuthors(later);
      expect(await records.readAuthors("prod")).toEqual(later);
      expect(await records.readAuthors("dev")).toEqual({ ...known, target: "dev" });
    });
  });

  describe(`a merge group in ${database}`, () => {
    test("is there by target, and by commit for all targets of its repository, until it is removed", async () => {
      const records = await openRecords(await makeLocation());
      const [own, other] = [makeGroupRecord(), makeGroupRecord({ target: "dev" })];
      const elsewhere = makeGroupRecord({ target: "far", place: "github acme/pools on github.com" });
      const next = makeGroupRecord({ head: "c".repeat(40) });
      for (const record of [own, other, elsewhere, next]) await records.writeGroup(record);
      const later = { ...own, told: { ...own.statuses, at: PAST } };
      await records.writeGroup(later);
      expect(await records.readGroups("prod")).toEqual([later, next]);
      expect(await records.readGroupsOf(own.place, own.head)).toEqual([other, later]);
      await records.removeGroups("prod", []);
      await records.removeGroups("prod", [own.head]);
      expect(await records.readGroups("prod")).toEqual([next]);
      expect(await records.readGroups("dev")).toEqual([other]);
    });

    test("of a target that nobody looks at any more is removed", async () => {
      const records = await openRecords(await makeLocation());
      const lately = makeGroupRecord({ head: "c".repeat(40), updated_at: "2026-11-01T00:00:00.000Z" });
      for (const record of [makeGroupRecord(), lately]) await records.writeGroup(record);
      await records.prune("2026-10-01T00:00:00.000Z", 100);
      expect(await records.readGroups("prod")).toEqual([lately]);
    });
  });
}
