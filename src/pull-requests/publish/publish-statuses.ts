import { OperationalError } from "../../model/errors/operational-error.ts";
import type { MergeGroupRecord } from "../../model/reviews/merge-group.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewVerdict } from "../../model/reviews/review.ts";
import type { PublishedStatuses, ReviewRecord } from "../../model/reviews/review-record.ts";
import { runInTurn } from "../../reconcile/source/run-in-turn.ts";
import type { StatusLine } from "../../report/review/describe-review-status.ts";
import { hasStatus } from "../forge/call-github.ts";
import type { CommitStatus, Forge } from "../forge/forge.ts";
import { namePlace } from "../review/make-review.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { type Combined, type CommitReport, combineReports, TOO_MANY } from "./combine-reports.ts";

/** Publishes the statuses of a request's newest commit, as {@link publishTogether} says, and gives its record as it is kept then. */
export function publishStatuses(tools: ReviewTools, record: ReviewRecord, page: string | null): Promise<ReviewRecord> {
  const keep = async (told: PublishedStatuses | null) => {
    const next = { ...record, told };
    await tools.pass.records.writeReview(next, null);
    return next;
  };
  return publishTogether(tools, ofRequest(record), { page, keep, current: record });
}

/** The same for a commit of a merge queue. */
export function publishGroup(
  tools: ReviewTools,
  record: MergeGroupRecord,
  page: string | null,
): Promise<MergeGroupRecord> {
  const keep = async (told: PublishedStatuses | null) => {
    const next = { ...record, told };
    await tools.pass.records.writeGroup(next);
    return next;
  };
  return publishTogether(tools, ofGroup(record), { page, keep, current: record });
}

/**
 * What was last set on a request's newest commit, by any target. Null: unknown, or a target is about to set it: what the forge shows can't
 * be compared with it.
 */
export async function readReported(tools: ReviewTools, record: ReviewRecord): Promise<PublishedStatuses | null> {
  const { reports } = await readTogether(tools, ofRequest(record));
  const as = nameStatuses(tools);
  return reports.every(({ told }) => told?.as === as) ? findPublished(reports, as) : null;
}

/** Where and under which name statuses are set. */
function nameStatuses({ forge, config }: ReviewTools): string {
  return `${namePlace(forge)} ${config.status_name}`;
}

/**
 * Sets the statuses of a record's commit to the combined result of all targets that share them, unless they show it already, and returns the
 * record as it is stored then. A configured target that has not reviewed this commit, or whose comment does not stand yet, is waited for:
 * the statuses are pending then, so that nothing is merged that it might refuse. Of the two, success is set last.
 * Targets do this concurrently, also in several processes. Each reads the others' records once more after it has set the statuses, and sets
 * them again where they changed: the last writer has read everything.
 */
function publishTogether<Kept>(
  tools: ReviewTools,
  report: CommitReport,
  given: {
    readonly page: string | null;
    readonly current: Kept;
    /** Records what was set; null: unknown. */
    readonly keep: (told: PublishedStatuses | null) => Promise<Kept>;
  },
): Promise<Kept> {
  const { page, keep } = given;
  const as = nameStatuses(tools);
  return runInTurn(`statuses of ${report.place} ${report.head}`, async () => {
    let { current } = given;
    let own = report;
    let set: Combined | null = null;
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const all = await readTogether(tools, own);
      const combined = combine(tools, all);
      if (isSame(combined, set ?? findPublished(all.reports, as))) break;
      // What the forge has is not known from here on until it was set.
      if (set === null && own.told !== null) {
        own = { ...own, told: null };
        current = await keep(null);
      }
      await setBoth(tools, own, combined, page);
      set = combined;
    }
    return set === null ? current : keep({ ...set, as, at: await tools.pass.records.now() });
  });
}

/** More than the number of targets that report on one commit at the same time. */
const MOST_TURNS = 10;

function ofRequest(record: ReviewRecord): CommitReport {
  const { target, number, place, branch = null, head, said, statuses, told = null, verdict, outcome, merged } = record;
  const isEnded = outcome?.kind === "closed";
  const isOpen = outcome === null && merged === null;
  const about = { target, request: nameRequest(record), number, place, branch, head };
  const isDoubted = record.rejection !== undefined || record.undecided_by !== undefined;
  const known = { isSaid: said !== null, isEnded, isOpen, isJudged: JUDGES[verdict], isDoubted };
  return { ...about, ...known, statuses, told, pipeline: null };
}

function ofGroup(record: MergeGroupRecord): CommitReport {
  const { target, place, branch = null, head, statuses, told, pipeline } = record;
  const about = { target, request: null, number: null, place, branch, head };
  const known = { isSaid: true, isEnded: false, isOpen: true, isJudged: true, isDoubted: false };
  return { ...about, ...known, statuses, told, pipeline };
}

/** A verdict without an entry does not compile: whether it says what the merge of a commit would do has to be decided. */
const JUDGES = {
  planned: true,
  unconcerned: true,
  invalid: true,
  conflict: true,
  skipped: false,
  failed: false,
} as const satisfies Record<ReviewVerdict["kind"], boolean>;

/** What there is to say of a commit. */
interface Together {
  /** Of its requests and merge groups, by each target; the own one first. */
  readonly reports: readonly CommitReport[];
  /** There are more than are read. */
  readonly isCrowded: boolean;
}

/** What has to be said of the commit by all targets, as far as one of them has something to say of the same request. */
async function readTogether({ pass, peers }: ReviewTools, own: CommitReport): Promise<Together> {
  const { place, request, head, target } = own;
  const names = new Set(peers.map((peer) => peer.target));
  const which = { targets: [...names], besides: request, most: MOST_SHARING + 1, settled: true } as const;
  const sharing = await pass.records.readReviewsAt(place, head, which);
  // Those of a request about which nothing more is to be said are not found by the commit.
  const all = request === null ? [] : await pass.records.readReviewsOf(request);
  const same = all.filter((record) => record.head === head && names.has(record.target));
  const groups = await pass.records.readGroupsOf(place, head);
  const known = new Map<string, CommitReport>([[nameReport(own), own]]);
  for (const one of [...[...sharing, ...same].map(ofRequest), ...groups.map(ofGroup)]) {
    const isOther = one.target !== target || one.request !== request;
    if (isOther && one.head === head && names.has(one.target)) known.set(nameReport(one), one);
  }
  return { reports: [...known.values()], isCrowded: sharing.length + same.length > MOST_SHARING };
}

function nameReport({ target, request }: CommitReport): string {
  return JSON.stringify([target, request]);
}

/** What is said of the commit. Where not all is known, it is no success: that ends once enough of its requests were closed. */
function combine({ peers }: ReviewTools, { reports, isCrowded }: Together): Combined {
  return isCrowded ? { plan: TOO_MANY, apply: TOO_MANY } : combineReports(peers, reports);
}

/** Records of requests with one commit, of all targets that are configured, that are combined. */
const MOST_SHARING = 500;

/**
 * What was last set on the commit, by any target; null: unknown. Under another name, or in another repository, nothing was set yet. `all`:
 * the own one first.
 */
function findPublished(all: readonly CommitReport[], as: string): PublishedStatuses | null {
  if (all[0]?.told?.as !== as) return null;
  const told = all.flatMap((one) => (one.told?.as === as ? [one.told] : []));
  return told.reduce((latest, one) => (one.at > latest.at ? one : latest));
}

function isSame(one: Combined, other: Combined | null): boolean {
  const same = (a: StatusLine, b: StatusLine) => a.state === b.state && a.description === b.description;
  return other !== null && same(one.plan, other.plan) && same(one.apply, other.apply);
}

async function setBoth(
  { forge, config }: ReviewTools,
  { head, pipeline, request }: CommitReport,
  combined: Combined,
  url: string | null,
) {
  const statuses = (["plan", "apply"] as const).map((which) => ({
    ...{ context: `${config.status_name}/${which}`, ...combined[which], url },
    ...(pipeline === null ? {} : { pipeline }),
  }));
  const isLast = ({ state }: CommitStatus) => Number(state === "success");
  for (const status of statuses.toSorted((one, other) => isLast(one) - isLast(other))) {
    await setStatus(forge, head, status).catch((error: unknown) => {
      if (request !== null || !isFull(error)) throw error;
    });
  }
}

/**
 * GitHub takes a thousand statuses of a commit and name, which anyone who may push can set. Of a queue's commit nothing but its statuses is said: it
 * leaves the queue then.
 */
function isFull(error: unknown): boolean {
  return hasStatus(error, 422, /maximum number of statuses/i);
}

/**
 * A commit that the forge does not know in this repository has no status: for a fork's on GitLab the comment says all of it, and one of a
 * merge queue was dropped in the meantime.
 */
async function setStatus(forge: Forge, head: string, status: CommitStatus): Promise<void> {
  try {
    await forge.setStatus(head, status);
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== "forge_missing") throw error;
  }
}
