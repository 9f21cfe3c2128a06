import { OperationalError } from "../../model/errors/operational-error.ts";
import type { GithubRepository } from "./call-github.ts";
import type { RequestOrigin } from "./forge.ts";
import { MOST_COMMITS, TOO_MANY_COMMITS } from "./forge.ts";
import { nameCoAuthors, type WrittenCommit } from "./name-co-authors.ts";
import { findInner, findText, readList, readObject, readText } from "./read-answer.ts";

/** What GitHub gives a page at most. */
const PER_PAGE = 100;

/** The committer of what was made on GitHub's pages, in the name of the author. */
const WEB = "web-flow";

/** Of what repository's branch a request wants to merge. `repository` null: it is gone. */
interface HeadBranch {
  readonly sha: string;
  readonly branch: string;
  readonly repository: string | null;
}

/** An entry of a branch's activity: where it was moved from, and to. */
interface BranchMove {
  readonly before: string;
  readonly after: string;
  readonly login: string | null;
}

/**
 * A pull request's commits with their accounts, and who pushed them, by the activity of the branch that it comes from. That list has the
 * newest entries first, and its first page is all that is read.
 */
export async function readGithubOrigin(repository: GithubRepository, number: number): Promise<RequestOrigin> {
  const { call, list, path } = repository;
  const head = await call({ method: "readOrigin", verb: "GET", path: `${path}/pulls/${number}`, decode: decodeHead });
  const commits = await list("readOrigin", `/pulls/${number}/commits`, decodeCommit, ({ sha }) => sha);
  const moves = await readMoves(repository, head);
  const ids = new Set(commits.map(({ sha }) => sha));
  const pushes = (moves ?? []).filter(({ after }) => ids.has(after));
  const hidden = moves === null ? explainHidden(head) : findGap(head, ids, pushes);
  const missing = commits.length >= MOST_COMMITS ? TOO_MANY_COMMITS : hidden;
  return {
    commits: nameCoAuthors(commits),
    pushes: pushes.map(({ login, after }) => ({ login, sha: after })),
    missing,
  };
}

/** Null: GitHub does not show it to this token. */
async function readMoves(
  { call }: GithubRepository,
  { repository, branch }: HeadBranch,
): Promise<readonly BranchMove[] | null> {
  if (repository === null) return null;
  const place = repository.split("/").map(encodeURIComponent).join("/");
  const query = `ref=${encodeURIComponent(`refs/heads/${branch}`)}&per_page=${PER_PAGE}`;
  const decode = (value: unknown) => readList(value).map(decodeMove);
  try {
    return await call({ method: "readOrigin", verb: "GET", path: `/repos/${place}/activity?${query}`, decode });
  } catch (error) {
    const isHidden =
      error instanceof OperationalError && (error.code === "forge_refused" || error.code === "forge_missing");
    if (!isHidden) throw error;
    return null;
  }
}

function explainHidden({ repository }: HeadBranch): string {
  return repository === null
    ? "its fork was deleted, so it is unknown who pushed its commits"
    : `GitHub does not show who pushed its commits; grant the credentials the permission Contents (read) on ${repository}`;
}

/** Each commit was pushed with one of these, unless a push is missing: of the newest commit, or of one that a push found there. */
function findGap({ sha }: HeadBranch, commits: ReadonlySet<string>, pushes: readonly BranchMove[]): string | null {
  const pushed = new Set(pushes.map(({ after }) => after));
  const wanted = [sha, ...pushes.map(({ before }) => before).filter((before) => commits.has(before))];
  const gap = wanted.find((one) => !pushed.has(one));
  return gap === undefined ? null : `GitHub does not say who pushed the commit ${gap.slice(0, 12)}`;
}

function decodeHead(value: unknown): HeadBranch {
  const head = findInner(readObject(value), "head");
  return {
    sha: readText(head, "sha"),
    branch: readText(head, "ref"),
    repository: findText(findInner(head, "repo"), "full_name"),
  };
}

function decodeCommit(value: unknown): WrittenCommit {
  const commit = readObject(value);
  const written = findInner(commit, "commit");
  const author = findText(findInner(commit, "author"), "login");
  const committer = findText(findInner(commit, "committer"), "login");
  return {
    ...{ sha: readText(commit, "sha"), author, committer: committer === WEB ? author : committer },
    message: findText(written, "message"),
    accounts: [
      [findText(findInner(written, "author"), "email"), author],
      [findText(findInner(written, "committer"), "email"), committer],
    ],
  };
}

function decodeMove(value: unknown): BranchMove {
  const move = readObject(value);
  return {
    before: readText(move, "before"),
    after: readText(move, "after"),
    login: findText(findInner(move, "actor"), "login"),
  };
}
