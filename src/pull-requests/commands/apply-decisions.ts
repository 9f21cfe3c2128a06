import { type Decision, isOfOrderByTime } from "../../model/passes/decision.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { EarlyApproval, ReviewRecord } from "../../model/reviews/review-record.ts";
import { findNewestRejection, listEarly } from "../../plan/policy/judge-decisions.ts";
import type { ReviewTools } from "../review/review-tools.ts";

/**
 * The record with the approvals of its request that count by what was decided, and with how far that is known. What an older release
 * recorded in the record alone counts on: its rejections become one of the request, recorded once.
 */
export async function applyDecisions(
  { pass: { records }, forge }: Pick<ReviewTools, "pass" | "forge">,
  record: ReviewRecord,
): Promise<ReviewRecord> {
  const { target, head, digest } = record;
  const request = nameRequest(record);
  if (record.rejected.length > 0) {
    const at = await records.now();
    const id = `former ${request}`;
    const given = { target, id, request, head, digest, revision: null, effects: [], lifts: [] };
    await records.addRejection({ ...given, kind: "reject", by: "somebody", via: forge.kind, at }, null);
  }
  const decisions = await records.readDecisions(target);
  const former = record.approvals.filter((given) => given.seq === undefined && !isEnded(given, request, decisions));
  const early = listEarly(decisions, request).map(toEarly);
  return { ...record, rejected: [], approvals: [...former, ...early], decided: findNewestRejection(decisions) };
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
