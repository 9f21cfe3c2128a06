import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { findHere } from "../../reconcile/pass/find-here.ts";
import { hasCommit } from "../../reconcile/pass/find-rejections.ts";
import type { Faults } from "./isolate-faults.ts";
import type { HeldPlan, MergedTurn } from "./merged-reads.ts";
import { longestUnreadFirst } from "./order-requests.ts";
import { isHere } from "./read-kept.ts";
import { type Ended, type IsDecided, isOnlyAsked, readGone } from "./read-missing.ts";
import type { ReviewTools } from "./review-tools.ts";
import { spendOn } from "./spending.ts";

/** A record of a request whose merge is on record. */
export type MergedRecord = Extract<ReviewRecord, { readonly phase: "merged" }>;

/** Whether the merge of a request is on record, and what becomes of it is followed. */
export function isFollowed(record: ReviewRecord): record is MergedRecord {
  return record.phase === "merged" && !isOnlyAsked(record);
}

/**
 * Whether comments on a merged request may concern what waits for an approval: no approval is handed on while one of them is unread. What was found to be
 * applied waits for none.
 */
export function holdsOthers({ outcome }: Pick<ReviewRecord, "outcome">): boolean {
  return outcome?.kind !== "applied";
}

/** A merge that a round has found. */
export interface FreshMerge {
  readonly name: string;
  /** Null: the forge does not say. */
  readonly commit: string | null;
}

/** What a round has read of merged requests. */
export interface MergedRound {
  readonly ended: readonly Ended[];
  /** Those that were not, or could not be, read in this round: there may be comments on them that no one knows of, so that no approval is handed on. */
  readonly unread: readonly MergedRecord[];
  /** How all of them were read; null: they were not. */
  readonly turn: MergedTurn | null;
}

/**
 * Reads the merged requests that are followed, all of them in their turn, else those alone of which the webhook has reported something, or a comment may be a
 * rejection; first those whose comments were not read for the longest time. `fresh`: those whose merge this round has found.
 */
export async function readMerged(
  tools: ReviewTools,
  faults: Faults,
  {
    merged,
    fresh,
    base,
    isDecided,
    isTold,
  }: {
    readonly merged: readonly MergedRecord[];
    readonly fresh: readonly FreshMerge[];
    readonly base: string;
    readonly isDecided: IsDecided;
    /** Whether the webhook has reported something else since its comments were read, as anyone may cause. */
    readonly isTold: (record: ReviewRecord) => boolean;
  },
): Promise<MergedRound> {
  const { spending } = tools;
  const merges = [...merged.map((one) => ({ name: nameRequest(one), commit: one.merged.commit })), ...fresh];
  const turn = spending.merged.take(
    merges.map(({ name }) => name),
    await findHeld(tools, merges),
  );
  const ended: Ended[] = [];
  const unread: MergedRecord[] = [];
  for (const record of longestUnreadFirst(merged, (one) => one)) {
    tools.signal.throwIfAborted();
    const name = nameRequest(record);
    const wasThere = spending.merged.wasThere(name);
    const isFirst = wasThere === undefined || !isHere(tools, record);
    const isFree = turn === "free" || turn === "due" || isFirst || isUndecided(record) || (await isDecided(record));
    const isLeft = turn === "charged" || (isTold(record) && spending.mergedLooks.isLeft());
    if (!isFree && !isLeft) {
      // The forge has lost it: what has its number now may be another one.
      if (wasThere === false) ended.push({ record, request: null });
      else unread.push(record);
      continue;
    }
    const budget = isFree ? null : spending.mergedLooks;
    const found = await faults.isolate(async () => {
      const request = await spendOn(spending, budget, () => readGone(tools, record, base));
      spending.merged.noteRead(name, request !== null);
      ended.push({ record, request });
      return true;
    });
    if (found === null) unread.push(record);
  }
  return { ended, unread, turn };
}

/** Whether a comment may be a rejection, which the forge does not say for now. */
function isUndecided({ undecided = [] }: ReviewRecord): boolean {
  return undecided.length > 0;
}

/** What waits for an approval; null: nothing does. */
async function findHeld({ pass }: ReviewTools, merges: readonly FreshMerge[]): Promise<HeldPlan | null> {
  const { records, config } = pass;
  const state = findHere(await records.readState(config.name), config);
  const last = state?.last_pass ?? null;
  if (state?.status.state !== "AwaitingApproval" || last === null) return null;
  const decision = (await records.readDecisions(config.name)).at(-1);
  const reached: string[] = [];
  for (const { name, commit } of merges) if (await hasCommit(pass, last.revision, commit)) reached.push(name);
  return { name: [last.digest, last.revision, decision?.seq].join(" "), merges: reached };
}
