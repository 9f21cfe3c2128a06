import { OperationalError } from "../../model/errors/operational-error.ts";
import { type GithubRepository, hasStatus } from "./call-github.ts";
import type { PullRequest, RequestDraft } from "./forge.ts";
import { decodeGithubRequest } from "./github-answers.ts";
import { findProse, readObject } from "./read-answer.ts";

/**
 * Opens a request from the branch, or brings the open one up to date. Where another one is opened between looking and opening, GitHub
 * refuses the second (422), and the first is taken.
 */
export async function proposeGithubRequest(repository: GithubRepository, draft: RequestDraft): Promise<PullRequest> {
  const found = (await find(repository, draft)) ?? (await open(repository, draft)) ?? (await find(repository, draft));
  if (found !== null) return found;
  const message = `GitHub says that a request from ${draft.branch} to ${draft.base} exists, but lists none. It is retried later.`;
  throw new OperationalError("forge_answer", message, { next: "retry" });
}

async function find(
  { call, list, path, name, owner }: GithubRepository,
  { branch, base, title, body }: RequestDraft,
): Promise<PullRequest | null> {
  const [head, into] = [`${owner}:${branch}`, base].map(encodeURIComponent);
  const decode = (value: unknown) => ({
    request: decodeGithubRequest(value, name),
    body: findProse(readObject(value), "body") ?? "",
  });
  const query = `head=${head}&base=${into}&state=open`;
  const [found] = await list("proposeRequest", `/pulls?${query}`, decode, ({ request }) => request.number);
  if (found === undefined) return null;
  const { request } = found;
  if (request.title === title && found.body === body) return request;
  return call({
    ...{ method: "proposeRequest", verb: "PATCH", path: `${path}/pulls/${request.number}`, creates: true },
    body: { title, body },
    decode: (value) => decodeGithubRequest(value, name),
  });
}

/** Null: another writer was faster. */
async function open(
  { call, path, name }: GithubRepository,
  { branch, base, title, body }: RequestDraft,
): Promise<PullRequest | null> {
  try {
    return await call({
      ...{ method: "proposeRequest", verb: "POST", path: `${path}/pulls`, creates: true },
      body: { head: branch, base, title, body },
      decode: (value) => decodeGithubRequest(value, name),
    });
  } catch (error) {
    if (!hasStatus(error, 422, /already exists/i)) throw error;
    return null;
  }
}
