import { AUTHORS_RULE, type ChangeAuthors } from "../../model/reviews/change-authors.ts";
import type { RequestAuthor } from "../../model/reviews/known-authors.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { nameFolder } from "../../reconcile/name-target-place.ts";
import { findHere, findStart } from "../../reconcile/pass/find-here.ts";
import { hasCommit } from "../../reconcile/pass/find-rejections.ts";
import type { PullRequest } from "../forge/forge.ts";
import { branchOf } from "../review/branch-of.ts";
import { nameAsked } from "../review/name-asked.ts";
import { type Ended, isOnlyAsked, readGone } from "../review/read-missing.ts";
import type { BranchStretch, BroughtRequest, ReviewTools } from "../review/review-tools.ts";
import { spendOn } from "../review/spending.ts";
import { askChangeAuthors } from "./ask-change-authors.ts";

/** What a round has read when it begins. */
export interface RoundStart {
  /** The branch's newest commit. */
  readonly base: string;
  readonly open: readonly PullRequest[];
  readonly known: Iterable<ReviewRecord>;
  /** What was read of those that are not open any more. */
  readonly ended: readonly Ended[];
}

/**
 * Where authors do not approve their own requests: records whose requests the branch has, as far as they are not applied, so that every
 * replica knows them from the first moment in which an approval counts. Gives false where some of it is left to the next round.
 */
export async function noteAuthors(tools: ReviewTools, { base, open, known, ended }: RoundStart): Promise<boolean> {
  if (tools.config.self_approval) return true;
  const { records, config } = tools.pass;
  const state = findHere(await records.readState(config.name), config);
  const from = findStart(state);
  if (from === null || config.source.kind !== "repository") return true;
  const revisions = [base, state?.pinned_revision ?? base];
  const stretches = [...new Set(revisions)].map((to) => ({ from, to }));
  const found = await tools.findAuthors(stretches);
  if (found === null) return false;
  const looked = [...known];
  const before = await listForgotten(tools, { from, base });
  const merged = await listMerged(tools, { base, open, ended, known: looked });
  if (merged === null) return false;
  const brought = [...found, ...merged];
  // A forge that was moved or restored gives a number to another request too.
  const requests = new Map<string, KnownRequest>([...before, ...brought].map((one) => [nameAuthor(one), one]));
  const authored: RequestAuthor[] = [];
  for (const [name, one] of requests) {
    const isIt = (other: RequestAuthor) => nameAuthor(other) === name;
    // A record may lack what an earlier round has learned of it, as the look at it did not end.
    const said = one.authors ?? before.find(isIt)?.authors;
    const former = said ?? looked.find(isIt)?.authors;
    // What was asked of another commit says nothing of the one that was merged, but whose the request is as well.
    const isOfIt = one.authors !== undefined || (one.head ?? said?.head) === said?.head;
    authored.push(await addKnown(tools, one, { said, isOfIt, former }));
  }
  await records.writeAuthors({
    ...{ target: config.name, of: nameAsked(config.source) },
    ...{ from, revisions, requests: authored.sort((one, other) => one.number - other.number) },
  });
  return true;
}

/** A request with the forge's word on it; null or left out: the forge does not have it any more. */
interface KnownRequest extends RequestAuthor, Partial<Pick<BroughtRequest, "request" | "head">> {}

/** What was known of it before. */
interface Said {
  /** What the forge said of one of its commits. */
  readonly said: ChangeAuthors | undefined;
  /** Whether that is of the one that was merged. */
  readonly isOfIt: boolean;
  /** The same, or what a record of it has. */
  readonly former: ChangeAuthors | undefined;
}

function nameAuthor({ number, author }: Pick<RequestAuthor, "number" | "author">): string {
  return `${number} ${author}`;
}

/** The same with whose change it is. Of what the forge does not have any more, only what it said before is known. */
async function addKnown(
  tools: ReviewTools,
  { number, author, request = null }: KnownRequest,
  { said, isOfIt, former }: Said,
): Promise<RequestAuthor> {
  if (request !== null) return { number, author, authors: await askChangeAuthors(tools, request, former) };
  const at = await tools.pass.records.now();
  if (said?.rule === AUTHORS_RULE && isOfIt) return { number, author, authors: said };
  const unknown = `the forge no longer has request ${number}, and the authors of its commits were not read before`;
  const before = said ?? { head: "", moved: "", at, logins: [author] };
  return { number, author, authors: { ...before, rule: AUTHORS_RULE, unknown } };
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

/**
 * Requests that were seen while they were open, and were merged since: the commits of their merge may not be known yet. One that no other calls were
 * left for is read all the same: without its authors an author could approve. Null: no calls were left for that either.
 */
async function listMerged(
  tools: ReviewTools,
  { base, open, known, ended }: RoundStart,
): Promise<readonly KnownRequest[] | null> {
  const { missing, authors } = tools.spending;
  const isOpen = new Set(open.map(({ number }) => number));
  const read = new Map(ended.map(({ record, request }) => [record, request]));
  const merged: KnownRequest[] = [];
  for (const record of known) {
    const { number } = record;
    if (isOpen.has(number) || record.merged !== null) continue;
    const isRead = read.has(record);
    // It had ended, and anyone can ask about it again. Were it merged since, the branch's commits would have it.
    if (!isRead && isOnlyAsked(record)) continue;
    if (!isRead && missing.isRead(nameRequest(record), base)) continue;
    if (!isRead && !authors.isLeft()) return null;
    const request = isRead
      ? read.get(record)
      : await spendOn(tools.spending, authors, () => readGone(tools, record, base));
    if (request?.state === "merged" && request.base === branchOf(tools.pass))
      merged.push({ number, author: request.author, request });
  }
  return merged;
}
