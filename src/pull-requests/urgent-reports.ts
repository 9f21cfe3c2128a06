import { nameRequest } from "../model/reviews/name-request.ts";
import type { Reporter } from "../model/reviews/reported-comment.ts";
import type { ReviewRecord } from "../model/reviews/review-record.ts";
import { applyDecisions } from "./commands/apply-decisions.ts";
import { readComments } from "./read-comments.ts";
import type { Charges } from "./review/charges.ts";
import { isUnread } from "./review/is-unread.ts";
import type { Faults } from "./review/isolate-faults.ts";
import type { Answered } from "./review/order-requests.ts";
import type { ReviewTools } from "./review/review-tools.ts";

/** How long after its time a report may be on record, in milliseconds. */
const REPORT_MS = 2_000;

/**
 * Whether a webhook has reported an approval or rejection since the last round that is not read yet, of a request that is open or followed. Counted
 * for its account until that has shown that it has the right: a comment can be deleted, or be on what no round reads, so that it is never refused.
 */
export async function isUrgent(tools: ReviewTools, charges: Pick<Charges, "hurry">): Promise<boolean> {
  const { records, config } = tools.pass;
  const lately = await readLately(tools, tools.spending.last.at);
  if (lately.length === 0) return false;
  const followed = Map.groupBy(await records.readReviews(config.name), ({ number }) => number);
  const urgent = lately.filter((one) =>
    followed.get(one.number)?.some((record) => record.place === one.place && isUnread(record, one)),
  );
  for (const who of new Set(urgent.map(({ by }) => by.toLowerCase()))) charges.hurry(who);
  return urgent.length > 0;
}

/** Decisions that webhooks report while a round plans requests, which may take minutes: passes and approvals continue beside it. */
export interface UrgentReports {
  /** Reads them, each once in the round, and puts on record what they decide. `next`: the open requests that the round has still to look at. */
  read(next: readonly Answered[]): Promise<void>;
  /** The record as they left it; where there was none of it, as given. */
  latest(record: ReviewRecord): ReviewRecord;
}

/** Begins to listen for reports since a time, which is that of the round. */
export function openUrgentReports(
  { tools, faults, charges }: { readonly tools: ReviewTools; readonly faults: Faults; readonly charges: Charges },
  began: string,
): UrgentReports {
  const { forge, pass } = tools;
  const { records, config } = pass;
  const seen = new Set<string>();
  const left = new Map<string, ReviewRecord>();
  const latest = (record: ReviewRecord) => left.get(nameRequest(record)) ?? record;
  const find = async (number: number, next: readonly Answered[]) => {
    const open = next.find(({ request }) => request.number === number);
    if (open !== undefined) return { record: latest(open.answered), request: open.request };
    const kept = await records.findReview(config.name, number);
    const request = kept === null ? null : await forge.readRequest(number);
    // What was pushed to it is another plan: it has its turn in the next round.
    if (kept === null || request === null || request.head.sha !== kept.record.head) return null;
    return { record: kept.record, request };
  };
  const readOne = async (one: Reporter, next: readonly Answered[]) => {
    const found = await find(one.number, next);
    if (found === null || found.record.place !== one.place || !isUnread(found.record, one)) return;
    charges.hurry(one.by.toLowerCase());
    const read = await readComments({ tools, faults }, found.record, { request: found.request, isTold: false });
    const record = await applyDecisions(tools, read.record);
    await records.writeReview(record, null);
    left.set(nameRequest(record), record);
  };
  return {
    latest,
    read: async (next) => {
      for (const one of await readLately(tools, began)) {
        const name = JSON.stringify([one.place, one.number, one.by, one.at]);
        if (seen.has(name)) continue;
        seen.add(name);
        await faults.isolate(() => readOne(one, next));
      }
    },
  };
}

/** The newest report of each account on each request since then, of those that may still cause a look. */
async function readLately({ pass, spending }: ReviewTools, since: string): Promise<readonly Reporter[]> {
  const from = since === "" ? "" : new Date(Date.parse(since) - REPORT_MS).toISOString();
  const { refusals } = spending;
  const reporters = await pass.records.readReporters(pass.config.name, from);
  return reporters.filter(({ by }) => !refusals.isSpent("decide", by) && !refusals.isSpent("hurry", by));
}
