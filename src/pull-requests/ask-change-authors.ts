import type { ChangeAuthors } from "../model/change-authors.ts";
import type { PullRequest } from "./forge/forge.ts";
import { joinChangeAuthors, nameChangeAuthors } from "./name-change-authors.ts";
import { listOwnCommits } from "./own-commits.ts";
import type { ReviewTools } from "./review-tools.ts";
import { isSameLogin } from "./spell-login.ts";

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

function isAnswered({ head, moved, unknown, at }: ChangeAuthors, request: PullRequest, now: string): boolean {
  if (head !== request.head.sha || moved !== request.updated_at) return false;
  return unknown === undefined || Date.parse(now) - Date.parse(at) < AGAIN_MS;
}
