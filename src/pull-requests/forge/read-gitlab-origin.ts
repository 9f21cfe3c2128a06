import type { AnswerAbout, CallForge } from "./call-forge.ts";
import type { RequestOrigin, RequestPush } from "./forge.ts";
import { MOST_COMMITS, TOO_MANY_COMMITS } from "./forge.ts";
import { findRefusal } from "./forge-failures.ts";
import { type GitlabProject, readPage } from "./gitlab-project.ts";
import { isOfNoAccount, nameCoAuthors, type WrittenCommit } from "./name-co-authors.ts";
import {
  type AnswerObject,
  findInner,
  findProse,
  findText,
  readList,
  readNumber,
  readObject,
  readProse,
  readText,
} from "./read-answer.ts";
import { limitForgePages, readForgePages } from "./read-forge-pages.ts";

/** A page of a merge request's commits, by GraphQL: REST names addresses and no accounts. */
const QUERY = `query($project: ID!, $number: String!, $after: String) { project(fullPath: $project) { mergeRequest(iid: $number) {
  committers(first: 100) { nodes { username } pageInfo { hasNextPage } }
  commits(first: 100, after: $after) { nodes { sha message author { username } authorEmail committerEmail } pageInfo { hasNextPage endCursor } } } } }`;

/** How GitLab begins its own note of a push to a merge request. */
const PUSHED = /^added \d+ (?:new )?commits?\b/i;

/** The refusal of a GitLab without GraphQL, or whose proxy blocks it. */
const WITHOUT_GRAPHQL: ReadonlySet<number> = new Set([403, 404, 405]);

/** A project, its path, and a caller of what is below `/api`. */
export interface GitlabOriginTools {
  readonly project: GitlabProject;
  readonly name: string;
  readonly callGraphql: CallForge;
}

/**
 * A merge request's commits with their accounts, and who pushed to it since it was opened, by the notes that GitLab itself makes of it. A
 * GitLab that does not know what GraphQL is asked for says nothing of accounts.
 */
export async function readGitlabOrigin(tools: GitlabOriginTools, number: number): Promise<RequestOrigin> {
  const listed = await listCommits(tools, number);
  const pushes = await readPushes(tools.project, number);
  if (listed === null) {
    const missing =
      "this GitLab does not report the accounts of its commits over GraphQL; upgrade it, or let its proxy pass /api/graphql";
    return { commits: [], pushes, missing };
  }
  const { commits, committers } = listed;
  return {
    commits: nameCoAuthors(nameCommitters(commits, committers)),
    ...{ committers, pushes },
    missing: commits.length >= MOST_COMMITS || !listed.isWhole ? TOO_MANY_COMMITS : null,
  };
}

/** A commit as GraphQL has it: its committer is an address alone. */
interface ListedCommit {
  readonly sha: string;
  readonly message: string | null;
  readonly author: string | null;
  readonly authorEmail: string | null;
  readonly committerEmail: string | null;
}

interface CommitPage {
  readonly commits: readonly ListedCommit[];
  readonly committers: readonly string[];
  /** Whether those are all committers. */
  readonly isWhole: boolean;
  /** Where the next page begins; null: it is the last. */
  readonly next: string | null;
  readonly bytes: number;
}

/** Null: this GitLab does not say. */
async function listCommits(
  tools: GitlabOriginTools,
  number: number,
): Promise<Omit<CommitPage, "next" | "bytes"> | null> {
  const commits: ListedCommit[] = [];
  const count = limitForgePages("POST /graphql");
  for (let after: string | null = null; ; ) {
    const page = await readCommitPage(tools, number, after);
    if (page === null) return null;
    count({ records: [...page.commits, ...page.committers], bytes: page.bytes });
    commits.push(...page.commits);
    if (page.next === null || page.next === after || commits.length >= MOST_COMMITS) return { ...page, commits };
    after = page.next;
  }
}

async function readCommitPage(
  { name, callGraphql }: GitlabOriginTools,
  number: number,
  after: string | null,
): Promise<CommitPage | null> {
  const body = { query: QUERY, variables: { project: name, number: String(number), after } };
  const asked = { method: "readOrigin", verb: "POST", path: "/graphql", body, reads: true } as const;
  try {
    return await callGraphql({ ...asked, decode: decodePage });
  } catch (error) {
    if (!WITHOUT_GRAPHQL.has(findRefusal(error)?.status ?? 0)) throw error;
    return null;
  }
}

/**
 * The committer of a commit is the account that an author of the same address has. A GitLab that signs what users make on its pages commits
 * it itself, for its author. Where GitLab names a committer for each of the other
 * addresses, those are of accounts as well; else it is unknown whose they are.
 */
function nameCommitters(commits: readonly ListedCommit[], committers: readonly string[]): readonly WrittenCommit[] {
  const accounts = new Map(commits.map(({ authorEmail, author }) => [authorEmail, author]));
  const others = new Set(
    commits.flatMap(({ committerEmail: one }) => (accounts.has(one) || isOfNoAccount(one) ? [] : [one])),
  );
  const authors = new Set(accounts.values());
  const named = committers.filter((login) => !authors.has(login));
  const areKnown = others.size <= named.length;
  return commits.map(({ sha, message, author, authorEmail, committerEmail }) => {
    const known = isOfNoAccount(committerEmail) ? author : accounts.get(committerEmail);
    const committer = known === undefined ? (areKnown ? (named[0] ?? null) : null) : known;
    return { sha, author, committer, message, accounts: [[authorEmail, author]] };
  });
}

async function readPushes(project: GitlabProject, number: number): Promise<readonly RequestPush[]> {
  const list = `merge_requests/${number}/notes`;
  const query = { order_by: "created_at", sort: "asc" };
  const notes = await readForgePages<ListedNote>(
    `GET ${project.path}/${list}`,
    ({ id }) => id,
    readPage(project, "readOrigin", list, query, decodeNote),
  );
  return notes.flatMap(({ push }) => push ?? []);
}

/** A note, and the push that it is of; null: of something else. */
interface ListedNote {
  readonly id: number;
  readonly push: RequestPush | null;
}

function decodeNote(value: unknown): ListedNote {
  const note = readObject(value);
  const isPush = note.system === true && PUSHED.test(readProse(note, "body"));
  const push = isPush ? { login: findText(findInner(note, "author"), "username"), sha: null } : null;
  return { id: readNumber(note, "id"), push };
}

/** Null: it does not know the fields, or has no such merge request for this token. */
function decodePage(value: unknown, { bytes }: AnswerAbout): CommitPage | null {
  const { mergeRequest } = findInner(findInner(readObject(value), "data"), "project");
  if (typeof mergeRequest !== "object" || mergeRequest === null) return null;
  const request = readObject(mergeRequest);
  const [commits, committers] = [findInner(request, "commits"), findInner(request, "committers")];
  const info = findInner(commits, "pageInfo");
  return {
    commits: readList(commits.nodes ?? []).map(decodeCommit),
    committers: readList(committers.nodes ?? []).map((user) => readText(user, "username")),
    isWhole: findInner(committers, "pageInfo").hasNextPage !== true,
    next: info.hasNextPage === true ? findText(info, "endCursor") : null,
    bytes,
  };
}

function decodeCommit(commit: AnswerObject): ListedCommit {
  return {
    sha: readText(commit, "sha"),
    message: findProse(commit, "message"),
    author: findText(findInner(commit, "author"), "username"),
    authorEmail: findText(commit, "authorEmail"),
    committerEmail: findText(commit, "committerEmail"),
  };
}
