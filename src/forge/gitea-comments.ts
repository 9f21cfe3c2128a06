import type { Comment, Reaction } from "./forge.ts";
import { decodeComment } from "./gitea-answers.ts";
import type { GiteaRepository } from "./gitea-repository.ts";
import { readList } from "./read-answer.ts";

const CONTENT: Readonly<Record<Reaction, string>> = { seen: "eyes", done: "+1", refused: "-1" };

/** All comments on a page, oldest first. Gitea gives them at once, whatever page is asked for. */
export function listComments({ call, path }: GiteaRepository, number: number): Promise<readonly Comment[]> {
  const find = { verb: "GET", path: `${path}/issues/${number}/comments` } as const;
  return call({ method: "listComments", ...find, decode: (value) => readList(value).map(decodeComment) });
}

/** Writes a comment. */
export function createComment({ call, path }: GiteaRepository, number: number, body: string): Promise<Comment> {
  const sent = { verb: "POST", path: `${path}/issues/${number}/comments`, body: { body }, creates: true } as const;
  return call({ method: "createComment", ...sent, decode: decodeComment });
}

/** Rewrites a comment. */
export function updateComment({ call, path }: GiteaRepository, id: string, body: string): Promise<Comment> {
  const sent = { verb: "PATCH", path: `${path}/issues/comments/${encodeURIComponent(id)}`, body: { body } } as const;
  return call({ method: "updateComment", ...sent, decode: decodeComment });
}

/** Reacts to a comment; 200 instead of 201 where the reaction is there already. */
export function reactToComment({ call, path }: GiteaRepository, id: string, reaction: Reaction): Promise<void> {
  const place = `${path}/issues/comments/${encodeURIComponent(id)}/reactions`;
  const sent = { verb: "POST", path: place, body: { content: CONTENT[reaction] } } as const;
  return call({ method: "react", ...sent, decode: () => undefined });
}
