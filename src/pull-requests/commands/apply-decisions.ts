import { type Decision, isOfOrderByTime } from "../../model/passes/decision.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { EarlyApproval, ReviewRecord } from "../../model/reviews/review-record.ts";
import { findNewestRejection, listEarly } from "../../plan/policy/judge-decisions.ts";
import { judgeOwn } from "../review/judge-own.ts";
import type { ReviewTools } from "../review/review-tools.ts";

/**
 * The record with the approvals of its request that count by what was decided, and with how far that is known. What an older release
 * recorded in the record alone counts on: its rejections become one of the request, recorded once. An approval on another request of the very commit
 * counts for this one as well, but once, and not where its giver may not approve this one.
 */
export async function applyDecisions(
  { pass: { records }, forge, config }: Pick<ReviewTools, "pass" | "forge" | "config">,
  record: ReviewRecord,
): Promise<ReviewRecord> {
  const { target, place, head, digest } = record;
  const request = nameRequest(record);
  if (record.rejected.length > 0) {
    const at = await records.now();
    const id = `former ${request}`;
    const given = { target, id, request, head, digest, revision: null, effects: [], lifts: [] };
    await records.addRejection({ ...given, kind: "reject", by: "somebody", via: forge.kind, at }, null);
  }
  const decisions = await records.readDecisions(target);
  const former = record.approvals.filter((given) => given.seq === undefined && !isEnded(given, request, decisions));
  const given = listEarly(decisions, { request, head });
  const others = new Map<string, ReviewRecord>();
  for (const name of new Set(given.map((one) => one.request ?? request))) {
    const other = name === request ? null : await records.readRecord(target, name);
    if (other !== null && isSameMerge(other, record)) others.set(name, other);
  }
  // All that used one: anyone may open as many requests of the commit as they like, and merge none.
  const which = { targets: [target], besides: request, most: null, spent: true } as const;
  const twins = given.length === 0 || record.merged === null ? [] : await records.readReviewsAt(place, head, which);
  const used = new Set([...others.values(), ...twins].flatMap(({ spent }) => spent));
  const counts = ({ request: name, by, digest: approved }: Decision) => {
    if (approved !== null && used.has(approved)) return false;
    if (name === null || name === request) return true;
    return others.has(name) && (config.self_approval || judgeOwn(record, by).kind === "foreign");
  };
  const early = given.filter(counts).map(toEarly);
  return { ...record, rejected: [], approvals: [...former, ...early], decided: findNewestRejection(decisions) };
}

/** Whether two requests would merge the same commit into the same branch of one repository. */
function isSameMerge(one: ReviewRecord, other: ReviewRecord): boolean {
  return one.place === other.place && one.head === other.head && one.branch === other.branch;
}

function toEarly({ digest, head, by, at, seq }: Decision): EarlyApproval {
  return { digest: digest ?? "", ...(head === null ? {} : { head }), by, at, seq };
}

/** An older release put approvals and rejections in order by their times; what was recorded since is later than both. */
function isEnded({ at: given }: EarlyApproval, name: string, decisions: readonly Decision[]): boolean {
  return decisions.some((decision) => {
    const { kind, request, revision, at } = decision;
    const isAbout = kind === "reject" && (request === name || revision !== null);
    return isAbout && (at >= given || !isOfOrderByTime(decision));
  });
}
