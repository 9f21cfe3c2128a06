import type { GithubClient } from "./create-github-client.ts";

/** Who merges what is in a merge queue; it decides nothing. */
const QUEUE = "github-merge-queue[bot]";
const PER_PAGE = 100;

/**
 * Who merged a request: of one that came through the merge queue whoever put it there last, as the queue itself merges what it is given.
 * Null: GitHub does not tell, so that the merge is nobody's.
 */
export async function findGithubMerger(
  client: GithubClient,
  repository: { readonly owner: string; readonly repo: string },
  { number, by }: { readonly number: number; readonly by: string | null },
): Promise<string | null> {
  if (by !== QUEUE) return by;
  const events: readonly { readonly event?: string; readonly actor?: { readonly login: string } | null }[] =
    await client.list("readRequest", (octokit, request, page) =>
      octokit.rest.issues.listEvents({ ...repository, issue_number: number, per_page: PER_PAGE, page, request }),
    );
  return events.findLast(({ event }) => event === "added_to_merge_queue")?.actor?.login ?? null;
}
