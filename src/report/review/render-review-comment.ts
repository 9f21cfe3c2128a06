import type { Review } from "../../model/reviews/review.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { BLANK_LINE, type FittedText, fitSections, type Item, type Section } from "../text/fit-sections.ts";
import { code, cutTo, link } from "../text/markdown.ts";
import { describeFooter, describeNext } from "./describe-next.ts";
import { describeAltered, describeReviewOutcome, describeVerdict } from "./describe-verdict.ts";
import { layOutReview } from "./lay-out-review.ts";
import { reviewMarker } from "./review-marker.ts";

/** What is kept free for the line that says what is left out: every kind of object has its count in it. */
const NOTE_ROOM = 1200;

/**
 * The comment on a request about one target, as Markdown that begins with the target's marker: never longer than `maxLength` in units of
 * UTF-16, which no forge counts lower. Only whole objects are left out, destructive ones last, and a line says how many. Nothing that comes
 * from the repository or the control plane becomes markup. Throws a RangeError where not even the marker has room.
 */
export function renderReviewComment(review: Review, options: { readonly maxLength: number }): string {
  return fitReview(review, options).text;
}

/** {@link renderReviewComment}, and whether it shows the whole plan: nothing is left out, and nothing is cut. */
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

/** How many items a comment cuts, and how many of each kind it leaves out, for lack of room, and where to find them; "" if none. */
function describeLeftOut({ leftOut, cut, shortened }: FittedText, page: string | null): string {
  if (leftOut.length === 0 && cut === 0 && shortened === 0) return "";
  const destructive = leftOut.filter(({ isDestructive }) => isDestructive).length;
  const sentences = [
    ...(cut === 0 ? [] : [`${countNoun(cut, "change")} ${cut === 1 ? "is" : "are"} cut.`]),
    ...(shortened === 0 ? [] : [`${count(shortened)} destructive changes are shortened.`]),
    ...(leftOut.length === 0 ? [] : [`Left out: ${listKinds(leftOut)}.`]),
    ...(destructive === 0 ? [] : [`**${count(destructive)} of them destructive.**`]),
    page === null ? "`poolkeeper plan` shows everything." : `${link("The page", page)} has everything.`,
  ];
  return `> ⚠️ This comment was too long and is shortened. ${sentences.join(" ")}`;
}

function listKinds(items: readonly Item[]): string {
  const counts = new Map<string, number>();
  for (const { noun } of items) counts.set(noun, (counts.get(noun) ?? 0) + 1);
  return [...counts]
    .map(([noun, number]) => `${count(number)} ${number === 1 || noun.endsWith("s") ? noun : `${noun}s`}`)
    .join(", ");
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
