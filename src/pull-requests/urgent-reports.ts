import { nameRequest } from "../model/reviews/name-request.ts";
import type { Reporter } from "../model/reviews/reported-comment.ts";
import type { ReviewRecord } from "../model/reviews/review-record.ts";
import { addAuthors } from "./authors/ask-change-authors.ts";
import { applyDecisions } from "./commands/apply-decisions.ts";
import { readComments } from "./read-comments.ts";
import type { Charges } from "./review/charges.ts";
import { findOutdated } from "./review/find-outdated.ts";
import { isUnread } from "./review/is-unread.ts";
import type { Faults } from "./review/isolate-faults.ts";
import type { Answered } from "./review/order-requests.ts";
import { readStill } from "./review/read-kept.ts";
import { isFollowed } from "./review/read-merged.ts";
import type { IsDecided } from "./review/read-missing.ts";
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
  read(): Promise<ReadonlySet<string>>;
  /** Whether one could not be read, and has its turn in the next round. */
  isLeft(): boolean;
  /** Whether one of those that were read is not decided. */
  isUndecided(): boolean;
  /** The record as it is now. Null: its comments could not be read to the end, it has its turn in the next round. */
  latest(record: ReviewRecord): ReviewRecord | null;
}

/** What a round knows as it goes along, by the names of requests. */
export interface RoundRecords {
  /** Open requests whose comments it has still to read. */
  readonly ahead: Set<string>;
  /** Open requests that it has still to look at, as their comments were read. */
  readonly pending: Map<string, Answered>;
  /** Records of all others that are open or followed: where they were looked at, as that left them. */
  readonly others: Map<string, ReviewRecord>;
}

/** Begins to look for reports, those included that came since the last round that failed in nothing. */
export function openUrgentReports(
  {
    tools,
    faults,
    charges,
    isDecided,
    began,
  }: {
    readonly tools: ReviewTools;
    readonly faults: Faults;
    readonly charges: Charges;
    readonly isDecided: IsDecided;
    /** When the round began, by the store's clock. */
    readonly began: string;
  },
  { ahead, pending, others }: RoundRecords,
): UrgentReports {
  const { pass, spending } = tools;
  const { records, config } = pass;
  /** When the comments of a request were read here: all that was reported before is read. */
  const readAt = new Map<string, string>();
  const touched = new Set<string>();
  const broken = new Set<string>();
  let since = spending.last.at;
  let [isLeft, isUndecided] = [false, false];
  const now = (name: string) => pending.get(name)?.answered ?? others.get(name) ?? null;
  const put = (name: string, record: ReviewRecord) => {
    const one = pending.get(name);
    if (one === undefined) others.set(name, record);
    else pending.set(name, { ...one, answered: record });
    touched.add(name);
  };
  /** Null: it has its turn in what the round has still to do, or in the next one. */
  const readOne = async (one: Reporter, known: ReviewRecord | null): Promise<string | null> => {
    const found = known ?? (await records.findReview(config.name, one.number))?.record;
    if (found === undefined || found.place !== one.place || !isUnread(found, one)) return null;
    const name = nameRequest(found);
    if (one.at < (readAt.get(name) ?? "")) return null;
    const shared = isFollowed(found) ? spending.mergedLooks : spending.looks;
    const budget = (await isDecided(found)) ? null : shared;
    if (budget?.isLeft() === false) {
      isLeft = true;
      return null;
    }
    charges.hurry(one.by.toLowerCase());
    return spendOn(spending, budget, async () => {
      const at = await records.now();
      const request = await readStill(tools, found);
      if (request === null) return null;
      // What was pushed to it is another plan.
      if (request.state === "open" && request.head.sha !== found.head) {
        isLeft = true;
        return null;
      }
      readAt.set(name, at);
      broken.add(name);
      const authored = await addAuthors({ tools, faults }, found, request);
      const read = await readComments({ tools, faults }, authored, { request, isTold: true });
      const record = await applyDecisions(tools, read.record);
      await records.writeReview(record, null);
      put(name, record);
      broken.delete(name);
      isUndecided ||= read.undecided;
      return name;
    });
  };
  return {
    isLeft: () => isLeft || broken.size > 0,
    isUndecided: () => isUndecided,
    latest: (record) => {
      const name = nameRequest(record);
      if (broken.has(name)) return null;
      return touched.has(name) ? (now(name) ?? record) : record;
    },
    read: async () => {
      const at = await records.now();
      const lately = await readLately(tools, since);
      since = at;
      if (lately.length === 0) return NO_NAMES;
      const byNumber = Map.groupBy([...others.values()], ({ number }) => number);
      const names = new Set<string>();
      for (const one of lately) {
        const held = byNumber.get(one.number)?.find(({ place }) => place === one.place);
        const known = held === undefined ? null : now(nameRequest(held));
        if (known !== null && (ahead.has(nameRequest(known)) || !isUnread(known, one))) continue;
        // What was rejected before the round is followed again; of what nothing more was to be said, nothing else counts.
        if (known === null && one.at < beforeReports(began)) continue;
        const name = await faults.isolate(() => readOne(one, known));
        if (name !== null) names.add(name);
      }
      return names;
    },
  };
}

const NO_NAMES: ReadonlySet<string> = new Set();

/**
 * Looks at open requests one after the other, and reads what is reported in between. One that was looked at before that, or whose plan was rejected since
 * by what was said of another one, has another look after all others, once: anyone can report something of theirs after each look. False: a further one
 * would be due.
 */
export async function lookInTurn(
  { tools, urgent }: { readonly tools: ReviewTools; readonly urgent: UrgentReports },
  {
    inTurn,
    records: { pending, others },
  }: { readonly inTurn: readonly Answered[]; readonly records: Pick<RoundRecords, "pending" | "others"> },
  look: (one: Answered) => Promise<void>,
): Promise<boolean> {
  const all = new Map(pending);
  const again = new Set<string>();
  const next = [...inTurn];
  const lookAgain = (names: ReadonlySet<string>) => {
    for (const name of names) {
      const looked = pending.has(name) ? undefined : all.get(name);
      if (looked === undefined || again.has(name)) continue;
      again.add(name);
      next.push(looked);
    }
  };
  const listOutdated = () => {
    const looked = [...all.keys()].flatMap((name) => others.get(name) ?? []);
    return findOutdated(tools, looked);
  };
  // What is appended in the meantime comes as well.
  for (const one of next) {
    tools.signal.throwIfAborted();
    lookAgain(await urgent.read());
    const name = nameRequest(one.answered);
    const record = pending.get(name)?.answered ?? others.get(name) ?? one.answered;
    pending.delete(name);
    if (urgent.latest(record) !== null) await look({ ...one, answered: record });
    if (one !== next.at(-1)) continue;
    lookAgain(await urgent.read());
    lookAgain(await listOutdated());
  }
  await urgent.read();
  return (await listOutdated()).size === 0;
}

/** The newest report of each account on each request since then, of those that may still cause a look. */
async function readLately({ pass, spending }: ReviewTools, since: string): Promise<readonly Reporter[]> {
  const { refusals } = spending;
  const reporters = await pass.records.readReporters(pass.config.name, since === "" ? "" : beforeReports(since));
  return reporters.filter(({ by }) => !refusals.isSpent("decide", by) && !refusals.isSpent("hurry", by));
}

/** The time from which on all is that may not have been on record by then. */
function beforeReports(time: string): string {
  return new Date(Date.parse(time) - REPORT_MS).toISOString();
}
