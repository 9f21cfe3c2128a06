import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/model/diagnostics/diagnostic.ts";
import { nameRequest } from "../../src/model/reviews/name-request.ts";
import type { Review, ReviewVerdict } from "../../src/model/reviews/review.ts";
import { LEFT, LITTLE_ROOM, makeReviewRecord, openRecords, PAST } from "./make-records.ts";

const makeReview = (verdict: ReviewVerdict): Review => ({
  ...{ target: "prod", head: "a".repeat(40), base: null, outcome: null, approval: "merge", approved: null },
  ...{ verdict, made_at: PAST, version: "0.0.0", page: null },
});

const LONG_PATH = `queues/${"ö".repeat(1_000)}.yaml`;

const makeInvalid = (errors: number): ReviewVerdict => {
  const error: Diagnostic = {
    ...{ severity: "error", code: "unknown-field", summary: "Unknown field", detail: "Remove it." },
    ...{ file: LONG_PATH, line: 1, column: 1, address: null },
  };
  return { kind: "invalid", diagnostics: Array.from({ length: errors }, (_, line) => ({ ...error, line: line + 1 })) };
};

/** How much the reviews of a target take, as tests that every database has to pass. */
export function describeReviewRoom(database: string, makeLocation: () => Promise<string>): void {
  const openLittle = async () => {
    const records = await openRecords(await makeLocation(), LITTLE_ROOM);
    const read = async (number: number) =>
      (await records.readReview("prod", nameRequest(makeReviewRecord({ number }))))?.review ?? null;
    const measure = async (numbers: number) => {
      let bytes = 0;
      for (let number = 1; number <= numbers; number += 1)
        bytes += Buffer.byteLength(JSON.stringify(await read(number)));
      return bytes;
    };
    return { records, read, measure };
  };

  describe(`reviews without a plan in ${database}`, () => {
    test("have no more room than plans: of errors the first few stay, and how many there were", async () => {
      const { records, read, measure } = await openLittle();
      for (let number = 1; number <= 12; number += 1)
        await records.writeReview(makeReviewRecord({ number }), makeReview(makeInvalid(200)));
      expect(await measure(12)).toBeLessThan(LITTLE_ROOM + 12 * 4_000);
      const verdict = (await read(12))?.verdict;
      if (verdict?.kind !== "invalid") return expect.fail(verdict?.kind);
      expect(verdict.diagnostics[0]).toMatchObject({ line: 1, file: expect.stringMatching(/^…ö+\.yaml$/) });
      expect(verdict.diagnostics.at(-1)).toMatchObject({
        code: "more-diagnostics",
        summary: expect.stringContaining("of 200 errors and warnings"),
      });
      expect((await read(1))?.verdict).toEqual(makeInvalid(200));
    });

    test.each<[string, ReviewVerdict]>([
      ["files in conflict", { kind: "conflict", files: Array.from({ length: 100 }, () => LONG_PATH) }],
      ["a message", { kind: "failed", code: "defect", message: "m".repeat(LITTLE_ROOM / 8) }],
      ["few errors", makeInvalid(4)],
    ])("have no more room than plans: %s", async (_, verdict) => {
      const { records, measure } = await openLittle();
      const review = makeReview(verdict);
      const count = Math.ceil((2 * LITTLE_ROOM) / JSON.stringify(review).length);
      // Records of ended requests take no room of the open ones.
      for (let number = 1; number <= count; number += 1)
        await records.writeReview(makeReviewRecord({ number }, LEFT), review);
      expect(await measure(count)).toBeLessThan(LITTLE_ROOM * 1.1 + count * 4_000);
    });

    test("take the room of ended requests first", async () => {
      const { records, read } = await openLittle();
      await records.writeReview(makeReviewRecord({ number: 1 }, LEFT), makeReview(makeInvalid(150)));
      for (const number of [2, 3])
        await records.writeReview(makeReviewRecord({ number }), makeReview(makeInvalid(220)));
      const count = async (number: number) => {
        const verdict = (await read(number))?.verdict;
        return verdict?.kind === "invalid" ? verdict.diagnostics.length : expect.fail(verdict?.kind);
      };
      expect([await count(2), await count(3)]).toEqual([220, 220]);
      expect(await count(1)).toBeLessThan(10);
    });
  });

  describe(`what requests have shown in ${database}`, () => {
    const LARGE = [randomBytes(LITTLE_ROOM / 2).toString("base64")];
    const SMALL = ["s".repeat(9_900)];
    const openShown = async () => {
      const records = await openRecords(await makeLocation(), LITTLE_ROOM);
      let count = 0;
      const note = (author: string, effects: readonly string[], digest = `d${count++}`) =>
        records.noteShown("prod", "r", { digest, effects, author });
      /** How many of them are kept before one is not, and what is said of that. */
      const fill = async (author: string, effects: readonly string[]) => {
        for (let kept = 0; ; kept += 1) {
          const answer = await note(author, effects);
          if (answer !== "kept") return [kept, answer];
        }
      };
      return { records, note, fill };
    };

    test("has a room for all authors together, who may be made up; what was shown stays, and small plans have as much again", async () => {
      const { records, note, fill } = await openShown();
      const authors = Array.from({ length: 12 }, (_, index) => `made-up-${index}`);
      const first = await note("mona", LARGE, "first");
      const kept: unknown[] = [];
      for (const author of authors) kept.push(await note(author, LARGE));
      expect([first, ...kept].filter((answer) => answer === "kept")).toHaveLength(5);
      expect(kept.slice(4)).toEqual(Array.from({ length: 8 }, () => "target_full"));
      expect(await note("mona", LARGE, "first")).toBe("kept");
      expect(await records.readShown("prod", "r", "first")).toEqual(LARGE);
      expect(await note("carol", SMALL)).toBe("kept");
      expect(await records.noteShown("dev", "r", { digest: "a", effects: LARGE, author: "mona" })).toBe("kept");
      for (const author of authors.slice(0, 2)) await fill(author, SMALL);
      const answers: unknown[] = [];
      for (const author of authors.slice(2)) answers.push((await fill(author, SMALL))[1]);
      expect(answers.at(-1)).toBe("target_full");
      expect(await note("carol", SMALL)).toBe("target_full");
    });

    test("has no room for small plans of one author without end", async () => {
      const { note, fill } = await openShown();
      const [kept, answer] = await fill("mallory", SMALL);
      expect(answer).toBe("author_full");
      expect(Number(kept) * 9_900).toBeLessThanOrEqual(2 * LITTLE_ROOM);
      expect(Number(kept) * 9_900).toBeGreaterThan(1.9 * LITTLE_ROOM);
      expect(await note("mona", SMALL)).toBe("kept");
    });
  });
}
