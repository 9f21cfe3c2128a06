import { randomUUID } from "node:crypto";
import type { Comment, PullRequest } from "../forge/forge.ts";
import type { AuditEntry } from "../model/daemon-records.ts";
import { ALTER_ACTION, type ReviewRecord } from "../model/review-record.ts";
import { compareComment, hashText, recordPublished, timeOf } from "./compare-comment.ts";
import type { ReviewTools } from "./review-tools.ts";

/** Characters of what a comment was made to say that the audit keeps. */
const MOST_TEXT = 2_000;

/**
 * Compares the daemon's comment with what it wrote. Where somebody edited or deleted it, the record says so and that it is to be written
 * again in this round, and the audit holds what it had been made to say.
 */
export async function restoreComment(
  tools: ReviewTools,
  record: ReviewRecord,
  { request, comments }: { readonly request: PullRequest; readonly comments: readonly Comment[] },
): Promise<ReviewRecord> {
  const found = compareComment(record, comments);
  switch (found.kind) {
    case "same":
      return record;
    case "written":
      return recordPublished(record, found.comment.body, { id: found.comment.id, kept: found.comment });
    case "touched":
      return moveReview(record, timeOf(found.comment));
    case "edited":
    case "deleted": {
      const { records } = tools.pass;
      const at = await records.now();
      const by = findEditor(await records.readAudit(record.target, MOST_ENTRIES), record);
      const altered = { how: found.kind, by, times: (record.altered?.times ?? 0) + 1 };
      const text = found.kind === "edited" ? { said: showText(found.comment.body) } : {};
      const details = { request: request.number, url: request.url, how: found.kind, by: by ?? "unknown", ...text };
      const shown = record.shown === undefined ? {} : { shown: { ...record.shown, texts: acceptNone(found, record) } };
      const next: ReviewRecord = { ...record, ...shown, altered, said: "", updated_at: at };
      const { target } = record;
      const audit = { ...{ id: randomUUID(), at, target, who: "poolkeeper", via: tools.forge.kind }, details };
      await records.writeReviewAct(next, { ...audit, action: "restore_comment" });
      return next;
    }
  }
}

/** What was found altered is not found so again while it could not be restored yet. */
function acceptNone(found: ReturnType<typeof compareComment>, { shown }: ReviewRecord): readonly string[] {
  const texts = shown?.texts ?? [];
  return found.kind === "edited" ? [hashText(found.comment.body), ...texts] : texts;
}

/** Entries of the audit among which is looked for who edited a comment. */
const MOST_ENTRIES = 100;

/** Who altered the comment last, as the forge told; null: it did not. */
function findEditor(audit: readonly AuditEntry[], { comment }: ReviewRecord): string | null {
  return audit.find(({ action, details }) => action === ALTER_ACTION && details.comment === comment)?.who ?? null;
}

/** Whether the forge told since the comments were read last that somebody altered the daemon's comment. */
export function isToldAltered(audit: readonly AuditEntry[], { comment, read }: ReviewRecord): boolean {
  return audit.some(
    ({ action, details, at }) => action === ALTER_ACTION && details.comment === comment && at >= read.at,
  );
}

/** Nobody can have relied on the text in between: the review counts as shown from then on. */
function moveReview(record: ReviewRecord, at: string): ReviewRecord {
  const last = record.published?.at(-1);
  if (last === undefined || record.shown === undefined) return record;
  const published = [...(record.published ?? []).slice(0, -1), { ...last, at }];
  return { ...record, shown: { ...record.shown, at }, published };
}

/** On one line, control and other invisible characters as escapes, so that an audit shows what stands there. */
function showText(text: string): string {
  return JSON.stringify(text.slice(0, MOST_TEXT)).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
