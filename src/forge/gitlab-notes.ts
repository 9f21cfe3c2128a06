import type { Comment, Reaction } from "./forge.ts";
import { findRefusal } from "./forge-failures.ts";
import { decodeNote } from "./gitlab-answers.ts";
import { type GitlabProject, readPage } from "./gitlab-project.ts";
import { AnswerShapeError } from "./read-answer.ts";
import { readForgePages } from "./read-forge-pages.ts";

const EMOJI: Readonly<Record<Reaction, string>> = { seen: "eyes", done: "thumbsup", refused: "thumbsdown" };

/** The notes of people on a merge request's page, oldest first. */
export function listNotes(project: GitlabProject, number: number): Promise<readonly Comment[]> {
  const query = { order_by: "created_at", sort: "asc" };
  return readForgePages(
    `GET ${project.path}/merge_requests/${number}/notes`,
    ({ id }) => id,
    readPage(project, "listComments", `merge_requests/${number}/notes`, query, decodeNote),
  );
}

/** Writes a note. A text of nothing but quick actions (`/close`) leaves none: `forge_answer`. */
export function createNote({ call, path }: GitlabProject, number: number, body: string): Promise<Comment> {
  const sent = { verb: "POST", path: `${path}/merge_requests/${number}/notes`, body: { body }, creates: true } as const;
  return call({ method: "createComment", ...sent, decode: decodeOwnNote });
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
  if (note === null) throw new AnswerShapeError("it is no note of a person");
  return note;
}
