import { nameRequest } from "../model/reviews/name-request.ts";
import type { Reporter } from "../model/reviews/reported-comment.ts";
import type { ReviewRecord } from "../model/reviews/review-record.ts";
import { addAuthors } from "./authors/ask-change-authors.ts";
import { applyDecisions } from "./commands/apply-decisions.ts";
import { readComments } from "./read-comments.ts";
import type { Charges } from "./review/charges.ts";
import { isUnread } from "./review/is-unread.ts";
import type { Faults } from "./review/isolate-faults.ts";
import type { Answered } from "./review/order-requests.ts";
import { type IsDecided, isOnlyAsked } from "./review/read-missing.ts";
import type { ReviewTools } from "./review/review-tools.ts";
import { spendOn } from "./review/spending.ts";

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
  /** Reads those that are not read yet, each once in the round, and puts on record what they decide. Gives the names of their requests. */
  read(): Promise<readonly string[]>;
  /** Whether one could not be read, and has its turn in the next round. */
  isLeft(): boolean;
  /** The record as they left it; where there was none of it, as given. Null: its comments could not be read to the end, it has its turn in the next round. */
  latest(record: ReviewRecord): ReviewRecord | null;
}

/** What a round knows as it goes along, by the names of requests. */
export interface RoundRecords {
  /** Open requests that it has still to look at, as their comments were read. */
  readonly pending: ReadonlyMap<string, Answered>;
  /** Records of all that are open or followed: where they are looked at, as that left them. */
  readonly others: Map<string, ReviewRecord>;
}

/** Begins to look for reports, those included that came since the last round that failed in nothing. */
export function openUrgentReports(
  {
    tools,
    faults,
    charges,
    isDecided,
  }: {
    readonly tools: ReviewTools;
    readonly faults: Faults;
    readonly charges: Charges;
    readonly isDecided: IsDecided;
  },
  { pending, others }: RoundRecords,
): UrgentReports {
  const { forge, pass, spending } = tools;
  const { records, config } = pass;
  const seen = new Set<string>();
  const left = new Map<string, ReviewRecord>();
  const broken = new Set<string>();
  let since = spending.last.at;
  let isLeft = false;
  const find = ({ place, number }: Reporter) => {
    const isIt = (record: ReviewRecord) => record.number === number && record.place === place;
    const held = [...others.values()].find(isIt);
    const name = held === undefined ? null : nameRequest(held);
    return name === null ? null : (left.get(name) ?? pending.get(name)?.answered ?? held ?? null);
  };
  /** Null: it has its turn in what the round has still to do, or in the next one. */
  const readOne = async (one: Reporter, known: ReviewRecord | null): Promise<string | null> => {
    const found = known ?? (await records.findReview(config.name, one.number))?.record;
    if (found === undefined || found.place !== one.place || !isUnread(found, one)) return null;
    // Nothing waits for what is only asked for once more.
    if (isOnlyAsked(found)) return null;
    isLeft = true;
    charges.hurry(one.by.toLowerCase());
    const budget = (await isDecided(found)) ? null : spending.looks;
    if (budget?.isLeft() === false) return null;
    return spendOn(spending, budget, async () => {
      const request = await forge.readRequest(one.number);
      // What was pushed to it is another plan.
      if (request === null || (request.state === "open" && request.head.sha !== found.head)) return null;
      const name = nameRequest(found);
      broken.add(name);
      const authored = await addAuthors({ tools, faults }, found, request);
      const read = await readComments({ tools, faults }, authored, { request, isTold: true });
      const record = await applyDecisions(tools, read.record);
      await records.writeReview(record, null);
      left.set(name, record);
      others.set(name, record);
      broken.delete(name);
      isLeft = read.undecided;
      return name;
    });
  };
  return {
    isLeft: () => isLeft,
    latest: (record) => {
      const name = nameRequest(record);
      return broken.has(name) ? null : (left.get(name) ?? record);
    },
    read: async () => {
      const now = await records.now();
      const lately = await readLately(tools, since);
      since = now;
      const names: string[] = [];
      for (const one of lately) {
        const name = JSON.stringify([one.place, one.number, one.by, one.at]);
        const known = find(one);
        if (seen.has(name) || (known !== null && !isUnread(known, one))) continue;
        seen.add(name);
        const wasLeft = isLeft;
        const done = await faults.isolate(() => readOne(one, known));
        if (done !== null) names.push(done);
        isLeft ||= wasLeft;
      }
      return names;
    },
  };
}

/** Looks at open requests one after the other, and reads what is reported in between: also of one that was looked at before, which has another look then. */
export async function lookInTurn(
  urgent: UrgentReports,
  {
    inTurn,
    pending,
    signal,
  }: {
    readonly inTurn: readonly Answered[];
    readonly pending: Map<string, Answered>;
    readonly signal: AbortSignal;
  },
  look: (one: Answered) => Promise<void>,
): Promise<void> {
  const all = new Map(pending);
  const next = inTurn.toReversed();
  for (;;) {
    signal.throwIfAborted();
    for (const name of await urgent.read()) {
      const again = pending.has(name) ? undefined : all.get(name);
      if (again !== undefined) next.push(again);
    }
    const one = next.pop();
    if (one === undefined) return;
    pending.delete(nameRequest(one.answered));
    const latest = urgent.latest(one.answered);
    if (latest !== null) await look({ ...one, answered: latest });
  }
}

/** The newest report of each account on each request since then, of those that may still cause a look. */
async function readLately({ pass, spending }: ReviewTools, since: string): Promise<readonly Reporter[]> {
  const from = since === "" ? "" : new Date(Date.parse(since) - REPORT_MS).toISOString();
  const { refusals } = spending;
  const reporters = await pass.records.readReporters(pass.config.name, from);
  return reporters.filter(({ by }) => !refusals.isSpent("decide", by) && !refusals.isSpent("hurry", by));
}
