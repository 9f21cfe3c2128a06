import type { Comment, Forge } from "../forge/forge.ts";
import { OperationalError } from "../model/operational-error.ts";

/** What of a forge this needs. */
export type CommentForge = Pick<Forge, "readSelf" | "listComments" | "createComment" | "updateComment">;

/** What is said on a request, in the one comment that is rewritten each time. */
export interface ReviewComment {
  readonly number: number;
  /** Whether a comment's text is about the same: it has the hidden marker. */
  readonly marker: (body: string) => boolean;
  readonly body: string;
  /** The id that an earlier call gave back; null: it is looked for. */
  readonly known: string | null;
}

/** Where it stands now. `written` is false where it was there already, word for word. */
export interface PublishedComment {
  readonly id: string;
  readonly written: boolean;
  /** As the forge keeps it, and when it was changed last by the forge's clock. */
  readonly kept: Pick<Comment, "body" | "created_at" | "updated_at">;
}

/**
 * Rewrites the one own comment that has the marker, and makes one where there is none or where somebody deleted it. A marker alone is
 * no proof: anybody can paste it, so that comments of others are never touched, nor taken for an own one. Where there are two own
 * ones, the oldest is kept up to date. Throws what the forge throws.
 */
export async function publishComment(forge: CommentForge, comment: ReviewComment): Promise<PublishedComment> {
  const { number, body, known } = comment;
  const rewritten = known === null ? null : await update(forge, comment, known);
  if (known !== null && rewritten !== null) return { id: known, written: true, kept: rewritten };
  const own = await findOwn(forge, comment);
  if (own !== null && isSameText(own.body, body)) return { id: own.id, written: false, kept: own };
  const updated = own === null ? null : await update(forge, comment, own.id);
  if (own !== null && updated !== null) return { id: own.id, written: true, kept: updated };
  const created = await forge.createComment(number, body);
  return { id: created.id, written: true, kept: created };
}

async function findOwn(forge: CommentForge, { number, marker }: ReviewComment) {
  const marked = (await forge.listComments(number)).filter(({ body }) => marker(body));
  if (marked.length === 0) return null;
  const self = await forge.readSelf();
  return marked.find(({ author }) => author === self) ?? null;
}

/** Null: it is not there any more. */
async function update(forge: CommentForge, { number, body }: ReviewComment, id: string): Promise<Comment | null> {
  try {
    return await forge.updateComment(number, id, body);
  } catch (error) {
    if (error instanceof OperationalError && error.code === "forge_missing") return null;
    throw error;
  }
}

/** Forges change the ends of lines and of texts. */
function isSameText(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

/** A text without what forges change of it: the ends of lines and of texts. */
export function plain(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}
