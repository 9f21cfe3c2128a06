import { readHeader } from "../../systems/http/call-json.ts";
import type { RequestOrigin, RequestPush } from "./forge.ts";
import { MOST_COMMITS, TOO_MANY_COMMITS } from "./forge.ts";
import type { GiteaRepository } from "./gitea-repository.ts";
import { nameCoAuthors, type WrittenCommit } from "./name-co-authors.ts";
import { findInner, findProse, findText, readList, readNumber, readObject, readText } from "./read-answer.ts";
import { type ForgePage, readForgePages } from "./read-forge-pages.ts";

/** The most that Gitea gives, unless its administrator says less. */
const PAGE_LIMIT = 50;

/** A pull request's commits with their accounts, and who pushed to it since it was opened, by its timeline. */
export async function readGiteaOrigin(repository: GiteaRepository, number: number): Promise<RequestOrigin> {
  const commits = await readCommits(repository, number);
  return {
    commits: nameCoAuthors(commits),
    pushes: await readPushes(repository, number),
    missing: commits.length >= MOST_COMMITS ? TOO_MANY_COMMITS : null,
  };
}

function readCommits({ call, path }: GiteaRepository, number: number): Promise<readonly WrittenCommit[]> {
  const place = `${path}/pulls/${number}/commits`;
  let seen = 0;
  return readForgePages<WrittenCommit>(
    `GET ${place}`,
    ({ sha }) => sha,
    (page) =>
      call({
        ...{ method: "readOrigin", verb: "GET" },
        path: `${place}?verification=false&files=false&limit=${PAGE_LIMIT}&page=${page}`,
        decode: (value, { headers, bytes }): ForgePage<WrittenCommit> => {
          const records = readList(value).map(decodeCommit);
          seen += records.length;
          const total = readHeader(headers, "x-total-count");
          const isLast = records.length === 0 || seen >= MOST_COMMITS || (total !== null && seen >= Number(total));
          return { records, next: isLast ? null : page + 1, bytes };
        },
      }),
  );
}

/** A push that a timeline has, by the entry's number; null: the entry is no push. */
interface ListedPush {
  readonly id: number;
  readonly push: RequestPush | null;
}

async function readPushes({ call, path }: GiteaRepository, number: number): Promise<readonly RequestPush[]> {
  const timeline = `${path}/issues/${number}/timeline`;
  let seen = 0;
  const entries = await readForgePages<ListedPush>(
    `GET ${timeline}`,
    ({ id }) => id,
    (page) =>
      call({
        ...{ method: "readOrigin", verb: "GET", path: `${timeline}?limit=${PAGE_LIMIT}&page=${page}` },
        decode: (value, { headers, bytes }): ForgePage<ListedPush> => {
          const records = readList(value).map(decodeEntry);
          seen += records.length;
          const total = readHeader(headers, "x-total-count");
          const isLast = records.length === 0 || (total !== null && seen >= Number(total));
          return { records, next: isLast ? null : page + 1, bytes };
        },
      }),
  );
  return entries.flatMap(({ push }) => push ?? []);
}

/** The commits that an entry names are the text of a comment of another kind: they are not read. */
function decodeEntry(value: unknown): ListedPush {
  const entry = readObject(value);
  const isPush = entry.type === "pull_push";
  const login = findText(findInner(entry, "user"), "login");
  return { id: readNumber(entry, "id"), push: isPush ? { login, sha: null } : null };
}

function decodeCommit(value: unknown): WrittenCommit {
  const commit = readObject(value);
  const written = findInner(commit, "commit");
  const author = findText(findInner(commit, "author"), "login");
  const committer = findText(findInner(commit, "committer"), "login");
  return {
    ...{ sha: readText(commit, "sha"), author, committer, message: findProse(written, "message") },
    accounts: [
      [findText(findInner(written, "author"), "email"), author],
      [findText(findInner(written, "committer"), "email"), committer],
    ],
  };
}
