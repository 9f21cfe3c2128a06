import type { FindUnreviewed, UnreviewedCommit } from "../../model/daemon/unreviewed.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { SkipReason } from "../../model/reviews/review.ts";
import type { KeptReview, ReviewRecord } from "../../model/reviews/review-record.ts";
import { findStart } from "../../reconcile/pass/find-here.ts";
import { listHeads } from "../../reconcile/pass/list-heads.ts";
import { wasApplied } from "../../reconcile/pass/was-applied.ts";
import type { BranchCommit } from "../../reconcile/source/proposals.ts";
import { readKept } from "../review/read-kept.ts";
import { findShownChange } from "../review/shown-plan.ts";
import { isRecent, type LookTools, MOST_NEW, openCommitLooks, type RequestOrigin } from "./ask-about-commits.ts";

/**
 * Finds the commits of a branch that came by the merge of a request without a reviewable plan. Commits count as reviewed where they change
 * in the manifests exactly what a published plan changes, file by file, from the same content to the same: git proves that for any kind of
 * merge, without the forge. For others the forge is asked for the request that was merged as them; those without one, neither open nor on
 * record as missing on the forge, were pushed by a user with write access.
 * A rebase or a fast-forward puts a line of commits on the branch, and a forge may know the last one alone. So commits that nothing explains
 * are kept together, until one that follows is explained, or the branch was seen at one of them: what comes afterwards came separately. A
 * merge commit ends no line: a fast-forward brings those that the request's branch has. Of a request that explains the last of them, git
 * says how many it brought; those before were pushed, and where it can't say, the request brought them all. A plan that shows the end of a
 * request's commits shows nothing of the rest.
 * Level-triggered: it depends on the repository, the forge and the store, and on no webhook. Commits count as unreviewed as long as the
 * forge can't be asked or the commits can't be listed, and those that a pass has found so stay so though the forge forgets their request.
 */
export function createUnreviewedFinder(tools: LookTools): FindUnreviewed {
  const { pass, proposals } = tools;
  const { records, config } = pass;
  const looks = openCommitLooks(tools);

  /** Whether the commits together change nothing, or exactly what a plan showed that one of the records is of. */
  const isReviewed = async (line: readonly BranchCommit[], known: readonly ReviewRecord[]) => {
    const newest = line.at(-1);
    const change = await looks.findChange(line);
    const isShown = (record: ReviewRecord) =>
      newest !== undefined && mayBeOf(record, newest) && findShownChange(record) === change;
    // What takes back what it did changes nothing that could be shown.
    return change === "none" || known.some(isShown);
  };

  const explain = async (
    line: readonly BranchCommit[],
    known: readonly ReviewRecord[],
    recent = true,
  ): Promise<Explained> => {
    const newest = line.at(-1);
    if (newest === undefined) return "nothing";
    if (await isReviewed(line, known)) return { brought: line.length, unreviewed: null };
    const origin = await looks.findOrigin(line, known, recent);
    if (origin === "later") return { brought: line.length, unreviewed: TOO_MANY };
    if (origin === null) return "nothing";
    const { brought } = origin;
    const kept =
      origin.kind === "merged"
        ? await readKept(tools, origin.request)
        : await records.readReview(config.name, nameRequest(origin.requests[0].record));
    const its = line.slice(-brought);
    if (await isReviewed(its, kept === null ? known : [...known, kept.record])) return { brought, unreviewed: null };
    if (origin.kind === "left" && origin.requests[0].isDoubtful) {
      return { brought, unreviewed: { request: null, why: explainDoubt(origin.requests[0].record) } };
    }
    const isItsHead = kept !== null && (await looks.isMergeOf(its, kept.record.head));
    return { brought, unreviewed: { request: nameOrigin(origin), why: explainMerge(kept, isItsHead) } };
  };

  const judge = (...[line, known, recent]: Parameters<typeof explain>) =>
    orUnknown(
      () => explain(line, known, recent),
      (unreviewed): Explained => ({ brought: line.length, unreviewed }),
    );

  /** The request that pushed commits are the merge of, though nothing shows it. */
  const findUnfinished = async (line: readonly BranchCommit[]): Promise<Unreviewed | null> => {
    const open = await looks.findUnfinished(line);
    if (open === null) return null;
    const { number, title } = open;
    return { request: { number, title }, why: "it was merged before its plan was published" };
  };

  /** Commits without an explanation one by one may still be the merge of one request as a whole, as of a branch that was brought up to date. */
  const judgeWhole = async (
    { from, to }: { readonly from: string; readonly to: string },
    known: readonly ReviewRecord[],
    recall: ReturnType<typeof openRecall>,
  ) => {
    const whole = [{ id: to, parents: [from], changes: true }];
    const explained = await judge(whole, known);
    if (explained === "nothing") return recall(whole, { request: null, why: UNLISTED });
    return explained.unreviewed === null ? [] : recall(whole, explained.unreviewed);
  };

  const look: FindUnreviewed = async (state, to, pinned = false) => {
    if (pinned) return (await wasApplied(pass, to)) ? [] : [{ commit: to, request: null, why: NEVER_APPLIED }];
    const from = findStart(state);
    if (from === null || from === to) return [];
    looks.begin();
    const commits = await proposals.listCommits(from, to);
    // A revision that was applied before is not new, even after a rollback.
    if (commits?.length === 0 || (await wasApplied(pass, to))) return [];
    const known = await records.readReviews(config.name);
    const recall = openRecall(state?.unreviewed ?? []);
    if (commits === null) return judgeWhole({ from, to }, known, recall);
    const seen = new Set(listHeads(state));
    const found: UnreviewedCommit[] = [];
    let line: BranchCommit[] = [];
    /** Merges in the line that a plan shows on their own; of the commits before them that says nothing. */
    const shown = new Set<string>();
    const withoutShown = (commit: BranchCommit) =>
      shown.has(commit.id) ? { ...commit, parents: commit.parents.slice(0, 1), changes: false } : commit;
    /** All but the last `brought` commits were pushed, unless they are of a request whose merge the forge has not finished. */
    const endLine = async ({ brought, unreviewed }: Origin = { brought: 0, unreviewed: null }) => {
      const left = line.map(withoutShown);
      const pushed = left.slice(0, left.length - brought);
      const unfinished = await orUnknown(
        () => findUnfinished(pushed),
        (unknown) => unknown,
      );
      found.push(...recall(pushed, unfinished));
      if (unreviewed !== null) found.push(...recall(left.slice(pushed.length), unreviewed));
      line = [];
    };
    for (const [index, commit] of commits.entries()) {
      // Before the first change there is nothing to explain.
      if (!commit.changes && line.length === 0) continue;
      if (line.length > 0 && commit.parents.length > 1 && (await isReviewed([commit], known))) shown.add(commit.id);
      line.push(commit);
      const explained = await judge(line, known, isRecent(commits, index));
      if (explained !== "nothing") await endLine(explained);
      else if (seen.has(commit.id)) await endLine();
    }
    await endLine();
    return found;
  };
  let last: Promise<unknown> = Promise.resolve();
  // Passes and rounds look at the same commits: what one of them was answered, the other need not ask.
  return (...asked) => {
    const running = last.then(() => look(...asked));
    last = running.catch(() => undefined);
    return running;
  };
}

/** How commits came: so many of the last of them by a request that was merged, or by a plan that was shown; the others did not. */
interface Origin {
  readonly brought: number;
  /** Null: what they change was shown. */
  readonly unreviewed: Unreviewed | null;
}

type Explained = "nothing" | Origin;

/** A request without a reviewable plan; null: the origin of the commits is unknown. */
interface Unreviewed {
  readonly request: UnreviewedCommit["request"];
  readonly why: string;
}

const NEVER_APPLIED = "the target was rolled back to it by hand, and it was never applied here";

const UNLISTED =
  "the commits since the last applied revision are unknown: that revision is no longer in the branch's history, or there are too many commits";

const TOO_MANY: Unreviewed = {
  request: null,
  why: `more than ${MOST_NEW} commits were pushed together; the others are checked in the next reviews`,
};

/** Unknown, as the forge does not answer. */
async function orUnknown<T>(task: () => Promise<T>, otherwise: (unknown: Unreviewed) => T): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof OperationalError) || !error.code.startsWith("forge_")) throw error;
    return otherwise({ request: null, why: `the forge could not be asked for its origin (${error.code})` });
  }
}

/** Lists those of the commits that change manifests: where their request is not known (any more), with what was found of them before. */
function openRecall(before: readonly UnreviewedCommit[]) {
  const known = new Map(
    before.flatMap(({ commit, request, why }) =>
      request === null ? [] : [[commit, { commit, request: { ...request, left: true }, why } as const] as const],
    ),
  );
  return (line: readonly BranchCommit[], unreviewed: Unreviewed | null): readonly UnreviewedCommit[] =>
    line
      .filter(({ changes }) => changes)
      .flatMap(({ id }) => {
        const recalled = unreviewed === null || unreviewed.request === null ? known.get(id) : undefined;
        return recalled ?? (unreviewed === null ? [] : { commit: id, ...unreviewed });
      });
}

function nameOrigin(origin: RequestOrigin): NonNullable<UnreviewedCommit["request"]> {
  if (origin.kind === "merged") return { number: origin.request.number, title: origin.request.title };
  const { number, title = "" } = origin.requests[0].record;
  return { number, title, left: true };
}

function explainDoubt({ number }: ReviewRecord): string {
  return `the forge no longer has request ${number} or its newest commit, so it is unknown whether this is its merge`;
}

const SKIPPED = {
  fork: "it comes from a fork",
  draft: "it was a draft",
  label: "a label excluded it from planning",
  unseen: "it was merged before it was reviewed",
} as const satisfies Record<SkipReason, string>;

/** `isItsHead`: the commits are the merge of the head that was looked at. */
function explainMerge(kept: KeptReview | null, isItsHead: boolean): string {
  if (kept === null) return SKIPPED.unseen;
  const verdict = kept.review?.verdict;
  if (verdict?.kind === "skipped") return SKIPPED[verdict.reason];
  if (findShownChange(kept.record) === null) return "no plan of its newest commit was published before its merge";
  return isItsHead
    ? "its plan was made on another state of the branch, with fewer or other changes"
    : "the merged commit is not the planned one";
}

/** Whether a commit can be the merge of a request: of several parents one is its head, of one parent it may be anything. */
function mayBeOf({ head, merged }: ReviewRecord, { id, parents }: BranchCommit): boolean {
  if (merged !== null) return merged.commit === id;
  return id === head || parents.length < 2 || parents.includes(head);
}
