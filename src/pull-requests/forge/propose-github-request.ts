import { OperationalError } from "../../model/operational-error.ts";
import type { GithubClient } from "./create-github-client.ts";
import { hasStatus } from "./explain-github-error.ts";
import type { PullRequest, RequestDraft } from "./forge.ts";
import { type GithubPull, readGithubRequest } from "./read-github-request.ts";

/** A repository's name in two parts. */
export interface GithubRepository {
  readonly owner: string;
  readonly repo: string;
}

/**
 * Opens a request from the branch, or brings the open one up to date. Where another one is opened between looking and opening, GitHub
 * refuses the second (422), and the first is taken.
 */
export async function proposeGithubRequest(
  client: GithubClient,
  repository: GithubRepository,
  draft: RequestDraft,
): Promise<PullRequest> {
  const found =
    (await find(client, repository, draft)) ??
    (await open(client, repository, draft)) ??
    (await find(client, repository, draft));
  if (found !== null) return found;
  const message = `GitHub says that a request from ${draft.branch} to ${draft.base} exists, but lists none. It is looked for again later.`;
  throw new OperationalError("forge_answer", message, { next: "retry" });
}

async function find(
  client: GithubClient,
  repository: GithubRepository,
  draft: RequestDraft,
): Promise<PullRequest | null> {
  const { branch, base, title, body } = draft;
  const [pull] = await client.list("proposeRequest", (octokit, request, page) =>
    octokit.rest.pulls.list({
      ...repository,
      head: `${repository.owner}:${branch}`,
      base,
      state: "open",
      page,
      request,
    }),
  );
  if (pull === undefined) return null;
  if (pull.title === title && (pull.body ?? "") === body) return readGithubRequest(pull, fullName(repository));
  const { number: pull_number } = pull;
  const updated = await client.write("proposeRequest", (octokit, request) =>
    octokit.rest.pulls.update({ ...repository, pull_number, title, body, request }),
  );
  return readGithubRequest(updated, fullName(repository));
}

/** Null: somebody else was faster. */
async function open(
  client: GithubClient,
  repository: GithubRepository,
  { branch, base, title, body }: RequestDraft,
): Promise<PullRequest | null> {
  const { pull } = await client.write<{ pull: GithubPull | null }>("proposeRequest", async (octokit, request) => {
    try {
      const { data } = await octokit.rest.pulls.create({ ...repository, head: branch, base, title, body, request });
      return { data: { pull: data } };
    } catch (error) {
      if (!hasStatus(error, 422, /already exists/i)) throw error;
      return { data: { pull: null } };
    }
  });
  return pull === null ? null : readGithubRequest(pull, fullName(repository));
}

function fullName({ owner, repo }: GithubRepository): string {
  return `${owner}/${repo}`;
}
