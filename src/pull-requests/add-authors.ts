import type { ReviewRecord } from "../model/review-record.ts";
import { askChangeAuthors } from "./ask-change-authors.ts";
import type { PullRequest } from "./forge/forge.ts";
import type { CommentTools } from "./handle-comments.ts";

/**
 * The record with whose change the request is, where authors do not approve their own: approvals are judged by it. Where the forge does not
 * answer, nothing is known of a commit that it was not asked about before, and approvals wait.
 */
export async function addAuthors(
  { tools, faults }: CommentTools,
  record: ReviewRecord,
  request: PullRequest,
): Promise<ReviewRecord> {
  if (tools.config.self_approval) return record;
  const { authors: former, ...rest } = record;
  const asked = await faults.isolate(() => askChangeAuthors(tools, request, former));
  const authors = asked ?? (former?.head === request.head.sha ? former : undefined);
  return authors === undefined ? rest : { ...rest, authors };
}
