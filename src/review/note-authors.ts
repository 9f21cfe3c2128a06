import type { PullRequest } from "../forge/forge.ts";
import type { RequestAuthor } from "../model/known-authors.ts";
import type { ReviewRecord } from "../model/review-record.ts";
import { findStart } from "../pass/find-start.ts";
import { branchOf } from "./branch-of.ts";
import { nameAsked } from "./name-asked.ts";
import { isHere } from "./read-kept.ts";
import type { ReviewTools } from "./review-tools.ts";

/** What a round has read when it begins. */
export interface RoundStart {
  /** The branch's newest commit. */
  readonly base: string;
  readonly open: readonly PullRequest[];
  readonly known: Iterable<ReviewRecord>;
}

/**
 * Where authors do not approve their own requests: records whose requests the branch has, as far as they are not applied, so that every
 * replica knows them from the first moment in which an approval counts. Gives false where some of it is left to the next round.
 */
export async function noteAuthors(tools: ReviewTools, { base, open, known }: RoundStart): Promise<boolean> {
  if (tools.config.self_approval) return true;
  const { records, config } = tools.pass;
  const state = await records.readState(config.name);
  const from = findStart(state, config.source);
  if (from === null || config.source.kind !== "repository") return true;
  const revisions = [base, state?.pinned_revision ?? base];
  const stretches = [...new Set(revisions)].map((to) => ({ from, to }));
  const found = await tools.findAuthors(stretches);
  if (found === null) return false;
  const ended = await listMerged(tools, { open, known });
  const requests = new Map([...found, ...ended].map((request) => [request.number, request]));
  await records.writeAuthors({
    ...{ target: config.name, of: nameAsked(config.source) },
    ...{ from, revisions, requests: [...requests.values()] },
  });
  return true;
}

/** Requests that were looked at while they were open, and were merged since: what their merge gave the branch may not be told yet. */
async function listMerged(
  tools: ReviewTools,
  { open, known }: Pick<RoundStart, "open" | "known">,
): Promise<readonly RequestAuthor[]> {
  const isOpen = new Set(open.map(({ number }) => number));
  const merged: RequestAuthor[] = [];
  for (const record of known) {
    const { number } = record;
    if (isOpen.has(number) || record.merged !== null || !isHere(tools, record)) continue;
    const request = await tools.forge.readRequest(number);
    if (request?.state === "merged" && request.base === branchOf(tools.pass))
      merged.push({ number, author: request.author });
  }
  return merged;
}
