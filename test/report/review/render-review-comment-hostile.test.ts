import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderReviewComment } from "../../../src/report/review/render-review-comment.ts";
import { isReviewOf, reviewMarker } from "../../../src/report/review/review-marker.ts";
import { escapeMarkdown, link } from "../../../src/report/text/markdown.ts";
import { findBrokenMarkup, removeCode } from "./find-broken-markup.ts";
import { cycleHostile, HOSTILE, spoilReviews } from "./spoil-review.ts";

const ROOM = { maxLength: 65_536 };
/** What forges make links of in the text that they have rendered. */
const REFERENCE = /@\w|(^|[^&\\])#\d|!\d|\bGH-\d|~\w|%\w|\$\d|:\/\/|www\.|\[\[|:[a-z]+:/i;

/** Pieces of hostile texts in any order. */
const hostile = fc
  .array(
    fc.oneof(fc.constantFrom(...HOSTILE.flatMap((text) => [text, ...text.split(/\b/)])), fc.string({ unit: "binary" })),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(""));

describe("texts from outside", () => {
  test.each(HOSTILE.map((_text, index) => index))("stay text wherever they stand (%i)", (start) => {
    for (const review of spoilReviews(cycleHostile(start))) {
      const comment = renderReviewComment(review, ROOM);
      expect(findBrokenMarkup(comment)).toEqual([]);
      expect(comment).not.toContain("hunter2secret");
      expect(comment.split("<!-- poolkeeper:")).toHaveLength(2);
    }
  });

  test("stay text whatever they are made of", () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 3, maxLength: 9 }), (texts) => {
        let next = 0;
        const comments = spoilReviews(() => texts[next++ % texts.length] ?? "").map((review) =>
          renderReviewComment(review, ROOM),
        );
        expect(comments.flatMap(findBrokenMarkup)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test("hold no reference to a person, a request or an address, but in code", () => {
    fc.assert(fc.property(hostile, (text) => !REFERENCE.test(decode(removeCode(escapeMarkdown(text))))));
  });

  test("are no link unless their address is one of the web", () => {
    expect(link("\\#12", "javascript:alert(1)")).toBe("\\#12");
    expect(link("\\#12", "no address")).toBe("\\#12");
    expect(link("\\#12", "https://a:b@git.example.com/x(1)?a=1&b=<2>|")).toBe(
      "[\\#12](https://git.example.com/x%281%29?a=1&amp;b=%3C2%3E%7c)",
    );
  });
});

describe("the marker", () => {
  test("finds the comment of its target and of no other", () => {
    for (const target of ["production", "a--b", "x--> <b>", "ü", "", "a".repeat(300)]) {
      const body = `${reviewMarker(target)}\r\nwhatever`;
      expect(isReviewOf(target, body)).toBe(true);
      expect(isReviewOf(`${target}2`, body)).toBe(false);
      expect(isReviewOf(target, `> ${body}`)).toBe(false);
      expect(isReviewOf(target, `pasted:\n${body}`)).toBe(false);
      expect(reviewMarker(target)).toMatch(/^<!-- poolkeeper:[~\w.-]+ -->$/);
      expect(reviewMarker(target).length).toBeLessThan(130);
    }
  });
});

function decode(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_all, code) => String.fromCodePoint(Number(code)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
