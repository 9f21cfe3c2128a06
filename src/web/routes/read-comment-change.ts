/** What happened to a comment on a request, as a forge tells it by a webhook whose signature was right. */
export type CommentChange =
  | {
      /** The comment's id. */
      readonly comment: string;
      /** The login of who did it. */
      readonly by: string;
      readonly how: "edited" | "deleted";
    }
  /** Of Gitea alone. `said`: the beginning of the text as it was first. */
  | { readonly comment: string; readonly by: string; readonly how: "written"; readonly said: string };

/**
 * Reads that somebody wrote a comment, or that others than its author changed it; null: the delivery tells of something else, or the
 * author did. GitHub and Gitea name the sender and the author; GitLab tells of edits alone. Of what was written only Gitea is read: it makes
 * the delivery in the call that writes the comment, others later, when it may have been edited. Nothing else of a delivery is looked at.
 */
export function readCommentChange(body: Buffer): CommentChange | null {
  const payload = asObject(parse(body));
  return payload === null ? null : (readIssueComment(payload) ?? readNote(payload));
}

type Fields = Readonly<Record<string, unknown>>;

function readIssueComment({ action, comment, sender, is_pull }: Fields): CommentChange | null {
  // A field of Gitea's alone.
  const isWritten = action === "created" && is_pull === true;
  if (!isWritten && action !== "edited" && action !== "deleted") return null;
  const [told, who] = [asObject(comment), asObject(sender)];
  const author = asObject(told?.user)?.login;
  const id = told?.id;
  const by = who?.login;
  if (typeof id !== "number" || typeof by !== "string" || typeof author !== "string") return null;
  const change = { comment: String(id), by: by.slice(0, MOST_LOGIN) };
  if (!isWritten) return author === by ? null : { ...change, how: action === "edited" ? "edited" : "deleted" };
  const said = told?.body;
  return typeof said === "string" && author === by
    ? { ...change, how: "written", said: said.slice(0, MOST_SAID) }
    : null;
}

function readNote({ object_kind, object_attributes, user }: Fields): CommentChange | null {
  const [note, who] = [asObject(object_attributes), asObject(user)];
  if (object_kind !== "note" || note?.action !== "update" || who === null) return null;
  const { id, author_id } = note;
  if (typeof id !== "number" || typeof who.username !== "string" || author_id === who.id) return null;
  return { comment: String(id), by: who.username.slice(0, MOST_LOGIN), how: "edited" };
}

/** Characters in which a command is looked for. */
const MOST_SAID = 10_000;
/** No forge has longer names. */
const MOST_LOGIN = 255;

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}
