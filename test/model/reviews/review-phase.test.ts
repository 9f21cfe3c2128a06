import fc from "fast-check";
import { expect, test } from "vitest";
import {
  moveReview,
  OPEN,
  phaseOf,
  REVIEW_TRANSITIONS,
  type ReviewEvent,
  type ReviewPhase,
} from "../../../src/model/reviews/review-phase.ts";
import { readReviewBody, writeReviewBody } from "../../../src/store/records/review-body.ts";
import { makeReviewRecord } from "../../store/make-records.ts";
import { listTransitions } from "../list-transitions.ts";

const MERGE = { by: "mona", commit: "c".repeat(40), at: "2026-01-01T00:00:00.000Z" };
const HELD = { kind: "held", by: "mona", digest: "d", reviewed: true } as const;

test("the whole table of requests", () => {
  expect(listTransitions(REVIEW_TRANSITIONS)).toEqual([
    ...["open opened open", "open merged merged", "open closed closed", "open resumed open"],
    ...["merged opened open", "merged merged merged", "merged closed closed", "merged followed merged"],
    ...["merged settled done", "merged resumed merged", "merged unlocked merged"],
    ...["done opened open", "done merged merged", "done closed closed", "done followed merged"],
    ...["done settled done", "done resumed merged", "done unlocked done"],
    ...["closed opened open", "closed merged merged", "closed closed closed", "closed settled left"],
    "closed resumed closed",
    ...["left opened open", "left merged merged", "left closed closed", "left settled left", "left resumed closed"],
  ]);
});

const events: fc.Arbitrary<ReviewEvent> = fc.oneof(
  fc.constantFrom<ReviewEvent>({ kind: "opened" }, { kind: "settled" }, { kind: "resumed" }, { kind: "unlocked" }),
  fc.constantFrom<ReviewEvent>(
    { kind: "merged", merged: MERGE },
    { kind: "closed", outcome: { kind: "closed", base: "other" } },
    { kind: "followed", outcome: HELD },
    { kind: "followed", outcome: null },
  ),
);

/** After each of the events that is possible; the others throw. */
function walk(
  happened: readonly ReviewEvent[],
  onEach: (before: ReviewPhase, event: ReviewEvent, after: ReviewPhase) => void,
) {
  let now: ReviewPhase = OPEN;
  for (const event of happened) {
    const to = REVIEW_TRANSITIONS[now.phase][event.kind];
    if (to === null) {
      expect(() => moveReview(now, event)).toThrow(`impossible transition: ${event.kind} while ${now.phase}`);
      continue;
    }
    const after: ReviewPhase = moveReview(now, event);
    expect(after.phase).toBe(to);
    onEach(now, event, after);
    now = after;
  }
}

test("whatever happens, a merge is known from when it was seen, and what was settled is settled until something is to be said", () => {
  fc.assert(
    fc.property(fc.array(events), (happened) => {
      walk(happened, (before, event, after) => {
        expect(after.settled).toBe(after.phase === "done" || after.phase === "left");
        if (event.kind === "settled") expect(moveReview(after, event)).toEqual(after);
        if (event.kind === "resumed") expect(after.settled).toBe(false);
        if (after.phase === "open") expect(after).toEqual(OPEN);
        else expect(after.merged).toEqual(event.kind === "merged" ? event.merged : before.merged);
      });
    }),
  );
});

test("a settled request that is resumed and settled again is as it was", () => {
  fc.assert(
    fc.property(fc.array(events), (happened) => {
      walk(happened, (_before, _event, after) => {
        if (!after.settled) return;
        expect(moveReview(moveReview(after, { kind: "resumed" }), { kind: "settled" })).toEqual(after);
      });
    }),
  );
});

test("a store gives back each phase that a request can come to", () => {
  fc.assert(
    fc.property(fc.array(events), (happened) => {
      walk(happened, (_before, _event, after) => {
        const record = makeReviewRecord({ said: "said" }, after);
        const read = readReviewBody(writeReviewBody(record), "prod");
        expect(read).toEqual(record);
        expect(phaseOf(read)).toEqual(after);
      });
    }),
  );
});
