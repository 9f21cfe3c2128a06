import type { RequestAuthor } from "../model/known-authors.ts";
import type { ReviewRecord } from "../model/review-record.ts";
import { findHere, findStart } from "../reconcile/pass/find-here.ts";
import { hasCommit } from "../reconcile/pass/find-rejections.ts";
import { nameFolder } from "../reconcile/pass/name-target-place.ts";
import { branchOf } from "./branch-of.ts";
import type { BranchStretch } from "./find-authors.ts";
import type { PullRequest } from "./forge/forge.ts";
import { nameAsked } from "./name-asked.ts";
import { readStill } from "./read-kept.ts";
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
  const state = findHere(await records.readState(config.name), config);
  const from = findStart(state);
  if (from === null || config.source.kind !== "repository") return true;
  const revisions = [base, state?.pinned_revision ?? base];
  const stretches = [...new Set(revisions)].map((to) => ({ from, to }));
  const found = await tools.findAuthors(stretches);
  if (found === null) return false;
  const ended = await listMerged(tools, { open, known });
  const forgotten = await listForgotten(tools, { from, base });
  // A forge that was moved or restored gives a number to another request too.
  const requests = new Map(
    [...forgotten, ...found, ...ended].map(({ number, author }) => [`${number} ${author}`, { number, author }]),
  );
  await records.writeAuthors({
    ...{ target: config.name, of: nameAsked(config.source) },
    ...{ from, revisions, requests: [...requests.values()].sort((one, other) => one.number - other.number) },
  });
  return true;
}

/**
 * What earlier rounds have learned of the same commits. It stays known until they are applied: a forge that is moved or restored forgets
 * requests, also those of which no record follows any more what becomes of them.
 */
async function listForgotten(
  { pass }: ReviewTools,
  { from, base }: Pick<BranchStretch, "from"> & Pick<RoundStart, "base">,
): Promise<readonly RequestAuthor[]> {
  const { records, config } = pass;
  const before = await records.readAuthors(config.name);
  const [revision = null] = before?.revisions ?? [];
  const isSame = before?.from === from && before.of?.endsWith(` ${nameFolder(config.source)}`) === true;
  return isSame && (await hasCommit(pass, base, revision)) ? before.requests : [];
}

/** Requests that were seen while they were open, and were merged since: the commits of their merge may not be known yet. */
async function listMerged(
  tools: ReviewTools,
  { open, known }: Pick<RoundStart, "open" | "known">,
): Promise<readonly RequestAuthor[]> {
  const isOpen = new Set(open.map(({ number }) => number));
  const merged: RequestAuthor[] = [];
  for (const record of known) {
    const { number } = record;
    if (isOpen.has(number) || record.merged !== null) continue;
    const request = await readStill(tools, record);
    if (request?.state === "merged" && request.base === branchOf(tools.pass))
      merged.push({ number, author: request.author });
  }
  return merged;
}
