import type { CallForge } from "./call-forge.ts";
import { findBelow } from "./find-below.ts";
import { findLeftMerge, type ListedEntry } from "./find-left-merge.ts";
import type { Comment, CommentEdit, Forge, LeftMerge, Reaction } from "./forge.ts";
import { findRefusal } from "./forge-failures.ts";
import { decodeNote, decodeNoteEdit } from "./gitlab-answers.ts";
import { type GitlabProject, readPage } from "./gitlab-project.ts";
import { AnswerShapeError, readNumber, readObject, readProse, readTime } from "./read-answer.ts";
import { readForgePages } from "./read-forge-pages.ts";
import { createShortener } from "./shorten-comments.ts";

const EMOJI: Readonly<Record<Reaction, string>> = { seen: "eyes", done: "thumbsup", refused: "thumbsdown" };

/** The notes of people on a merge request's page, oldest first. */
export async function listNotes(
  project: GitlabProject,
  readSelf: Forge["readSelf"],
  number: number,
): Promise<readonly Comment[]> {
  const shorten = await createShortener(readSelf);
  const query = { order_by: "created_at", sort: "asc" };
  return readForgePages(
    `GET ${project.path}/merge_requests/${number}/notes`,
    ({ id }) => id,
    readPage(project, "listComments", `merge_requests/${number}/notes`, query, (value: unknown) => {
      const note = decodeNote(value);
      return note === null ? null : shorten(note);
    }),
  );
}

/** Writes a note. A text of nothing but quick actions (`/close`) leaves none: `forge_answer`. */
export function createNote({ call, path }: GitlabProject, number: number, body: string): Promise<Comment> {
  const sent = { verb: "POST", path: `${path}/merge_requests/${number}/notes`, body: { body }, creates: true } as const;
  return call({ method: "createComment", ...sent, decode: decodeOwnNote });
}

/** A note as it stands; null: it is not there. */
export function readNote({ call, path }: GitlabProject, number: number, id: string): Promise<Comment | null> {
  const find = { verb: "GET", path: pathOfNote(path, number, id), decode: decodeNote } as const;
  return findBelow<Comment | null>(call, path, { method: "readComment", ...find }, null);
}

const EDIT_QUERY = "query($id: NoteID!) { note(id: $id) { lastEditedAt lastEditedBy { username } } }";

/**
 * Whether and by whom a note was edited, from GraphQL. A GitLab without these fields is old: there the note's times decide, which are
 * milliseconds and equal in a note that was never changed. `call`: below `/api`.
 */
export async function readNoteEdit(call: CallForge, { id, created_at, updated_at }: Comment): Promise<CommentEdit> {
  const body = { query: EDIT_QUERY, variables: { id: `gid://gitlab/Note/${id}` } };
  const asked = { method: "readEdit", verb: "POST", path: "/graphql", body, decode: decodeNoteEdit } as const;
  const answer = await call(asked).catch((error: unknown) => {
    if (!WITHOUT_GRAPHQL.has(findRefusal(error)?.status ?? 0)) throw error;
    return null;
  });
  const isSame = updated_at === undefined || updated_at === created_at;
  return answer ?? (isSame ? { kind: "none" } : { kind: "edited", by: null });
}

/** The refusal of a GitLab without GraphQL, or whose proxy blocks it. */
const WITHOUT_GRAPHQL: ReadonlySet<number> = new Set([403, 404, 405]);

/**
 * How a merge request's merge is left to GitLab, by the notes that GitLab itself makes of it, which a person can't write. What it does
 * by itself once the merge is left is no such note.
 */
export async function readAutoMerge(project: GitlabProject, number: number): Promise<LeftMerge | null> {
  const notes = await readForgePages<ListedEntry>(
    `GET ${project.path}/merge_requests/${number}/notes`,
    ({ id }) => id,
    readPage(
      project,
      "readLeftMerge",
      `merge_requests/${number}/notes`,
      { order_by: "created_at", sort: "asc" },
      (value) => {
        const note = readObject(value);
        return {
          id: readNumber(note, "id"),
          left: note.system === true ? isLeft(readProse(note, "body")) : null,
          at: readTime(note, "created_at"),
        };
      },
    ),
  );
  return findLeftMerge(notes);
}

/** Whether a note of GitLab says that a merge was left to it, or put on a train, or that this was taken back; null: something else. */
function isLeft(body: string): boolean | null {
  if (/^(?:enabled an automatic merge|started a merge train|added this merge request to the merge train)/i.test(body))
    return true;
  return /^(?:cancell?ed|aborted) the automatic (?:merge|add to merge train)|^removed this merge request from the merge train/i.test(
    body,
  )
    ? false
    : null;
}

/** Rewrites a note. */
export function updateNote({ call, path }: GitlabProject, number: number, id: string, body: string): Promise<Comment> {
  const sent = { verb: "PUT", path: pathOfNote(path, number, id), body: { body } } as const;
  return call({ method: "updateComment", ...sent, decode: decodeOwnNote });
}

/** Awards an emoji; GitLab answers 404 where it is there already. */
export async function reactToNote(
  { call, path }: GitlabProject,
  number: number,
  id: string,
  reaction: Reaction,
): Promise<void> {
  const award = { path: `${pathOfNote(path, number, id)}/award_emoji`, body: { name: EMOJI[reaction] } };
  try {
    await call({ method: "react", ...award, verb: "POST", decode: () => undefined });
  } catch (error) {
    if (!/has already been taken/i.test(findRefusal(error)?.words ?? "")) throw error;
  }
}

function pathOfNote(project: string, number: number, id: string): string {
  return `${project}/merge_requests/${number}/notes/${encodeURIComponent(id)}`;
}

function decodeOwnNote(value: unknown): Comment {
  const note = decodeNote(value);
  if (note === null) throw new AnswerShapeError("it is not a user's note");
  return note;
}
