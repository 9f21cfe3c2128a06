import type { CommentChange, WrittenComment } from "../../../model/reviews/comment-change.ts";
import { copyText } from "../../../model/text/copy-text.ts";

/**
 * Reads that a comment was written, or changed by another user than its author; null: the delivery reports something else, or the author
 * changed it. GitHub and Gitea name the sender and the author, and report deletions; GitLab reports edits alone. Nothing else of a delivery
 * is read.
 */
export function readCommentChange(json: string): CommentChange | null {
  const payload = asObject(parse(json));
  return payload === null ? null : (readIssueComment(payload) ?? readNote(payload));
}

type Fields = Readonly<Record<string, unknown>>;

function readIssueComment({ action, comment, sender, is_pull, issue, repository }: Fields): CommentChange | null {
  const about = asObject(issue);
  // Issues have comments, too: Gitea and GitHub each have a field of their own for requests.
  const isWritten = action === "created" && (is_pull === true || asObject(about?.pull_request) !== null);
  if (!isWritten && action !== "edited" && action !== "deleted") return null;
  const [written, who] = [asObject(comment), asObject(sender)];
  const author = asObject(written?.user)?.login;
  const id = written?.id;
  const by = who?.login;
  const place = asObject(repository)?.full_name;
  if (typeof id !== "number" || typeof by !== "string" || typeof author !== "string") return null;
  if (typeof place !== "string") return null;
  const change = { repository: place, comment: String(id), by: copyText(by.slice(0, MOST_LOGIN)) };
  if (!isWritten)
    return author === by ? null : addNumber(change, about?.number, action === "edited" ? action : "deleted");
  return author === by ? readWritten(change, [written?.body, about?.number, written?.created_at]) : null;
}

function addNumber(
  change: Pick<WrittenComment, "repository" | "comment" | "by">,
  number: unknown,
  how: "edited" | "deleted",
): CommentChange | null {
  return Number.isSafeInteger(number) ? { ...change, number: Number(number), how } : null;
}

function readWritten(
  change: Pick<WrittenComment, "repository" | "comment" | "by">,
  [said, number, at]: readonly [said: unknown, number: unknown, at: unknown],
): WrittenComment | null {
  if (typeof said !== "string" || !Number.isSafeInteger(number) || typeof at !== "string") return null;
  const written = new Date(at);
  if (Number.isNaN(written.getTime())) return null;
  const about = { number: Number(number), written: written.toISOString() };
  return { ...change, how: "written", said: copyText(said.slice(0, MOST_SAID)), ...about };
}

function readNote({ object_kind, object_attributes, user, merge_request, project }: Fields): CommentChange | null {
  const [note, who] = [asObject(object_attributes), asObject(user)];
  if (object_kind !== "note" || note === null || who === null) return null;
  const { id, author_id, action } = note;
  const place = asObject(project)?.path_with_namespace;
  if (typeof id !== "number" || typeof who.username !== "string" || typeof place !== "string") return null;
  const change = { repository: place, comment: String(id), by: copyText(who.username.slice(0, MOST_LOGIN)) };
  const request = asObject(merge_request);
  if (action === "update") return author_id === who.id ? null : addNumber(change, request?.iid, "edited");
  return action === "create" && request !== null && author_id === who.id
    ? readWritten(change, [note.note, request.iid, note.created_at])
    : null;
}

/** Characters in which a command is looked for. */
const MOST_SAID = 10_000;
/** No forge has longer names. */
const MOST_LOGIN = 255;

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function asObject(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}
