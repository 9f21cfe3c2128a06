import { findBelow } from "./find-below.ts";
import type { Comment, CommentEdit, Forge, Reaction } from "./forge.ts";
import { decodeComment } from "./gitea-answers.ts";
import type { GiteaRepository } from "./gitea-repository.ts";
import { readList } from "./read-answer.ts";

const CONTENT: Readonly<Record<Reaction, string>> = { seen: "eyes", done: "+1", refused: "-1" };

/** All comments on a page, oldest first. Gitea returns all of them for any page. */
export function listComments({ call, path }: GiteaRepository, number: number): Promise<readonly Comment[]> {
  const find = { verb: "GET", path: `${path}/issues/${number}/comments` } as const;
  return call({ method: "listComments", ...find, decode: (value) => readList(value).map(decodeComment) });
}

/** Writes a comment. */
export function createComment({ call, path }: GiteaRepository, number: number, body: string): Promise<Comment> {
  const sent = { verb: "POST", path: `${path}/issues/${number}/comments`, body: { body }, creates: true } as const;
  return call({ method: "createComment", ...sent, decode: decodeComment });
}

/** A comment as it stands; null: it is not there. */
export function readComment(repository: GiteaRepository, id: string): Promise<Comment | null> {
  return findComment(repository, "readComment", id);
}

function findComment({ call, path }: GiteaRepository, method: keyof Forge, id: string): Promise<Comment | null> {
  const find = {
    verb: "GET",
    path: `${path}/issues/comments/${encodeURIComponent(id)}`,
    decode: decodeComment,
  } as const;
  return findBelow<Comment | null>(call, path, { method, ...find }, null);
}

/**
 * The evidence of the times, which are whole seconds. Gitea keeps a history of the text, but shows it on its pages alone: it is not part of
 * its API.
 */
export function findEdit({ created_at, updated_at }: Comment): CommentEdit {
  const isLater = updated_at !== undefined && Date.parse(updated_at) > Date.parse(created_at);
  return isLater ? { kind: "edited", by: null } : { kind: "unknown" };
}

/**
 * Rewrites a comment, and reads its time: by that time a later edit is recognised, and the response to a rewrite need not have it. An edit
 * in between is not taken for the time of the rewrite.
 */
export async function updateComment(repository: GiteaRepository, id: string, body: string): Promise<Comment> {
  const { call, path } = repository;
  const sent = { verb: "PATCH", path: `${path}/issues/comments/${encodeURIComponent(id)}`, body: { body } } as const;
  const written = await call({ method: "updateComment", ...sent, decode: decodeComment });
  const kept = await findComment(repository, "updateComment", id);
  return kept?.body === written.body ? kept : written;
}

/** Reacts to a comment; 200 instead of 201 where the reaction is there already. */
export function reactToComment({ call, path }: GiteaRepository, id: string, reaction: Reaction): Promise<void> {
  const place = `${path}/issues/comments/${encodeURIComponent(id)}/reactions`;
  const sent = { verb: "POST", path: place, body: { content: CONTENT[reaction] } } as const;
  return call({ method: "react", ...sent, decode: () => undefined });
}
