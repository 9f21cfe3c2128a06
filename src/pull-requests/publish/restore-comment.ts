import { randomUUID } from "node:crypto";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import { ALTER_ACTION, type ReviewRecord } from "../../model/reviews/review-record.ts";
import { beginForeign } from "../../model/secrets/cut-foreign.ts";
import { redactKnownSecrets } from "../../systems/http/known-secrets.ts";
import type { Comment, CommentEdit } from "../forge/forge.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { isSameLogin } from "../review/spell-login.ts";
import { compareComment, hashText, recordPublished, type Standing, timeOf } from "./compare-comment.ts";

/** Characters of what a comment was made to say that the audit keeps. */
const MOST_TEXT = 2_000;

/** What the daemon's comment is compared with. */
export interface ReadComments {
  /** All of the request, or the daemon's alone. */
  readonly comments: readonly Comment[];
  /** The record has a newer review than the one whose writing was interrupted, if one was. Default: false. */
  readonly isReplanned?: boolean;
}

/**
 * Compares the daemon's comment with what it wrote. Where another user edited or deleted it, the record says so and that it is to be
 * rewritten in this round, and the audit holds the altered text. One that was edited and set back counts as edited. Idempotent.
 */
export async function restoreComment(
  tools: ReviewTools,
  record: ReviewRecord,
  { comments, isReplanned = false }: ReadComments,
): Promise<ReviewRecord> {
  const found = compareComment(record, comments);
  switch (found.kind) {
    case "same":
      return record;
    case "written": {
      const { comment } = found;
      const standing = await findStanding(tools, record, comment);
      if ("by" in standing) return noteAltered(tools, record, { found: { kind: "touched", comment }, by: standing.by });
      if (isReplanned) return record;
      const written = { since: standing, isWhole: record.shown?.partial !== true };
      return recordPublished(record, comment.body, { id: comment.id, kept: comment }, written);
    }
    case "touched": {
      const { forge } = tools;
      const edit = await readEdit(tools, record, found.comment);
      const isOwn = edit.kind === "edited" && edit.by !== null && isSameLogin(edit.by, await forge.readSelf());
      // A forge that knows of edits moves the time for something else, too, as for a reaction.
      if (edit.kind === "none" || isOwn) return moveShown(record, timeOf(found.comment));
      return noteAltered(tools, record, { found, by: edit.kind === "edited" ? edit.by : null });
    }
    case "edited":
      return noteAltered(tools, record, { found, by: await findEditor(tools, record, found.comment) });
    case "deleted":
      return noteAltered(tools, record, { found, by: null });
  }
}

/**
 * Since when a comment is proven to stand whose write had no response: since that, where the forge says that there was no later write by
 * others. Where it does not say so, the comment may have been changed and set back: then since now, as it was read. `by`: who changed it.
 */
async function findStanding(
  tools: ReviewTools,
  record: ReviewRecord,
  comment: Comment,
): Promise<Standing | { readonly by: string }> {
  const { forge, pass } = tools;
  const edit = await readEdit(tools, record, comment);
  if (edit.kind === "none") return { at: timeOf(comment) };
  if (edit.kind === "edited" && edit.by !== null) {
    return isSameLogin(edit.by, await forge.readSelf()) ? { at: timeOf(comment) } : { by: edit.by };
  }
  const now = Date.parse(forge.now() ?? (await pass.records.now()));
  return { at: new Date(now + CLOCK_MS).toISOString(), unproven: true };
}

/** How exactly a forge's time is known, in milliseconds. */
const CLOCK_MS = 1_000;

/** What others did to the comment. */
type Alteration = Extract<ReturnType<typeof compareComment>, { readonly kind: "touched" | "edited" | "deleted" }>;

/** Writes down that the comment was altered, and that it is to be written again. */
async function noteAltered(
  { pass: { records }, forge }: ReviewTools,
  record: ReviewRecord,
  { found, by: known }: { readonly found: Alteration; readonly by: string | null },
): Promise<ReviewRecord> {
  const at = await records.now();
  const by = known ?? findAlterer(await records.readAudit(record.target, MOST_ALTERED, ALTER_ACTION), record);
  const how = found.kind === "deleted" ? "deleted" : "edited";
  const altered = { how, by, times: (record.altered?.times ?? 0) + 1 } as const;
  const text =
    found.kind === "deleted" ? {} : found.kind === "edited" ? { said: showText(found.comment.body) } : SET_BACK;
  const { number, url, target } = record;
  const details = { request: number, url, how, by: by ?? "unknown", ...text };
  const next: ReviewRecord = { ...record, ...acceptFound(found, record), altered, said: null, updated_at: at };
  const audit = { ...{ id: randomUUID(), at, target, who: "poolkeeper", via: forge.kind }, details };
  await records.writeReviewAct(next, { ...audit, action: "restore_comment" });
  return next;
}

/** What it said in between is not known any more. */
const SET_BACK = { set_back: true } as const;

/** What was found altered is not found so again while it could not be restored yet; nor is it taken for what was restored. */
function acceptFound(found: Alteration, { shown }: ReviewRecord): Pick<ReviewRecord, "shown"> {
  if (shown === undefined || found.kind === "deleted") return {};
  const text = hashText(found.comment.body);
  return {
    shown: { texts: [text, ...shown.texts.filter((one) => one !== text), RESTORED], at: timeOf(found.comment) },
  };
}

/** In the place of the hash of the text that restores it, which is not made yet. */
const RESTORED = "";

/** Reports of altered comments that are looked at: those who may alter the daemon's are few. */
export const MOST_ALTERED = 1000;

/** A forge that refuses to say is as one that can't. */
async function readEdit({ forge }: ReviewTools, { number }: ReviewRecord, comment: Comment): Promise<CommentEdit> {
  try {
    return await forge.readEdit(number, comment);
  } catch (error) {
    if (error instanceof OperationalError && error.code === "forge_refused") return { kind: "unknown" };
    throw error;
  }
}

/** Who edited the comment last; null: the forge does not say, or not now: that keeps nothing from being restored. */
async function findEditor({ forge }: ReviewTools, { number }: ReviewRecord, comment: Comment): Promise<string | null> {
  try {
    const edit = await forge.readEdit(number, comment);
    return edit.kind === "edited" ? edit.by : null;
  } catch (error) {
    if (error instanceof OperationalError) return null;
    throw error;
  }
}

/** Who altered the comment last, as a webhook reported; null: none did. */
function findAlterer(altered: readonly AuditEntry[], { comment }: ReviewRecord): string | null {
  return altered.find(({ details }) => details.comment === comment)?.who ?? null;
}

/** Who altered the daemon's comment, as the forge has reported since the comments were read last. `altered`: the reports of that. */
export function listAlterers(altered: readonly AuditEntry[], { comment, read }: ReviewRecord): readonly string[] {
  const lately = altered.filter(({ details, at }) => details.comment === comment && at >= (read?.at ?? ""));
  return [...new Set(lately.map(({ who }) => who))];
}

/** No user can have relied on the text in between: the review counts as shown from then on. */
function moveShown(record: ReviewRecord, at: string): ReviewRecord {
  const last = record.published?.at(-1);
  if (last === undefined || record.shown === undefined) return record;
  const published = [...(record.published ?? []).slice(0, -1), { ...last, from: last.from ?? last.at, at }];
  return { ...record, shown: { ...record.shown, at }, published };
}

/** The beginning, without credentials, on one line, control and other invisible characters as escapes, so that an audit shows what stands there. */
function showText(text: string): string {
  return JSON.stringify(beginForeign(text, MOST_TEXT, redactKnownSecrets)).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
