import { OperationalError } from "../../model/operational-error.ts";
import type { GithubRepository } from "./call-github.ts";
import { decodeGithubEvent } from "./github-answers.ts";

/** Who merges what is in a merge queue; it decides nothing. */
const QUEUE = "github-merge-queue[bot]";

/**
 * Who merged a request: for one that came through the merge queue the user who queued it last, as the queue itself merges its entries. Null:
 * GitHub does not say, or not to this token, so that the merge counts for no user.
 */
export async function findGithubMerger(
  { list }: GithubRepository,
  { number, by }: { readonly number: number; readonly by: string | null },
): Promise<string | null> {
  if (by !== QUEUE) return by;
  try {
    const events = await list("readRequest", `/issues/${number}/events`, decodeGithubEvent, ({ id }) => id);
    return events.findLast(({ event }) => event === "added_to_merge_queue")?.actor ?? null;
  } catch (error) {
    const isUnavailable =
      error instanceof OperationalError && (error.code === "forge_refused" || error.code === "forge_missing");
    if (isUnavailable) return null;
    throw error;
  }
}
