import { AUTHORS_RULE, type ChangeAuthors } from "../../model/reviews/change-authors.ts";
import type { PullRequest, RequestOrigin } from "../forge/forge.ts";
import { isSameLogin } from "../review/spell-login.ts";

/** What the daemon knows of a request itself. */
export interface NamingFacts {
  /** Commits that the daemon pushed, which count for no user. */
  readonly own: ReadonlySet<string>;
  /** Whether the daemon opened it. */
  readonly isOurs: boolean;
  /** When the forge was asked. */
  readonly at: string;
}

/**
 * Whose change a request is: who opened it, who its commits are by, co-authors included, and who pushed them. Names in commits can be made up: they add to those
 * who pushed, and a commit without an account leaves open whose it is.
 */
export function nameChangeAuthors(
  { author, head, updated_at }: Pick<PullRequest, "author" | "head" | "updated_at">,
  { commits, committers = [], pushes, missing }: RequestOrigin,
  { own, at, isOurs }: NamingFacts,
): ChangeAuthors {
  const isOwn = (sha: string | null) => sha !== null && own.has(sha);
  const foreign = commits.filter(({ sha }) => !isOwn(sha));
  const pushed = pushes.filter(({ sha }) => !isOwn(sha));
  const named = [
    ...[author, ...foreign.flatMap((commit) => [commit.author, commit.committer, ...(commit.co_authors ?? [])])],
    ...[...committers, ...pushed.map(({ login }) => login)],
  ].filter((login) => login !== null);
  const nameless = foreign.find(({ author, committer, co_authors = [] }) =>
    [author, committer, ...co_authors].includes(null),
  );
  const doubts = [
    missing,
    commits.some(({ sha }) => sha === head.sha) ? null : explainUnlisted(head.sha),
    nameless === undefined ? null : explainNameless(nameless),
    // No user stands for what the daemon's own request had when it was opened.
    pushed.some(({ login }) => login === null) || (isOurs && foreign.length > 0 && pushed.length === 0)
      ? "the forge does not say who pushed to it"
      : null,
  ];
  const unknown = doubts.find((doubt) => doubt !== null) ?? null;
  return {
    ...{ rule: AUTHORS_RULE, head: head.sha, moved: updated_at, at, logins: dropSame(named) },
    ...(unknown === null ? {} : { unknown }),
  };
}

/**
 * What is known of the same commit by both: nothing that was said once is forgotten, as of a branch that is gone since. By another rule nothing
 * was said of whether those are all.
 */
export function joinChangeAuthors(former: ChangeAuthors | undefined, now: ChangeAuthors): ChangeAuthors {
  if (former === undefined || former.head !== now.head) return now;
  const { unknown, ...known } = now;
  const logins = dropSame([...former.logins, ...now.logins]);
  const wereAll = former.rule === now.rule && former.unknown === undefined;
  return { ...known, logins, ...(unknown === undefined || wereAll ? {} : { unknown }) };
}

function explainUnlisted(sha: string): string {
  return `the forge does not list its newest commit ${sha.slice(0, 12)} yet`;
}

function explainNameless({ sha, author, committer }: RequestOrigin["commits"][number]): string {
  const who = author === null ? "the author" : committer === null ? "the committer" : "a co-author";
  return `the forge has no account for ${who} of commit ${sha.slice(0, 12)}; add the address in that commit to an account, or commit with an address that has an account`;
}

function dropSame(logins: readonly string[]): readonly string[] {
  return logins.filter((login, at) => logins.findIndex((other) => isSameLogin(other, login)) === at);
}
