import { nameRequest, type RequestKey } from "../../model/reviews/name-request.ts";
import type { Overlap, Review, ReviewOutcome, ReviewVerdict } from "../../model/reviews/review.ts";
import { OPEN } from "../../model/reviews/review-phase.ts";
import type { EarlyApproval, ReviewRecord, ReviewStatuses, StandingNo } from "../../model/reviews/review-record.ts";
import type { Standing } from "../../plan/policy/judge-decisions.ts";
import type { Forge, PullRequest } from "../forge/forge.ts";
import { endOfApproval } from "./date-on-forge.ts";
import { type AuthoredChange, judgeOwn } from "./judge-own.ts";
import type { PlannedRequest } from "./open-request-planner.ts";
import type { ReviewTools } from "./review-tools.ts";
import { isSameLogin } from "./spell-login.ts";

/** The record of a request that is looked at for the first time. */
export function createRecord(request: PullRequest, { pass, forge }: ReviewTools, at: string): ReviewRecord {
  return {
    ...{
      target: pass.config.name,
      place: namePlace(forge),
      number: request.number,
      opened: request.opened,
      url: request.url,
    },
    ...{ author: request.author, title: request.title, head: request.head.sha },
    ...{ verdict: "skipped", digest: null, addresses: [] },
    ...{ needs_approval: false, approvals: [], rejected: [], spent: [], ...OPEN },
    ...{ asked: false, comment: null, said: null, statuses: NOT_LOOKED_AT, told: null, shown_plan: null },
    ...{ read: null, handled: [], updated_at: at },
  };
}

/** The statuses of a head that was not looked at yet. */
export const NOT_LOOKED_AT: ReviewStatuses = {
  plan: { state: "pending", description: "not reviewed yet" },
  apply: { state: "pending", description: "not reviewed yet" },
};

/** By what targets of one repository find each other's records: forges make no difference between capitals and small letters. */
export function namePlace({ kind, place }: Pick<Forge, "kind" | "place">): string {
  return `${kind} ${place}`.toLowerCase();
}

/** By what records and decisions of a request are found. */
export function identify(forge: Pick<Forge, "kind" | "place">, { number, opened }: PullRequest): Required<RequestKey> {
  return { place: namePlace(forge), number, opened };
}

/** A rejection as a request shows it. */
export function showRejection({ decision: { by, at, seq, reason } }: Standing): StandingNo {
  return { by, at, seq, reason };
}

/** A rejection in the form of a review and its outcome. */
export function nameRejection({ by, at, reason = null }: StandingNo) {
  return { rejected_by: by, rejected_at: at, ...(reason === null ? {} : { rejected_because: reason }) };
}

/** The record once the request's newest commit was planned. A temporarily unknown result does not replace a known one of the same commit. */
export function recordPlanned(
  { rejection: _former, undecided_by: _doubt, ...record }: ReviewRecord,
  { verdict, needsApproval, rejection, undecided_by }: PlannedRequest,
): ReviewRecord {
  if (verdict.kind === "failed") return { ...record, verdict: "failed" };
  if (verdict.kind !== "planned") {
    return { ...record, verdict: verdict.kind, digest: null, addresses: [], needs_approval: false, missed: 0 };
  }
  const { plan, parts } = verdict;
  return {
    ...record,
    ...{ verdict: "planned", digest: plan.digest, needs_approval: needsApproval },
    addresses: cutAddresses([...parts.request, ...parts.both]),
    missed: 0,
    ...(rejection === undefined ? {} : { rejection }),
    ...(undecided_by === undefined ? {} : { undecided_by }),
  };
}

/** Characters of addresses that a record keeps, which each round reads: half of the room that it has of its own. */
const MOST_ADDRESSES = 4_000;

/** As many as fit, and one more where there are others: {@link isCut} knows it by that. */
function cutAddresses(addresses: ReviewRecord["addresses"]): ReviewRecord["addresses"] {
  let length = 0;
  return addresses.filter((address) => {
    const isKept = length <= MOST_ADDRESSES;
    length += address.length;
    return isKept;
  });
}

/** Whether a record may not have all addresses that its plan changes. */
function isCut({ addresses }: ReviewRecord): boolean {
  return addresses.reduce((length, address) => length + address.length, 0) > MOST_ADDRESSES;
}

/** What to say of a request. `at`: when it was planned. */
export function makeReview(
  { config, pass, version, pageOf }: ReviewTools,
  record: ReviewRecord,
  { verdict, base, at, pinned = null, lost = new Set() }: MadeReview,
): Review {
  const { rejection, undecided_by } = record;
  const early = rejection === undefined ? listCurrent(record, pass, at) : [];
  const by = early.find((given) => !lost.has(given.by))?.by ?? null;
  const former = by === null ? early[0]?.by : undefined;
  return {
    ...{ target: pass.config.name, head: record.head, base, verdict, outcome: record.outcome },
    approval: isApprovedByMerge(record, config) ? config.approval : "explicit",
    ...(rejection === undefined ? {} : nameRejection(rejection)),
    ...(undecided_by === undefined ? {} : { undecided_by }),
    approved: record.needs_approval ? { needed: true, by, ...(former === undefined ? {} : { lost: former }) } : null,
    ...describeDeciders(pass.config.policy.approval.approvers, config.self_approval ? null : record),
    ...(record.altered === undefined ? {} : { altered: record.altered }),
    ...(pinned === null ? {} : { pinned_revision: pinned }),
    ...{ made_at: at, version, page: pageOf(record.number) },
  };
}

/** The approvals of what a request shows that have not expired by then. */
export function listCurrent(
  { approvals, digest, head }: Pick<ReviewRecord, "approvals" | "digest" | "head">,
  pass: ReviewTools["pass"],
  at: string,
): readonly EarlyApproval[] {
  return approvals.filter(
    (given) => given.digest === digest && given.head === head && endOfApproval(given.at, pass) > at,
  );
}

/** Of what was rejected, and of what no one may approve for now, a merge approves nothing. */
function isApprovedByMerge(
  { rejection, undecided_by, authors }: ReviewRecord,
  { self_approval }: ReviewTools["config"],
): boolean {
  const isKnown = self_approval || authors?.unknown === undefined;
  return rejection === undefined && undecided_by === undefined && isKnown;
}

function describeDeciders(approvers: readonly string[], change: AuthoredChange | null): Pick<Review, "deciders"> {
  const list = approvers.length === 0 ? null : approvers;
  if (change === null) return list === null ? {} : { deciders: { approvers: list, except: null } };
  const { author, authors } = change;
  const others = (authors?.logins ?? []).filter((login) => !isSameLogin(login, author));
  return {
    deciders: {
      approvers: list?.filter((name) => judgeOwn(change, name).kind !== "own") ?? null,
      except: author,
      ...(others.length === 0 ? {} : { others }),
      ...(authors?.unknown === undefined ? {} : { unknown: authors.unknown }),
    },
  };
}

/** What was found of a request. `pinned`: the revision that its target is held at; left out or null: it follows its branch. */
interface MadeReview {
  readonly verdict: ReviewVerdict;
  readonly base: string | null;
  readonly at: string;
  readonly pinned?: string | null;
  /** Logins that may not write to the repository any more; left out: it was not asked. */
  readonly lost?: ReadonlySet<string>;
}

/**
 * The other requests that change some of the same objects: open ones, and merged ones whose changes are being applied. Of one with so many that not all
 * are on record, a merged one counts in any case, without naming any: a merge that has to wait does not pass for that.
 */
export function findOverlaps(
  record: ReviewRecord,
  others: Iterable<ReviewRecord>,
  { now, holdMs }: { readonly now: string; readonly holdMs: number },
): readonly Overlap[] {
  const own = new Set(record.addresses);
  if (own.size === 0) return [];
  return [...others].flatMap((other): readonly Overlap[] => {
    const addresses = other.addresses.filter((address) => own.has(address));
    if (nameRequest(other) === nameRequest(record) || other.settled || other.outcome?.kind === "closed") return [];
    const { number, url } = other;
    const named = other.title === undefined ? {} : { title: other.title };
    const holds = findHold(other, now, holdMs);
    const mayOverlap = holds !== null && other.addresses.length > 0 && (isCut(record) || isCut(other));
    if (addresses.length === 0 && !mayOverlap) return [];
    const isOver = other.merged !== null && holds === null;
    return isOver ? [] : [{ number, ...named, url, addresses, holds }];
  });
}

/** A merged request that is not applied yet makes others wait, but not indefinitely. */
function findHold({ merged, unlocked, outcome }: ReviewRecord, now: string, holdMs: number): Overlap["holds"] {
  if (merged === null || unlocked || isOver(outcome)) return null;
  const until = new Date(Date.parse(merged.at) + holdMs).toISOString();
  return until > now ? { by: merged.by ?? "somebody", since: merged.at, until } : null;
}

function isOver(outcome: ReviewOutcome | null): boolean {
  return outcome?.kind === "applied" || outcome?.kind === "closed";
}
