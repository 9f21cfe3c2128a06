import { OperationalError } from "../../model/errors/operational-error.ts";
import type { MergeGroupRecord } from "../../model/reviews/merge-group.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewVerdict } from "../../model/reviews/review.ts";
import type { PublishedStatuses, ReviewRecord, ReviewStatuses } from "../../model/reviews/review-record.ts";
import { compareText } from "../../plan/input/index-world.ts";
import { runInTurn } from "../../reconcile/source/run-in-turn.ts";
import { combineStatuses, type StatusLine } from "../../report/review/describe-review-status.ts";
import type { CommitStatus, Forge } from "../forge/forge.ts";
import { branchOf } from "../review/branch-of.ts";
import { NOT_LOOKED_AT, namePlace } from "../review/make-review.ts";
import type { ReviewTools } from "../review/review-tools.ts";

type Combined = Pick<ReviewStatuses, "plan" | "apply">;

/** What a target has to say of a commit: as the newest one of a request, or as one of a merge queue. */
interface CommitReport {
  readonly target: string;
  /** As `nameRequest` names it; null: a merge group. */
  readonly request: string | null;
  /** The request's; of a merge group, and of a crowd, null. */
  readonly number: number | null;
  readonly place: string;
  /** The branch that it goes to; null: unknown. */
  readonly branch: string | null;
  readonly head: string;
  /** Whether what there is to read stands; a merge group has nothing but its statuses. */
  readonly isSaid: boolean;
  /** Whether it is of a request that was closed, or goes to another branch. */
  readonly isEnded: boolean;
  /** Whether the request is not closed and not merged; of a merge group always. */
  readonly isOpen: boolean;
  /** Whether a merge of the commit was judged: planned, refused, or found not to concern the target. */
  readonly isJudged: boolean;
  readonly statuses: ReviewStatuses;
  readonly told: PublishedStatuses | null;
  readonly pipeline: number | null;
}

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
  const own = ofRequest(record);
  const all = [own, ...(await readTogether(tools, own))];
  const as = nameStatuses(tools);
  return all.every(({ told }) => told?.as === as) ? findPublished(all, as) : null;
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
      const combined = combine(tools, own, all);
      if (isSame(combined, set ?? findPublished([own, ...all], as))) break;
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
  const known = { isSaid: said !== null, isEnded, isOpen, isJudged: JUDGES[verdict] };
  return { ...about, ...known, statuses, told, pipeline: null };
}

function ofGroup(record: MergeGroupRecord): CommitReport {
  const { target, place, branch = null, head, statuses, told, pipeline } = record;
  const about = { target, request: null, number: null, place, branch, head };
  const known = { isSaid: true, isEnded: false, isOpen: true, isJudged: true };
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

/** What others have to say of the commit: of the same request or merge group, and of open requests with the same commit. */
async function readTogether({ pass, peers }: ReviewTools, own: CommitReport): Promise<readonly CommitReport[]> {
  const { place, request, head, target } = own;
  const names = new Set(peers.map((peer) => peer.target));
  const same = request === null ? [] : await pass.records.readReviewsOf(request);
  const which = { targets: [...names], besides: request, most: MOST_SHARING + 1 };
  const sharing = await pass.records.readReviewsAt(place, head, which);
  const others = sharing.filter(({ outcome }) => outcome?.kind !== "closed");
  const groups = await pass.records.readGroupsOf(place, head);
  const reports = [...[...same, ...others].map(ofRequest), ...groups.map(ofGroup)].filter(
    (other) =>
      other.head === head && names.has(other.target) && !(other.target === target && other.request === request),
  );
  return sharing.length > MOST_SHARING ? [...reports, { ...own, request: CROWD, number: null, ...CROWDED }] : reports;
}

/**
 * Records of other requests with one commit, of all targets that are configured, that are combined with a request's own. Of more, what the
 * others have to say is not known, so that it is no success: the status says so, and ends once enough of them were closed.
 */
const MOST_SHARING = 500;

/** No request has this name. */
const CROWD = "";

const TOO_MANY: StatusLine = {
  state: "pending",
  description: "too many open requests have this commit: close some of them, or push another commit",
};

const CROWDED = {
  ...{ isSaid: true, isEnded: false, isOpen: true, isJudged: false },
  statuses: { plan: TOO_MANY, apply: TOO_MANY },
} as const;

function combine({ peers, pass }: ReviewTools, own: CommitReport, others: readonly CommitReport[]): Combined {
  const branch = branchOf(pass);
  const open = others.filter(({ request }) => request !== null && request !== own.request);
  // A request that has ended says nothing of a commit that an open one has too.
  const isOver = own.isEnded && open.length > 0;
  // The same for each of the requests: else each would set what it says over what the others have set.
  const all = (isOver ? open : [own, ...others]).toSorted(inOrder);
  const isLook = (one: CommitReport) => one.request === own.request || (isVerdict(one) && isSameBranch(one, own));
  const looked = new Set(all.filter(isLook).map(({ target }) => target));
  const missing = isOver ? [] : peers.filter((peer) => peer.branch === branch && !looked.has(peer.target));
  const combineOne = (which: keyof Combined) => {
    const counted = all.filter((one) => !(isBlank(one, which) && all.some((other) => standsFor(other, one))));
    const isShared = new Set(counted.map(({ request }) => request)).size > 1;
    // A comment that reports a problem must never stand beside a status of success.
    const isUnsaid = ({ isSaid, statuses }: CommitReport) => !isSaid && statuses[which].state === "success";
    const unsaid = [...missing, ...counted.filter(isUnsaid)].map(({ target }) => target);
    const told = counted.filter((one) => !isUnsaid(one));
    const statuses = told.map((one) => ({
      target: one.target,
      status: isShared ? nameOrigin(one, which) : one.statuses[which],
    }));
    return combineStatuses(sortByTarget(statuses), [...new Set(unsaid)].sort());
  };
  return { plan: combineOne("plan"), apply: combineOne("apply") };
}

function inOrder(one: CommitReport, other: CommitReport): number {
  const [left, right] = [one, other].map(({ request, number, target }) => `${number ?? ""} ${request ?? ""} ${target}`);
  return (one.number ?? 0) - (other.number ?? 0) || compareText(left ?? "", right ?? "");
}

/** Whether it says what a merge of the commit would do. */
function isVerdict({ isOpen, isJudged, isSaid }: CommitReport): boolean {
  return isOpen && isJudged && isSaid;
}

/**
 * Whether an open request's report has nothing to say of its commit: the request is not planned, could not be planned or shown, or was not looked at
 * yet.
 */
function isBlank({ number, isOpen, isJudged, isSaid, statuses }: CommitReport, which: keyof Combined): boolean {
  if (number === null || !isOpen) return false;
  if (!isJudged) return true;
  const { state, description } = statuses[which];
  const isUnknown = state === "success" || state === "error" || description === NOT_LOOKED_AT[which].description;
  return !isSaid && isUnknown;
}

/**
 * Whether a report counts in place of a blank one: the same target judged the same commit for the same branch, where its merge does the same by
 * either request. One more request of a commit, from a fork or as a draft, keeps no other from being merged.
 */
function standsFor(other: CommitReport, blank: CommitReport): boolean {
  const isAnother = other.request !== blank.request && other.target === blank.target;
  return isAnother && isVerdict(other) && isSameBranch(other, blank);
}

function isSameBranch(one: CommitReport, other: CommitReport): boolean {
  return one.branch !== null && one.branch === other.branch;
}

/** Of several requests of a commit, the one that keeps it from its success: by its number, which links no request to another one. */
function nameOrigin({ number, statuses }: CommitReport, which: keyof Combined): StatusLine {
  const { state, description } = statuses[which];
  return number === null || state === "success"
    ? statuses[which]
    : { state, description: `request ${number}: ${description}` };
}

function sortByTarget<T extends { readonly target: string }>(all: readonly T[]): readonly T[] {
  return all.toSorted((one, other) => (one.target < other.target ? -1 : 1));
}

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
  { head, pipeline }: CommitReport,
  combined: Combined,
  url: string | null,
) {
  const statuses = (["plan", "apply"] as const).map((which) => ({
    ...{ context: `${config.status_name}/${which}`, ...combined[which], url },
    ...(pipeline === null ? {} : { pipeline }),
  }));
  const isLast = ({ state }: CommitStatus) => Number(state === "success");
  for (const status of statuses.toSorted((one, other) => isLast(one) - isLast(other))) {
    await setStatus(forge, head, status);
  }
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
