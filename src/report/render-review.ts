import type { Review } from "../model/review.ts";
import { describeLeftOut } from "./describe-left-out.ts";
import { describeFooter, describeNext } from "./describe-next.ts";
import { describeAltered, describeReviewOutcome, describeVerdict } from "./describe-verdict.ts";
import { BLANK_LINE, fitSections, type Section } from "./fit-sections.ts";
import { code, cutTo } from "./markdown.ts";
import { reviewMarker } from "./review-marker.ts";
import { layOutReview } from "./review-sections.ts";

/** What is kept free for the line that says what is left out: every kind of object has its count in it. */
const NOTE_ROOM = 1200;

/**
 * The comment on a request about one target, as Markdown that begins with the target's marker: never longer than `maxLength` in units of
 * UTF-16, which no forge counts lower. Only whole objects are left out, destructive ones last, and a line says how many. Nothing that comes
 * from the repository or the control plane becomes markup. Throws a RangeError where not even the marker has room.
 */
export function renderReview(review: Review, options: { readonly maxLength: number }): string {
  return fitReview(review, options).text;
}

/** {@link renderReview}, and whether it shows the whole plan: nothing is left out, and nothing is cut. */
export function fitReview(
  review: Review,
  { maxLength }: { readonly maxLength: number },
): { readonly text: string; readonly isWhole: boolean } {
  const layout = layOutReview(review.verdict).filter((part) => part !== "");
  const frame = frameReview(review);
  const fixed = [...Object.values(frame), ...layout.filter((part) => typeof part === "string")];
  const room = maxLength - sizeOf(fixed) - NOTE_ROOM;
  if (room < 0) return { text: renderSmall(review, layout, maxLength), isWhole: false };
  const { head, altered, outcome, verdict, next, footer } = frame;
  const fitted = fitSections(layout, room);
  const leftOut = describeLeftOut(fitted, review.page);
  const text = write([head, altered, outcome, verdict, leftOut, ...fitted.blocks, next, footer]);
  return { text, isWhole: leftOut === "" };
}

function frameReview(review: Review) {
  return {
    head: `${reviewMarker(review.target)}\n### poolkeeper: ${cutTo(review.target, 80, code)}`,
    altered: describeAltered(review),
    outcome: review.outcome === null ? "" : describeReviewOutcome(review.outcome),
    verdict: describeVerdict(review),
    next: describeNext(review),
    footer: describeFooter(review),
  };
}

/** Where hardly anything has room: as much of the frame as has, the most important first. */
function renderSmall(review: Review, layout: readonly (string | Section)[], maxLength: number): string {
  const { head, altered, outcome, verdict, next, footer } = frameReview(review);
  const note = describeLeftOut(fitSections(layout, 0), review.page);
  const kept = new Set<string>();
  let room = maxLength - 1;
  for (const block of [head, altered, verdict, outcome, note, next, footer]) {
    if (block.length + BLANK_LINE.length > room) continue;
    kept.add(block);
    room -= block.length + BLANK_LINE.length;
  }
  if (!kept.has(head)) throw new RangeError(`A review does not fit into ${maxLength} characters`);
  return write([head, altered, outcome, verdict, note, next, footer].filter((block) => kept.has(block)));
}

function sizeOf(blocks: readonly string[]): number {
  return blocks.reduce((sum, block) => sum + block.length + BLANK_LINE.length, 0);
}

function write(blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== "").join(BLANK_LINE)}\n`;
}
