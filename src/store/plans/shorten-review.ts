import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import type { Review, ReviewOutcome } from "../../model/reviews/review.ts";
import { dropPlan } from "./drop-plan.ts";
import type { WrittenReview } from "./stored-plan-shape.ts";

/** Bytes that a review has at most once it is cut short, but for some hundred names of people. */
export const SHORT_REVIEW = 4_000;

/** Bytes of the errors that are left, or of the files. */
const MOST_LISTED = 1_600;
/** Characters of a sentence, and of the end of a path. */
const [MOST_SAID, MOST_PATH] = [400, 120];

/** A review that has no room: of its plan nothing but that it was dropped, of its errors and files the first few and how many there were. */
export function shortenReview(whole: WrittenReview): Review {
  const review = { ...whole, outcome: shortenOutcome(whole.outcome) };
  const { verdict } = review;
  switch (verdict.kind) {
    case "planned":
      return dropPlan(review, "too_large");
    case "invalid":
      return { ...review, verdict: { kind: "invalid", diagnostics: shortenDiagnostics(verdict.diagnostics) } };
    case "conflict": {
      const { files } = verdict;
      const kept = takeFirst(files);
      const more = kept.length < files.length ? [`… and ${files.length - kept.length} more, which had no room`] : [];
      return { ...review, verdict: { kind: "conflict", files: [...kept, ...more] } };
    }
    case "failed":
      return { ...review, verdict: { ...verdict, message: cut(verdict.message) } };
    case "skipped":
    case "unconcerned":
      return { ...review, verdict };
  }
}

/** Errors first. The comment on the request stays as it was written, with more of them. */
function shortenDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const shown = errors.map((error) => ({ ...error, file: cutPath(error.file) }));
  const kept = takeFirst(shown);
  const rest: Diagnostic = {
    ...{ severity: "error", code: "more-diagnostics", file: ".", line: 1, column: 1, address: null },
    summary: `There is more: of ${diagnostics.length} errors and warnings, the others had no room in the store`,
    detail: "`poolkeeper validate` shows all of them.",
  };
  return kept.length === diagnostics.length ? kept : [...kept, rest];
}

/** What fits, as it is stored. */
function takeFirst<Value>(all: readonly Value[]): readonly Value[] {
  let bytes = 0;
  const end = all.findIndex((one) => {
    bytes += Buffer.byteLength(JSON.stringify(one));
    return bytes > MOST_LISTED;
  });
  return end < 0 ? all : all.slice(0, end);
}

function shortenOutcome(outcome: ReviewOutcome | null): ReviewOutcome | null {
  if (outcome === null) return null;
  const out = "out_of_service" in outcome ? outcome.out_of_service : undefined;
  return {
    ...outcome,
    ...("message" in outcome && { message: cut(outcome.message) }),
    ...(out !== undefined && { out_of_service: out.slice(0, MOST_NAMES) }),
  };
}

/** Of objects. */
const MOST_NAMES = 10;

function cut(text: string): string {
  return text.length > MOST_SAID ? `${text.slice(0, MOST_SAID)}…` : text;
}

function cutPath(path: string): string {
  return path.length > MOST_PATH ? `…${path.slice(-MOST_PATH)}` : path;
}
