import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Comment, Forge } from "../forge/forge.ts";

/** What of a forge this needs. */
export type CommentForge = Pick<Forge, "readSelf" | "listComments" | "createComment" | "updateComment">;

/** What is said on a request, in the one comment that is rewritten each time. */
export interface ReviewComment {
  readonly number: number;
  /** Whether a comment's text is about the same: it has the hidden marker. */
  readonly marker: (body: string) => boolean;
  readonly body: string;
  /** The comment that an earlier call wrote, as it stands now; null: it is looked for. */
  readonly known: Comment | null;
  /** Whether a comment that says the same already is written again: the forge dates it by that. Default: false. */
  readonly evenSame?: boolean;
}

/** Where it stands now. `written` is false where it was there already, word for word. */
export interface PublishedComment {
  readonly id: string;
  readonly written: boolean;
  /** As the forge keeps it, and when it was changed last by the forge's clock. */
  readonly kept: Pick<Comment, "body" | "created_at" | "updated_at">;
}

/**
 * Rewrites the one own comment that has the marker, and creates one where there is none, where it was deleted, or where the forge does not
 * let it be rewritten. Own comments are those of the current credentials' account: a marker alone is no proof, as any user can paste it, and
 * foreign comments are never touched. Only one that was written with earlier credentials, and is given as known, is marked as replaced where
 * the forge allows it. Where there are two own ones, the oldest is kept up to date. Throws what the forge throws.
 */
export async function publishComment(forge: CommentForge, comment: ReviewComment): Promise<PublishedComment> {
  const { known, marker } = comment;
  if (known === null || (await isOwn(forge, known))) return write(forge, comment);
  const published = await write(forge, { ...comment, known: null });
  if (marker(known.body)) await update(forge, { ...comment, body: REPLACED }, known.id);
  return published;
}

async function write(forge: CommentForge, comment: ReviewComment): Promise<PublishedComment> {
  const { number, body, known, evenSame = false } = comment;
  const rewritten = known === null ? null : await update(forge, comment, known.id);
  if (known !== null && rewritten !== null) return { id: known.id, written: true, kept: rewritten };
  const own = await findOwn(forge, comment);
  if (own !== null && isSameText(own.body, body) && !evenSame) return { id: own.id, written: false, kept: own };
  const updated = own === null ? null : await update(forge, comment, own.id);
  if (own !== null && updated !== null) return { id: own.id, written: true, kept: updated };
  const created = await forge.createComment(number, body);
  return { id: created.id, written: true, kept: created };
}

/** Whether these credentials' account wrote a comment. An account may have been renamed since it was asked for. */
async function isOwn(forge: CommentForge, { author }: Comment): Promise<boolean> {
  return author === (await forge.readSelf()) || author === (await forge.readSelf(true));
}

async function findOwn(forge: CommentForge, { number, marker, known }: ReviewComment) {
  const self = await forge.readSelf();
  const comments = await forge.listComments(number);
  return comments.find(({ id, author, body }) => id !== known?.id && author === self && marker(body)) ?? null;
}

/** Null: it is not there any more, or these credentials may not change it. */
async function update(forge: CommentForge, { number, body }: ReviewComment, id: string): Promise<Comment | null> {
  try {
    return await forge.updateComment(number, id, body);
  } catch (error) {
    if (error instanceof OperationalError && UNCHANGEABLE.has(error.code)) return null;
    throw error;
  }
}

/** What a comment says from now on that was written with credentials of before. */
const REPLACED =
  "_poolkeeper now comments from another account: see its newer comment. This one is no longer updated._";

const UNCHANGEABLE: ReadonlySet<string> = new Set(["forge_missing", "forge_refused"]);

/** Forges change the ends of lines and of texts. */
function isSameText(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

/** A text without what forges change of it: the ends of lines and of texts. */
export function plain(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}
