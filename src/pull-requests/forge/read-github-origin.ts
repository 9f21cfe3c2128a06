import { OperationalError } from "../../model/errors/operational-error.ts";
import { readHeader } from "../../systems/http/call-json.ts";
import type { AnswerAbout } from "./call-forge.ts";
import type { GithubRepository } from "./call-github.ts";
import type { RequestOrigin } from "./forge.ts";
import { MOST_COMMITS, TOO_MANY_COMMITS } from "./forge.ts";
import { nameCoAuthors, type WrittenCommit } from "./name-co-authors.ts";
import { AnswerShapeError, findInner, findProse, findText, readList, readObject, readText } from "./read-answer.ts";
import { limitForgePages } from "./read-forge-pages.ts";

/** What GitHub gives a page at most. */
const PER_PAGE = 100;

/** Pages of a branch's activity that are read: a thousand moves. */
const MOST_PAGES = 10;

const TOO_MANY_MOVES =
  "its branch was pushed to more often than GitHub is asked for, which is a thousand times; open the request from a new branch";

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

/** The activity of a branch, newest first, also from before it was deleted and created again. */
interface Activity {
  readonly moves: readonly BranchMove[];
  /** Whether those are all of it. */
  readonly isWhole: boolean;
}

/** A pull request's commits with their accounts, and who pushed them, by the activity of the branch that it comes from. */
export async function readGithubOrigin(repository: GithubRepository, number: number): Promise<RequestOrigin> {
  const { call, list, path } = repository;
  const head = await call({ method: "readOrigin", verb: "GET", path: `${path}/pulls/${number}`, decode: decodeHead });
  const commits = await list("readOrigin", `/pulls/${number}/commits`, decodeCommit, ({ sha }) => sha);
  const activity = await readActivity(repository, head);
  const ids = new Set(commits.map(({ sha }) => sha));
  const pushes = (activity?.moves ?? []).filter(({ after }) => ids.has(after));
  const hidden = activity === null ? explainHidden(head) : findGap(head, ids, activity);
  const missing = commits.length >= MOST_COMMITS ? TOO_MANY_COMMITS : hidden;
  return {
    commits: nameCoAuthors(commits),
    pushes: pushes.map(({ login, after }) => ({ login, sha: after })),
    missing,
  };
}

/** Null: GitHub does not show it to this token. */
async function readActivity({ call }: GithubRepository, { repository, branch }: HeadBranch): Promise<Activity | null> {
  if (repository === null) return null;
  const place = repository.split("/").map(encodeURIComponent).join("/");
  const query = new URLSearchParams({ ref: `refs/heads/${branch}`, per_page: String(PER_PAGE) });
  const moves: BranchMove[] = [];
  const count = limitForgePages(`GET /repos/${place}/activity`);
  try {
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const path = `/repos/${place}/activity?${query}`;
      const read = await call({ method: "readOrigin", verb: "GET", path, decode: decodePage });
      count(read);
      const { records, next } = read;
      moves.push(...records);
      if (next === null) return { moves, isWhole: true };
      query.set("after", next);
    }
    return { moves, isWhole: false };
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

/** Each commit was pushed with one of these, unless a push is missing: of the newest commit, or of one at which the branch was before a move. */
function findGap({ sha }: HeadBranch, commits: ReadonlySet<string>, { moves, isWhole }: Activity): string | null {
  if (!isWhole) return TOO_MANY_MOVES;
  const pushed = new Set(moves.map(({ after }) => after));
  const wanted = [sha, ...moves.map(({ before }) => before).filter((before) => commits.has(before))];
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
    message: findProse(written, "message"),
    accounts: [
      [findText(findInner(written, "author"), "email"), author],
      [findText(findInner(written, "committer"), "email"), committer],
    ],
  };
}

/** `next`: the cursor of the page after it; null: it is the last. */
function decodePage(value: unknown, { headers, bytes }: AnswerAbout) {
  const [, link] = /<([^<>]*)>; *rel="next"/.exec(readHeader(headers, "link") ?? "") ?? [];
  const next = link === undefined ? null : new URLSearchParams(link.slice(link.indexOf("?") + 1)).get("after");
  if (link !== undefined && next === null) throw new AnswerShapeError("its next page has no cursor");
  return { records: readList(value).map(decodeMove), next, bytes };
}

function decodeMove(value: unknown): BranchMove {
  const move = readObject(value);
  return {
    before: readText(move, "before"),
    after: readText(move, "after"),
    login: findText(findInner(move, "actor"), "login"),
  };
}
