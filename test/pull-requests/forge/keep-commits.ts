import type { KeptCommit, NewRequest, RequestChange } from "./forge-server.ts";

/** The commits that a request is opened with: one of whoever opens it, unless the test says otherwise. */
export function beginCommits({
  author,
  sha,
  commits,
}: Pick<NewRequest, "author" | "sha" | "commits">): readonly KeptCommit[] {
  return commits ?? [{ sha, author, committer: author, pusher: author, before: "0".repeat(40) }];
}

/** The commits after a change: a new one on top, of whoever opened the request unless the test says otherwise. */
export function changeCommits(
  {
    commits,
    author,
    sha: before,
  }: { readonly commits: readonly KeptCommit[]; readonly author: string; readonly sha: string },
  { sha, commit = {} }: RequestChange,
): readonly KeptCommit[] {
  if (sha === undefined || sha === before) return commits;
  const by = commit.pusher ?? author;
  return [...commits, { sha, author: by, committer: by, pusher: by, before, ...commit }];
}

/** Who commits what users make on the pages of a forge that signs it: GitHub has an account of that name, and GitLab none. */
export const WEB = "web-flow";

/** The address that a login has in commits; every forge finds the account by it. */
export function addressOf(login: string | null): string {
  if (login === WEB) return "noreply@example.com";
  return `${login ?? "nobody"}@example.com`;
}
