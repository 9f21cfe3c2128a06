import { OperationalError } from "../../model/operational-error.ts";
import type { GithubClient } from "./create-github-client.ts";

/** Who merges what is in a merge queue; it decides nothing. */
const QUEUE = "github-merge-queue[bot]";
const PER_PAGE = 100;

/** What of an event on a request's page is read. */
interface IssueEvent {
  readonly event?: string;
  readonly actor?: { readonly login: string } | null;
}

/**
 * Who merged a request: of one that came through the merge queue whoever put it there last, as the queue itself merges what it is given.
 * Null: GitHub does not tell, or not this token, so that the merge is nobody's.
 */
export async function findGithubMerger(
  client: GithubClient,
  repository: { readonly owner: string; readonly repo: string },
  { number, by }: { readonly number: number; readonly by: string | null },
): Promise<string | null> {
  if (by !== QUEUE) return by;
  try {
    const events = await client.list<IssueEvent>("readRequest", (octokit, request, page) =>
      octokit.rest.issues.listEvents({ ...repository, issue_number: number, per_page: PER_PAGE, page, request }),
    );
    return events.findLast(({ event }) => event === "added_to_merge_queue")?.actor?.login ?? null;
  } catch (error) {
    const isUntold =
      error instanceof OperationalError && (error.code === "forge_refused" || error.code === "forge_missing");
    if (isUntold) return null;
    throw error;
  }
}
