import { AUTHORS_RULE, type ChangeAuthors } from "../../model/reviews/change-authors.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { CommentTools } from "../commands/handle-comments.ts";
import type { PullRequest } from "../forge/forge.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { isSameLogin } from "../review/spell-login.ts";
import { joinChangeAuthors, nameChangeAuthors } from "./name-change-authors.ts";
import { listOwnCommits } from "./own-commits.ts";

/** What is unknown is asked again so often, though the request did not move: an account may know the address since. In milliseconds. */
const AGAIN_MS = 60_000;

/**
 * Whose change a request is, where authors do not approve their own. The forge is asked once for each state of the request: a push that
 * it reports late moves its time. Throws what the forge throws.
 */
export async function askChangeAuthors(
  { pass, forge }: Pick<ReviewTools, "pass" | "forge">,
  request: PullRequest,
  former: ChangeAuthors | undefined,
): Promise<ChangeAuthors> {
  const at = await pass.records.now();
  if (former !== undefined && isAnswered(former, request, at)) return former;
  const found = await forge.readOrigin(request.number);
  const isOurs = isSameLogin(request.author, await forge.readSelf());
  return joinChangeAuthors(former, nameChangeAuthors(request, found, { own: await listOwnCommits(pass), isOurs, at }));
}

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

function isAnswered({ rule, head, moved, unknown, at }: ChangeAuthors, request: PullRequest, now: string): boolean {
  if (rule !== AUTHORS_RULE || head !== request.head.sha || moved !== request.updated_at) return false;
  return unknown === undefined || Date.parse(now) - Date.parse(at) < AGAIN_MS;
}
